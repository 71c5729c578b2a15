/**
 * Access to what nodes share (docs/decisions/unfencing.md): who has it, how it is given by `on`, and
 * what takes it away. **A node without access starts nothing that needs it.**
 */
import {
  ACCESS_LOST_ATTRIBUTE,
  ACCESS_REFUSED_ATTRIBUTE,
  UNFENCED_ATTRIBUTE,
} from '../model/attributes.ts';
import type { Configuration, FenceDevice } from '../model/configuration.ts';
import { givesAccess, portOf, reaches, timeoutOf, triesOf } from '../model/fence-device.ts';
import type { NodeName, WallMs } from '../model/ids.ts';
import { canonicalJson } from '../wire/canonical.ts';
import { deviceReaches } from './fence-hosts.ts';
import { booleanOption } from './options.ts';
import { sortedValues, without } from './order.ts';
import type { AccessRefused, ClusterState, FencingRecord, NodeRecord } from './state.ts';
import { want } from './tell.ts';

/** All of them are to give a node its access, whatever levels there are for shooting. */
export const unfencersOf = (state: ClusterState, name: NodeName): readonly FenceDevice[] =>
  state.configuration.model.fenceDevices.filter(
    (device) => givesAccess(device) && deviceReaches(state, device, name),
  );

/** Where nothing takes access away everybody has it. */
export function hasAccess(state: ClusterState, node: NodeRecord): boolean {
  if (node.attributes[UNFENCED_ATTRIBUTE] !== undefined) return true;
  if (!booleanOption(state.configuration.model, 'fencing-enabled', true)) return true;
  return unfencersOf(state, node.name).length === 0;
}

/** The last `on` was done; undefined: for a life of the node that is over, so it counts for nothing. */
export function giveAccess(state: ClusterState, record: FencingRecord): ClusterState | undefined {
  const node = state.nodes[record.target];
  if (node?.incarnation !== record.incarnation || node.condition !== 'online') return undefined;
  const attributes = {
    ...without(node.attributes, ACCESS_LOST_ATTRIBUTE),
    [UNFENCED_ATTRIBUTE]: String(Math.floor(state.time / 1000)),
  };
  const next = setRefusal(withAttributes(state, node, attributes), node.name, undefined);
  return want(next, `${node.name} has access`);
}

const RETRY_FIRST_MS = 1000;
export const ACCESS_RETRY_MS_MAX = 300_000;

/** As for shooting there are pauses, longer each time, but none between the tries of a device. */
export function refuseAccess(
  state: ClusterState,
  record: FencingRecord,
  isEndUnknown: boolean,
): ClusterState {
  const { target, text } = record;
  const failures = (refusalOf(state, target)?.failures ?? 0) + 1;
  const device = unfencersOf(state, target).find(({ id }) => id === record.device);
  const later = failures - (device === undefined ? 1 : triesOf(device, 'on'));
  const backoffMs = later < 0 ? 0 : RETRY_FIRST_MS * 2 ** Math.min(later, 20);
  const unknownMs = isEndUnknown && device !== undefined ? timeoutOf(device, 'on') : 0;
  const pauseMs = Math.max(Math.min(ACCESS_RETRY_MS_MAX, backoffMs), unknownMs);
  const retryAt = (state.time + pauseMs) as WallMs;
  const unknown = isEndUnknown ? { endUnknownOf: record.executor } : {};
  return setRefusal(state, target, { failures, retryAt, text, ...unknown });
}

/**
 * Nobody knows the end of a shooting: what it does after the next `on` nobody would notice. So that waits as long as
 * the agent may run.
 */
export function awaitShooting(state: ClusterState, record: FencingRecord): ClusterState {
  const { target, method, executor } = record;
  const device = unfencersOf(state, target).find(({ id }) => id === record.device);
  if (device === undefined || method === 'on') return state;
  const before = refusalOf(state, target);
  const untilMs = Math.max(before?.retryAt ?? 0, state.time + timeoutOf(device, method));
  const text = `${executor}, which was taking its access, has left, and may do so still`;
  const retryAt = untilMs as WallMs;
  return setRefusal(state, target, { failures: 0, ...before, retryAt, text, shotBy: executor });
}

