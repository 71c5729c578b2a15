/** The end of an operation, and the life of a service, with each kind of cgroup and with none. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { codeOf, isAlive, openStage, startProcess } from './stage.ts';

/** Makes /sys/fs/cgroup what a machine of that kind has, for this mount namespace alone. */
const machine = (script: string): readonly string[] =>
  [
    'unshare --mount --propagation private -- sh -c'.split(' '),
    [`set -e; umount -R /sys/fs/cgroup; ${script}; exec "$@"`, 'sh'],
  ].flat();
const mountV1 =
  'mount -t tmpfs tmpfs /sys/fs/cgroup; mkdir /sys/fs/cgroup/systemd; ' +
  'mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd';

const machines = [
  { kind: 'hybrid', enter: [], hierarchy: 'v2' },
  {
    kind: 'pure v2',
    enter: machine('mount -t cgroup2 cgroup2 /sys/fs/cgroup'),
    hierarchy: 'v2',
  },
  { kind: 'v1', enter: machine(mountV1), hierarchy: 'name=systemd' },
  { kind: 'none', enter: machine('true'), hierarchy: null },
];

const agent = `#!/bin/bash
case $1 in
  start) (setsid sleep 1000 >/dev/null 2>&1 & echo $! > $OCF_RESKEY_mark) ;;
  *) trap "" TERM
     (setsid bash -c 'trap "" TERM; (setsid sleep 1000 & echo $! >> $OCF_RESKEY_mark.hung)' &)
     echo $$ >> $OCF_RESKEY_mark.hung; sleep 1000 ;;
esac
`;

test.for(machines)('$kind: timed out means gone, and services stay', async (one) => {
  const first = await openStage();
  const agents = join(first.directory, 'ocf/resource.d/own');
  mkdirSync(agents, { recursive: true });
  writeFileSync(join(agents, 'Agent'), agent, { mode: 0o755 });
  await first.crash();
  const words = [`ocf=${join(first.directory, 'ocf')}`];
  const stage = await openStage({ former: first, words, start: startProcess(one.enter) });
  // Also after a failure: what it left running would keep the whole run from ending.
  onTestFinished(() => stage.close());
  const mark = join(first.directory, 'mark');
  const pids = (path: string) => readFileSync(path, 'utf8').trim().split('\n').map(Number);

  expect(await stage.call('hierarchy')).toBe(one.hierarchy);
  expect(codeOf(await stage.run('ocf:own:Agent', 'start', { mark }))).toBe(0);
  const hung = await stage.run('ocf:own:Agent', 'monitor', { mark }, { timeoutMs: 300 });
  expect(hung.outcome).toEqual({ kind: 'timed-out' });
  expect(pids(`${mark}.hung`).length).toBe(2);
  expect(pids(`${mark}.hung`).filter(isAlive)).toEqual([]);
  const [service = 0] = pids(mark);
  expect(isAlive(service)).toBe(true);

  process.kill(service, 'SIGKILL');
});
