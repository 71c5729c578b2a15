/**
 * `resource restart`: a mark that stops the resource, then prefers where it ran, and ends by itself
 * when it runs again (or does not in time).
 */
import type { NodeName, WallMs } from '../model/ids.ts';
import type { Mark } from './marks.ts';
import { runningOperations } from '../transition/advance.ts';
import { isActive } from './activity.ts';
import { partOf } from './members.ts';
import { sortedKeys, sortedValues, without } from './order.ts';
import type { ClusterState } from './state.ts';
import { want } from './tell.ts';

type Restart = Extract<Mark, { kind: 'restart' }>;

/** So long it may take to run again where it ran, before any node will do. */
const RETURN_MS = 60_000;

/** Looked at after every change: stopped, never started or gone with its node is all the same. */
export function endRestarts(state: ClusterState): ClusterState {
  let next = state;
  for (const mark of sortedValues(state.marks)) {
    if (mark.kind === 'restart') next = goOn(next, mark);
  }
  return next;
}

function goOn(state: ClusterState, mark: Restart): ClusterState {
  const active = isActiveSomewhere(state, mark.resource);
  if (mark.stopped === true) {
    return active ? { ...state, marks: without(state.marks, mark.id) } : state;
  }
  if (active) return state;
  const expiresAt = (state.time + RETURN_MS) as WallMs;
  const { returnTo } = mark;
  const marks =
    returnTo === undefined
      ? without(state.marks, mark.id)
      : { ...state.marks, [mark.id]: { ...mark, stopped: true, expiresAt } };
  return want({ ...state, marks }, `${mark.resource} is stopped`);
}

/** The one node where it runs, to which a restart returns; of copies on several, none. */
export function onlyNodeOf(state: ClusterState, resource: string): NodeName | undefined {
  const isPart = partOf(state.configuration.model, resource);
  const where = sortedValues(state.nodes).filter((node) =>
    sortedKeys(node.history).some((name) => isPart(name) && isActive(node.history[name])),
  );
  return where.length === 1 ? where[0]?.name : undefined;
}

/** It runs, or something is being done with it. */
function isActiveSomewhere(state: ClusterState, resource: string): boolean {
  const isPart = partOf(state.configuration.model, resource);
  const busy = runningOperations(state.transition).some(({ action }) =>
    isPart(action.instance ?? action.resource ?? ''),
  );
  if (busy) return true;
  return sortedValues(state.nodes).some((node) =>
    sortedKeys(node.history).some((name) => isPart(name) && isActive(node.history[name])),
  );
}
