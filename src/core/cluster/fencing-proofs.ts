/** The ledger: by which device, and when, it was last proved that a node can be fenced. */
import type { Configuration, FenceDevice } from '../model/configuration.ts';
import type { NodeName } from '../model/ids.ts';
import { canonicalJson } from '../wire/canonical.ts';
import type { ClusterState, FencingProof, FencingRecord, FencingTest } from './state.ts';
import { WATCHDOG_DEVICE } from './watchdog.ts';

const PROOFS_MAX = 10_000;

/** A device is proved for a node when everybody who may have to shoot got an answer from it. */
export function proveByStatus(state: ClusterState, test: FencingTest): ClusterState {
  const failed = new Set(
    test.paths.filter((path) => path.answer?.ok !== true).map((path) => path.device),
  );
  const devices = new Set(test.paths.map((path) => path.device));
  let next = state;
  for (const device of devices) {
    if (failed.has(device)) continue;
    const how = { answeredAt: state.time, answeredBy: test.by };
    next = prove(next, { ...known(next, device, test.target), ...how });
  }
  return next;
}

/**
 * Nothing proves a device like a node that it has switched. Who only waited has proved nothing, unless it was for
 * a test: that begins with a member, and ends well only when its machine has gone.
 */
export function proveByFencing(state: ClusterState, record: FencingRecord): ClusterState {
  const { ok, device, target, test: id } = record;
  const test = id === undefined ? undefined : state.fencing.tests?.find((each) => each.id === id);
  const isProof =
    isConfigured(state, device) || (device === WATCHDOG_DEVICE.id && test !== undefined);
  if (!ok || !isProof) return state;
  const { fencedBy: _before, ...old } = known(state, device, target);
  const by = test === undefined ? {} : { fencedBy: test.by };
  return prove(state, { ...old, fencedAt: state.time, ...by });
}

/** It was confirmed, and the node ran on: nothing is known of this way any more. */
export function disprove(state: ClusterState, record: FencingRecord): ClusterState {
  const others = othersThan(state, record);
  return others.length === proofsOf(state).length ? state : setProofs(state, others);
}

const isConfigured = ({ configuration }: ClusterState, id: string): boolean =>
  configuration.model.fenceDevices.some((device) => device.id === id);

function known(state: ClusterState, device: string, target: NodeName): FencingProof {
  const isIt = (proof: FencingProof): boolean => proof.device === device && proof.target === target;
  return proofsOf(state).find(isIt) ?? { device, target };
}

function prove(state: ClusterState, proof: FencingProof): ClusterState {
  const others = othersThan(state, proof);
  return setProofs(state, [...others, proof].slice(-PROOFS_MAX));
}

const othersThan = (
  state: ClusterState,
  { device, target }: Pick<FencingProof, 'device' | 'target'>,
): readonly FencingProof[] =>
  proofsOf(state).filter((proof) => proof.device !== device || proof.target !== target);

/** What was proved of a device with other parameters, or of one that is gone, proves nothing. */
export function forgetProofs(state: ClusterState, before: Configuration): ClusterState {
  const proofs = proofsOf(state);
  if (proofs.length === 0) return state;
  const sums = (devices: readonly FenceDevice[]): ReadonlyMap<string, string> =>
    new Map(devices.map((device) => [device.id, whatIsProved(device)]));
  const [old, now] = [sums(before.fenceDevices), sums(state.configuration.model.fenceDevices)];
  const kept = proofs.filter(({ device }) => old.get(device) === now.get(device));
  return kept.length === proofs.length ? state : setProofs(state, kept);
}

/** How long, how often and when it is tried says nothing of whether it works. */
const whatIsProved = ({ agent, parameters, hosts }: FenceDevice): string =>
  canonicalJson({ agent, parameters, hosts });

export const proofsOf = (state: ClusterState): readonly FencingProof[] =>
  state.fencing.proofs ?? [];

const setProofs = (state: ClusterState, proofs: readonly FencingProof[]): ClusterState => ({
  ...state,
  fencing: { ...state.fencing, proofs },
});
