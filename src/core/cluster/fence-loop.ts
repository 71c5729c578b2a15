/**
 * Fence loops: a node that is fenced again and again, or two that shoot each other in turn. **Such a
 * node is held back**: nothing is started there and it fences nobody, until somebody releases it; if
 * it is lost once more it is switched off, not rebooted. Nothing that was to be fenced is spared.
 */
import type { NodeName, WallMs } from '../model/ids.ts';
import { isReachedWith, wholeMethod } from './fencing-methods.ts';
import { clusterOption, durationOptionMs } from './options.ts';
import { sortedValues } from './order.ts';
import type { ClusterState, FencingRecord, HeldBack } from './state.ts';
import { tell, want } from './tell.ts';

export const LIMIT_OPTION = 'fencing-loop-limit';
export const WINDOW_OPTION = 'fencing-loop-window';
const LIMIT = 3;
const WINDOW_MS = 3_600_000;

export const heldBackOf = (state: ClusterState, name: NodeName): HeldBack | undefined =>
  state.fencing.heldBack?.find((held) => held.node === name && held.releasedAt === undefined);

export const isHeldBack = (state: ClusterState, name: NodeName): boolean =>
  heldBackOf(state, name) !== undefined;

/**
 * These have joined. The last member that is not held back never is: the protection must not be the
 * outage.
 */
export function holdBackLoopers(state: ClusterState, joined: readonly NodeName[]): ClusterState {
  let next = state;
  for (const name of joined) {
    const fencings = fencingsInARow(next, name);
    const limit = limitOf(next);
    if (limit === 0 || fencings < limit || isHeldBack(next, name)) continue;
    if (hasAnother(next, name)) next = holdBack(next, { node: name, at: next.time, fencings });
  }
  return next;
}

const hasAnother = (state: ClusterState, name: NodeName): boolean =>
  sortedValues(state.nodes).some(
    (node) => node.condition === 'online' && node.name !== name && !isHeldBack(state, node.name),
  );

function holdBack(state: ClusterState, held: HeldBack): ClusterState {
  const { node, fencings } = held;
  const others = heldBackList(state).filter((each) => each.node !== node);
  const fencing = { ...state.fencing, heldBack: [...others, held] };
  return tell(
    { ...state, fencing },
    {
      kind: 'alarm',
      severity: 'error',
      node,
      text: `${node} was fenced ${fencings} times in a short time: it is held back`,
    },
  );
}

/** Fencings that counted: neither tests nor a person's word, within the window, since the release. */
export function fencingsInARow(state: ClusterState, name: NodeName): number {
  const { model } = state.configuration;
  const windowMs = durationOptionMs(model, WINDOW_OPTION, WINDOW_MS);
  const released = heldBackList(state).find((held) => held.node === name)?.releasedAt ?? 0;
  const since = Math.max(state.time - windowMs, released);
  return state.fencing.ended.filter((record) => isShot(record, name, since)).length;
}

const isShot = (record: FencingRecord, name: NodeName, since: number): boolean =>
  record.ok &&
  record.target === name &&
  record.endedAt > since &&
  record.test === undefined &&
  record.by === undefined &&
  wholeMethod(record) !== 'on' &&
  isReachedWith(record);

function limitOf(state: ClusterState): number {
  const text = clusterOption(state.configuration.model, LIMIT_OPTION)?.trim() ?? '';
  return /^\d{1,3}$/.test(text) ? Number(text) : LIMIT;
}

/** Why it cannot be released, if so. */
export function releaseRefusal(state: ClusterState, name: NodeName): string | undefined {
  if (state.nodes[name] === undefined) return `there is no node ${name}`;
  return isHeldBack(state, name) ? undefined : `${name} is not held back`;
}

export function release(state: ClusterState, name: NodeName, by: string): ClusterState {
  const releasedAt: WallMs = state.time;
  const heldBack = heldBackList(state).map((held) =>
    held.node === name ? { ...held, releasedAt } : held,
  );
  const text = `${by} released ${name}: it may run services again, and fence`;
  const next = { ...state, fencing: { ...state.fencing, heldBack } };
  return want(tell(next, { kind: 'mark', severity: 'info', node: name, text }), text);
}

const heldBackList = (state: ClusterState): readonly HeldBack[] => state.fencing.heldBack ?? [];
