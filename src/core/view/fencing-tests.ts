/** Rehearsals of fencing and what they have proved, for clients. */
import { fencingPaths, isFencedByWatchdogAlone } from '../cluster/fencing-levels.ts';
import { proofsOf } from '../cluster/fencing-proofs.ts';
import { testsOf } from '../cluster/fencing-tests.ts';
import { sortedValues } from '../cluster/order.ts';
import type { ClusterState, FencingProof, FencingTest } from '../cluster/state.ts';
import { WATCHDOG_DEVICE, reliesOnWatchdogs } from '../cluster/watchdog.ts';
import { nodeName } from '../model/ids.ts';
import type { NodeName } from '../model/ids.ts';
import { failureNotes, fencingFailures } from './fencing-failures.ts';
import { isFencingOn, unreachedNodes } from './fencing-reach.ts';
import { listText } from './names.ts';
import { isActing } from './quorum.ts';
import type { Reading } from './reading.ts';
import type { FencingProofView, FencingTestView, Note } from './types.ts';

const DAY_MS = 86_400_000;
/** What was proved longer ago may have ended since: a password, a cable, a firmware. */
const PROOF_AGE_MAX_DAYS = 30;
/** A watchdog answers all the time, by being armed; only its reset is to be tried, which costs a reboot. */
const RESET_AGE_MAX_DAYS = 365;

/** The last test of each node, by name. */
export const fencingTests = (cluster: ClusterState): readonly FencingTestView[] =>
  testsOf(cluster)
    .map((test) => fencingTest(test))
    .toSorted((a, b) => (a.target < b.target ? -1 : 1));

const fencingTest = ({ paths, ...test }: FencingTest): FencingTestView => ({
  ...test,
  paths: paths.map(({ answer, ...path }) => ({ ...path, ...answer })),
});

/** Every way to fence every node, with when and for whom it was last proved. */
export function fencingProofs(cluster: ClusterState, nowMs: number): readonly FencingProofView[] {
  const proofs = proofsOf(cluster);
  return sortedValues(cluster.nodes).flatMap(({ name }) =>
    pathsOf(cluster, name).map(({ device, level }) => {
      const known = proofs.find((each) => each.device === device.id && each.target === name);
      const proof = known ?? { device: device.id, target: name };
      return { ...proof, level, state: stateOf(proof, nowMs) };
    }),
  );
}

/** One that is off is not armed: its line stays. */
function pathsOf(cluster: ClusterState, name: NodeName): ReturnType<typeof fencingPaths> {
  const paths = fencingPaths(cluster, name);
  const isAlone = paths.length === 0 && reliesOnWatchdogs(cluster.configuration.model);
  return isAlone ? [{ device: WATCHDOG_DEVICE, level: 1 }] : paths;
}

function stateOf(
  { device, answeredAt, fencedAt }: FencingProof,
  nowMs: number,
): FencingProofView['state'] {
  const last = Math.max(answeredAt ?? 0, fencedAt ?? 0);
  const days = device === WATCHDOG_DEVICE.id ? RESET_AGE_MAX_DAYS : PROOF_AGE_MAX_DAYS;
  if (last === 0) return 'never';
  return nowMs - last > days * DAY_MS ? 'old' : 'proved';
}

/** Fencing that was never tried works in half of the cases. Not said where nothing is protected. */
export function proofNotes({ cluster, view, local }: Reading): Note[] {
  if (!isActing(view) || local.engine === 'local' || !isFencingOn(cluster)) return [];
  const proofs = fencingProofs(cluster, local.wallMs);
  const isReset = ({ device }: FencingProofView): boolean => device === WATCHDOG_DEVICE.id;
  const resets = proofs.filter(isReset);
  const failures = fencingFailures(cluster);
  const hasFailed = ({ device, target }: FencingProofView): boolean =>
    failures.some((failure) => failure.device === device && failure.target === target);
  return [
    ...unreachedNodes(cluster),
    ...failureNotes(failures),
    ...unproved(proofs.filter((proof) => !isReset(proof) && !hasFailed(proof))),
    // Why one that does not count does not is said elsewhere (watchdogs.ts).
    ...unrehearsed(
      resets.filter(({ target }) => isFencedByWatchdogAlone(cluster, nodeName(target))),
    ),
  ];
}

function unproved(proofs: readonly FencingProofView[]): Note[] {
  return (['never', 'old'] as const).flatMap((state) => {
    const open = proofs.filter((proof) => proof.state === state);
    if (open.length === 0) return [];
    const targets = [...new Set(open.map(({ target }) => target))];
    const devices = [...new Set(open.map(({ device }) => device))];
    const shown = devices.length > 4 ? [...devices.slice(0, 3), 'others'] : devices;
    const since = state === 'never' ? 'never tried' : `not tried for ${PROOF_AGE_MAX_DAYS} days`;
    return [
      {
        severity: 'warning' as const,
        text: `Fencing of ${listText(targets)} by ${listText(shown)} was ${since}.`,
        advice: `holdfast fence test ${targets.join(' ')}`,
      },
    ];
  });
}

/** That it is armed says that there is a timer, not that it resets the machine, which comes up again. */
function unrehearsed(proofs: readonly FencingProofView[]): Note[] {
  return (['never', 'old'] as const).flatMap((state) => {
    const names = proofs.filter((proof) => proof.state === state).map(({ target }) => target);
    const [first] = names;
    if (first === undefined) return [];
    const tried = state === 'never' ? 'never tried' : `not tried for ${RESET_AGE_MAX_DAYS} days`;
    return [
      {
        severity: 'warning' as const,
        text: `Only a watchdog fences ${listText(names)}, and its reset was ${tried}.`,
        advice:
          `${names.length > 1 ? 'one node after the other: ' : ''}holdfast node standby ${first} ` +
          `--wait, then on another node: holdfast fence test ${first} --for-real`,
      },
    ];
  });
}