/** The device has been tried as often as it says, or nobody knows what came of it. */
export function isRefused(state: ClusterState, name: NodeName): boolean {
  const refusal = refusalOf(state, name);
  if (refusal === undefined) return false;
  if (refusal.endUnknownOf !== undefined || refusal.shotBy !== undefined) return true;
  const tries = unfencersOf(state, name).map((device) => triesOf(device, 'on'));
  return tries.length > 0 && refusal.failures >= Math.max(...tries);
}

export const refusalOf = (state: ClusterState, name: NodeName): AccessRefused | undefined =>
  state.fencing.accessRefused?.[name];

function setRefusal(
  state: ClusterState,
  name: NodeName,
  refusal: AccessRefused | undefined,
): ClusterState {
  const { accessRefused = {}, ...fencing } = state.fencing;
  const others = without(accessRefused, name);
  const all = refusal === undefined ? others : { ...others, [name]: refusal };
  if (sortedValues(all).length === 0) return { ...state, fencing };
  return { ...state, fencing: { ...fencing, accessRefused: all } };
}

/** Another life of it begins anew, unless an `on` for the one before, or an `off`, may be going on still. */
export function forgetRefusal(
  state: ClusterState,
  name: NodeName,
  sameBoot: boolean,
): ClusterState {
  const refusal = refusalOf(state, name);
  if (refusal === undefined) return state;
  const { endUnknownOf: executor, shotBy, retryAt } = refusal;
  const isOver = executor === undefined || (executor === name && !sameBoot);
  const isAwaited = (shotBy !== undefined || !isOver) && retryAt > state.time;
  return setRefusal(state, name, isAwaited ? { ...refusal, failures: 0 } : undefined);
}

/** A node that is gone for good is waited for no more. */
export const dropRefusal = (state: ClusterState, name: NodeName): ClusterState =>
  setRefusal(state, name, undefined);

/** Whatever comes of the shooting: what one that failed has taken nobody knows. */
export function loseAccess(state: ClusterState, name: NodeName, because: string): ClusterState {
  const node = state.nodes[name];
  if (node?.attributes[UNFENCED_ATTRIBUTE] === undefined) return state;
  const attributes = {
    ...without(node.attributes, UNFENCED_ATTRIBUTE),
    [ACCESS_LOST_ATTRIBUTE]: because,
  };
  return withAttributes(state, node, attributes);
}

/** A device that gives the node access is another one now: what the earlier one gave does not count. */
export function loseOldAccess(state: ClusterState, before: Configuration): ClusterState {
  let next = state;
  for (const { name } of sortedValues(state.nodes)) {
    const old = new Set(unfencersIn(before, name));
    const all = unfencersIn(state.configuration.model, name);
    if (all.every((each) => old.has(each))) continue;
    next = loseAccess(dropRefusal(next, name), name, 'a fence device that gives it was changed');
  }
  return next;
}

const unfencersIn = ({ fenceDevices }: Configuration, name: NodeName): readonly string[] =>
  fenceDevices
    .filter((device) => givesAccess(device) && reaches(device, name))
    .map((device) =>
      canonicalJson({
        id: device.id,
        agent: device.agent,
        parameters: device.parameters,
        port: portOf(device, name),
      }),
    );

/** What the scheduler's picture says of the node's access beside its attributes. */
export function accessAttributes(
  state: ClusterState,
  { name, attributes }: NodeRecord,
): Readonly<Record<string, string>> {
  const { fenceDevices } = state.configuration.model;
  if (attributes[UNFENCED_ATTRIBUTE] !== undefined || !fenceDevices.some(givesAccess)) return {};
  if (unfencersOf(state, name).length === 0) return { [UNFENCED_ATTRIBUTE]: '1' };
  const refusal = isRefused(state, name) ? refusalOf(state, name) : undefined;
  return refusal === undefined ? {} : { [ACCESS_REFUSED_ATTRIBUTE]: refusal.text };
}

const withAttributes = (
  state: ClusterState,
  node: NodeRecord,
  attributes: NodeRecord['attributes'],
): ClusterState => ({
  ...state,
  nodes: { ...state.nodes, [node.name]: { ...node, attributes } },
});
