import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { mustBeOn } from './machine.ts';
import type { Machine } from './machine.ts';
import { until } from './run.ts';
import { tool } from './toolchain.ts';

/** One word of votequorum, as this node heard it. */
export interface MembershipChange {
  /** CLOCK_MONOTONIC in ns, read in Corosync's callback: comparable over all nodes of the lab. */
  readonly atNs: bigint;
  readonly quorate: boolean;
  /** Sequence number of the ring. */
  readonly sequence: number;
  /** Node ids. */
  readonly members: readonly number[];
}

/** Follows membership on one machine, independently of Holdfast. */
export interface MembershipWatch {
  readonly changes: () => readonly MembershipChange[];
  /** The last change; undefined before the first and after Corosync went away. */
  readonly current: () => MembershipChange | undefined;
  readonly stop: () => void;
}

/** Starts tools/watch.c on the machine. It outlives restarts of Corosync, not of the machine. */
export async function watchMembership(machine: Machine): Promise<MembershipWatch> {
  const child = machine.spawn([await tool('watch')]);
  const changes: MembershipChange[] = [];
  let lost = false;
  followLines(child, (line) => {
    const change = parseChange(line);
    lost = change === undefined;
    if (change !== undefined) changes.push(change);
  });
  return {
    changes: () => changes,
    current: () => (lost ? undefined : changes.at(-1)),
    stop: () => void child.kill('SIGTERM'),
  };
}

/** Waits until every one of these machines sees exactly these members, with or without quorum. */
export async function untilMembers(
  machines: readonly Machine[],
  members: readonly number[],
  quorate = true,
  timeoutMs = 20_000,
): Promise<void> {
  const watches = await Promise.all(machines.map(watchMembership));
  const wanted = inOrder(members);
  const names = machines.map((machine) => machine.name).join(', ');
  try {
    await until(
      `${names} in a ${quorate ? 'quorate' : 'non-quorate'} membership of ${wanted}`,
      () => {
        mustBeOn(machines);
        return watches.every(({ current }) => {
          const seen = current();
          return seen?.quorate === quorate && inOrder(seen.members) === wanted;
        });
      },
      timeoutMs,
    );
  } finally {
    for (const watch of watches) watch.stop();
  }
}

const inOrder = (ids: readonly number[]) => [...ids].sort((a, b) => a - b).join();

/** Nanoseconds of CLOCK_MONOTONIC exceed what a JSON number holds exactly after 104 days. */
function parseChange(line: string): MembershipChange | undefined {
  const atNs = /"atNs":(\d+)/.exec(line)?.[1];
  if (atNs === undefined || line.includes('"lost"')) return undefined;
  const { quorate, sequence, members } = JSON.parse(line) as Omit<MembershipChange, 'atNs'>;
  return { atNs: BigInt(atNs), quorate, sequence, members };
}

/** Calls `each` for every line that the child prints; ends quietly with it. */
export function followLines(child: ChildProcess, each: (line: string) => void): void {
  child.on('error', () => {});
  child.stderr?.resume();
  if (child.stdout !== null) createInterface(child.stdout).on('line', each);
}
