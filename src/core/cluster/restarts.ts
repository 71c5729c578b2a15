/** `resource restart`: a mark that stops the resource, and ends by itself when it is stopped. */
import { runningOperations } from '../transition/advance.ts';
import { isActive } from './activity.ts';
import { partOf } from './members.ts';
import { sortedKeys, sortedValues, without } from './order.ts';
import type { ClusterState } from './state.ts';
import { want } from './tell.ts';

/** Looked at after every change: stopped, never started or gone with its node is all the same. */
export function endRestarts(state: ClusterState): ClusterState {
  let next = state;
  for (const mark of sortedValues(state.marks)) {
    if (mark.kind !== 'restart' || isActiveSomewhere(next, mark.resource)) continue;
    next = want({ ...next, marks: without(next.marks, mark.id) }, `${mark.resource} is stopped`);
  }
  return next;
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
