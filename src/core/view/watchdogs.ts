/** Where the cluster relies on watchdogs: which nodes would not fence themselves, and why. */
import { isPill, pillTerms } from '../cluster/poison.ts';
import { WATCHDOG_ATTRIBUTE } from '../model/attributes.ts';
import type { Reading } from './reading.ts';
import type { Note } from './types.ts';

export function watchdogNotes(reading: Reading): Note[] {
  return [...selfFencingNotes(reading), ...pillNotes(reading)];
}

/** Where poison pills are a device: who would take none. */
function pillNotes({ cluster, nodes }: Reading): Note[] {
  const { fenceDevices } = cluster.configuration.model;
  const device = fenceDevices.find((each) => isPill(each));
  if (device === undefined) return [];
  return nodes.flatMap(({ name, condition }) => {
    if (condition !== 'online' || pillTerms(cluster, name) !== undefined) return [];
    const text = `${name} takes no poison pill: fence device ${device.id} cannot fence it.`;
    const advice = `on ${name}: start holdfast-watchdog with --disk (docs/manual/fencing-secrets.md); not in a virtual machine`;
    return [{ severity: 'warning', text, advice }];
  });
}

function selfFencingNotes(reading: Reading): Note[] {
  if (!isReliedOn(reading)) return [];
  return reading.nodes.flatMap(({ name, condition, attributes }) =>
    condition === 'online' ? noteOf(name, attributes[WATCHDOG_ATTRIBUTE]) : [],
  );
}

function isReliedOn({ cluster }: Reading): boolean {
  return cluster.configuration.model.options.some(({ values }) => {
    const value = values['fencing-watchdog-timeout'] ?? values['stonith-watchdog-timeout'];
    return value !== undefined && !/^0+\D*$/.test(value);
  });
}

function noteOf(name: string, said: string | undefined): Note[] {
  if (said === undefined) {
    const text = `The watchdog of ${name} is not armed: lost, it could not be relied on to reset itself.`;
    const advice = `on ${name}: systemctl enable --now holdfast-watchdog; its log says what is missing`;
    return [{ severity: 'warning', text, advice }];
  }
  const reason = REASONS[said.split(' ')[2] ?? ''];
  if (reason === undefined) return [];
  const text = `The watchdog of ${name} does not count: ${reason}.`;
  return [{ severity: 'warning', text, advice: 'describe a device under fencing.devices' }];
}

const REASONS: Readonly<Record<string, string>> = {
  virtual: 'it is a virtual machine, and one that is paused is not reset until it goes on',
  'two-node': 'with two_node both halves have quorum, so neither would be reset',
};
