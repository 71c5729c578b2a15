import { expect, it, vi } from 'vitest';

import type { ClusterState } from '../core/cluster/state.ts';
import { clone, clusterOf, configured, group, primitive } from '../core/view/testing/states.ts';
import type { Log } from './log.ts';
import type { NodeLoop } from './loop.ts';
import { keepUnits, unitsOf } from './units.ts';

const unit = (id: string, type: string) => primitive(id, { agent: { class: 'systemd', type } });

/** A service manager that notes what it is asked. */
function manager(enabled: readonly string[] = [], broken: readonly string[] = []) {
  const asked: string[] = [];
  const note = async (verb: string, name: string): Promise<void> => {
    if (broken.includes(name)) throw new Error('the bus is gone');
    asked.push(`${verb} ${name}`);
  };
  return {
    asked,
    takeOver: (name: string) => note('take', name),
    release: (name: string) => note('release', name),
    startsAtBoot: async (name: string) => enabled.includes(name),
  };
}

function loopOf(first: ClusterState) {
  let cluster = first;
  let tell = (): void => undefined;
  const loop = {
    get node() {
      return { cluster };
    },
    onChange: (listener: () => void) => {
      tell = listener;
      return () => undefined;
    },
  } as unknown as NodeLoop;
  const change = (next: ClusterState): void => {
    cluster = next;
    tell();
  };
  return { loop, change };
}

function logOf() {
  const warnings: string[] = [];
  const log = { warn: (text: string) => warnings.push(text) } as unknown as Log;
  return { log, warnings };
}

const withUnits = (...names: readonly string[]): ClusterState =>
  clusterOf([], { configuration: configured(names.map((name) => unit(name, name))) });

it('finds units wherever they are configured, each once', () => {
  const { model } = configured([
    clone('all', group('both', [unit('a', 'nginx'), unit('b', 'postgresql@15-main')])),
    unit('c', 'nginx'),
    primitive('d'),
  ]);
  expect(unitsOf(model)).toEqual(['nginx', 'postgresql@15-main']);
});

it('takes units at the start and after a change, and gives back what is not configured any more', async () => {
  const systemd = manager();
  const { loop, change } = loopOf(withUnits('nginx'));
  keepUnits(loop, systemd, logOf().log);
  await vi.waitFor(() => expect(systemd.asked).toEqual(['take nginx']));
  change(withUnits('apache2'));
  await vi.waitFor(() =>
    expect(systemd.asked).toEqual(['take nginx', 'take apache2', 'release nginx']),
  );
});

it('warns of a unit that systemd starts at boot, in the log and on the status screen', async () => {
  const { loop } = loopOf(withUnits('nginx', 'cron'));
  const { log, warnings } = logOf();
  const keeper = keepUnits(loop, manager(['nginx']), log);
  await vi.waitFor(() => expect(warnings).toHaveLength(1));
  expect(keeper.notes()).toEqual([
    {
      severity: 'warning',
      text: 'systemd starts nginx at boot, before the cluster knows of it.',
      advice: 'systemctl disable nginx',
    },
  ]);
});

it('goes on with the others where one cannot be taken', async () => {
  const systemd = manager([], ['nginx']);
  const { log, warnings } = logOf();
  keepUnits(loopOf(withUnits('nginx', 'cron')).loop, systemd, log);
  await vi.waitFor(() => expect(systemd.asked).toEqual(['take cron']));
  expect(warnings).toEqual(['unit nginx could not be taken from systemd: the bus is gone']);
});
