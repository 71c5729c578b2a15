/** Where the cluster relies on watchdogs: which nodes would not fence themselves, and why. */
import { isPill, pillTerms } from '../cluster/poison.ts';
import { watchdogOf } from '../cluster/watchdog.ts';
import { WATCHDOG_ATTRIBUTE } from '../model/attributes.ts';
import { isActing } from './quorum.ts';
import type { Reading } from './reading.ts';
import type { Note } from './types.ts';

export function watchdogNotes(reading: Reading): Note[] {
  return [...ownReset(reading), ...selfFencingNotes(reading), ...pillNotes(reading)];
}

/**
 * Whoever reads this stands before a machine that is about to go: without quorum, or a part in a cluster
 * that acts, an armed watchdog is not fed, whatever the policy says (docs/decisions/self-fencing.md).
 */
function ownReset({ cluster, view }: Reading): Note[] {
  const watchdog = watchdogOf(cluster, view.self);
  const { kind } = view.phase;
  if (watchdog === undefined || isActing(view)) return [];
  if (kind !== 'open' && kind !== 'frozen' && kind !== 'alone') return [];
  // Quorum is looked at right before each feeding; of all else the feeder hears by the proofs that fail to come.
  const isQuorumGone = kind === 'alone' || !view.quorate;
  const withinMs = watchdog.timeoutMs + (isQuorumGone ? 0 : watchdog.proofAgeMs);
  const text = `This machine is reset by its watchdog within ${Math.ceil(withinMs / 1000)} s: it is not fed ${
    isQuorumGone ? 'without quorum' : 'while the cluster may not act'
  }.`;
  return [
    { severity: 'error', text, advice: 'only a quorum that comes back before that keeps it' },
  ];
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

/** Also for who applies it: where nobody is armed, and there is no device, nothing would be started. */
export function selfFencingNotes(reading: Reading): Note[] {
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
