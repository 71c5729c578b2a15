/** Rehearsals of fencing that failed and were not repeated since: the night in which it is needed may be the next. */
import { proofsOf } from '../cluster/fencing-proofs.ts';
import { testsOf } from '../cluster/fencing-tests.ts';
import type { ClusterState, FencingTest } from '../cluster/state.ts';
import { listText } from './names.ts';
import type { Note } from './types.ts';

/** `device`: absent where the whole way was tried for real. */
export interface FencingFailure {
  readonly target: string;
  readonly device?: string;
  readonly text: string;
}

/** What is configured anew since was not tested: that is said of it (`unproved`), and not what was before. */
export function fencingFailures(cluster: ClusterState): readonly FencingFailure[] {
  const { appliedAt } = cluster.configuration;
  return testsOf(cluster)
    .filter(({ ok, endedAt = 0 }) => ok === false && endedAt >= appliedAt)
    .flatMap((test) =>
      failuresOf(test).filter((failure) => (test.endedAt ?? 0) > provedAt(cluster, failure)),
    );
}

function failuresOf({ target, forReal, text = '', paths }: FencingTest): FencingFailure[] {
  if (forReal) return [{ target, text }];
  const first = new Map<string, FencingFailure>();
  for (const { device, from, answer } of paths) {
    if (answer?.ok === true || first.has(device)) continue;
    first.set(device, { target, device, text: `${answer?.text ?? 'no answer'} (from ${from})` });
  }
  return [...first.values()];
}

/** A test for real is made good by any device that has switched the node off since. */
function provedAt(cluster: ClusterState, { target, device }: FencingFailure): number {
  const times = proofsOf(cluster)
    .filter((proof) => proof.target === target)
    .filter((proof) => device === undefined || proof.device === device)
    .flatMap(({ answeredAt = 0, fencedAt = 0 }) =>
      device === undefined ? [fencedAt] : [answeredAt, fencedAt],
    );
  return Math.max(0, ...times);
}

/** One line for each device, with what it said first. */
export function failureNotes(failures: readonly FencingFailure[]): Note[] {
  const devices = [...new Set(failures.map(({ device }) => device))].slice(0, DEVICES_MAX);
  return devices.flatMap((device) => {
    const of = failures.filter((failure) => failure.device === device);
    const targets = of.map(({ target }) => target);
    const text = of[0]?.text.replace(/\.$/, '') ?? '';
    return [
      {
        severity: 'warning' as const,
        text:
          device === undefined
            ? `Fencing of ${listText(targets)} was tried for real, and failed: ${text}.`
            : `Fencing of ${listText(targets)} by ${device} was tested, and failed: ${text}.`,
        advice: `mend what it says, then: holdfast fence test ${device === undefined ? `${targets[0]} --for-real` : targets.join(' ')}`,
      },
    ];
  });
}

const DEVICES_MAX = 4;
