import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { corosyncConf } from './corosync-conf.ts';
import type { CorosyncMember, CorosyncOptions } from './corosync-conf.ts';
import { signal } from './host.ts';
import type { Machine } from './machine.ts';
import { until } from './run.ts';

/** Writes the same corosync.conf and authkey for each node, as `corosync-keygen` and scp would. */
export function configureCorosync(
  nodes: readonly (CorosyncMember & { readonly directory: string })[],
  options: CorosyncOptions,
  authkey: string,
): void {
  const text = corosyncConf(options, nodes);
  for (const { directory } of nodes) {
    writeFileSync(join(directory, 'etc-corosync', 'corosync.conf'), text);
    copyFileSync(authkey, join(directory, 'etc-corosync', 'authkey'));
  }
}

/** Starts Corosync and returns at once; see `untilMembers` for the moment it is of use. */
export async function startCorosync(
  machine: Machine,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  await machine.launch(['corosync', '-f'], {
    environment,
    log: '/var/log/corosync/stdio.log',
    cgroup: 'system.slice/corosync.service',
  });
}

/** SIGTERM: Corosync leaves its ring in order. Answers when it is gone. */
export async function stopCorosync(machine: Machine): Promise<void> {
  for (const { pid } of corosyncs(machine)) signal(pid, 'SIGTERM');
  await until(`Corosync stopped on ${machine.name}`, () => corosyncs(machine).length === 0);
}

/** SIGKILL to Corosync alone: the node goes on without it. */
export function killCorosync(machine: Machine): void {
  for (const { pid } of corosyncs(machine)) signal(pid, 'SIGKILL');
}

function corosyncs(machine: Machine) {
  return machine.processes().filter(({ name }) => name === 'corosync');
}
