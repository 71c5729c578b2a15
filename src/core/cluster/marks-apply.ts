/** Setting and ending marks. */
import type { WallMs } from '../model/ids.ts';
import type { Mark } from './marks.ts';
import { isConfigured } from './members.ts';
import { sortedValues, without } from './order.ts';
import { onlyNodeOf } from './restarts.ts';
import type { ClusterState } from './state.ts';
import { tell, want } from './tell.ts';

export function setMark(state: ClusterState, mark: Mark): ClusterState {
  const marks = { ...state.marks, [mark.id]: { ...completed(state, mark), setAt: state.time } };
  const text = `${mark.by}: ${markText(mark)}`;
  return want(tell({ ...state, marks }, { kind: 'mark', severity: 'info', text }), text);
}

/** A restart returns to where the resource runs at this point of the order. */
function completed(state: ClusterState, mark: Mark): Mark {
  if (mark.kind !== 'restart') return mark;
  const returnTo = onlyNodeOf(state, mark.resource);
  return returnTo === undefined ? mark : { ...mark, returnTo };
}

export function clearMark(state: ClusterState, id: string, by: string): ClusterState {
  const mark = state.marks[id];
  if (mark === undefined) return state;
  const text = `${by}: ended "${markText(mark)}"`;
  const next = { ...state, marks: without(state.marks, id) };
  return want(tell(next, { kind: 'mark', severity: 'info', text }), text);
}

/**
 * Marks end by themselves when their time has come, by the clock of the leader that says so: replicated
 * time has followed every clock that ever was ahead, and does not go back.
 */
export function expireMarks(state: ClusterState, until: WallMs): ClusterState {
  let next = state;
  for (const mark of sortedValues(state.marks)) {
    if (mark.expiresAt === undefined || mark.expiresAt > until) continue;
    const text = `"${markText(mark)}" ended by itself`;
    next = { ...next, marks: without(next.marks, mark.id) };
    next = want(tell(next, { kind: 'mark', severity: 'info', text }), text);
  }
  return next;
}

/** Marks of resources that are not configured any more end with them. */
export function endOrphanedMarks(state: ClusterState): ClusterState {
  let next = state;
  for (const mark of sortedValues(state.marks)) {
    if (!('resource' in mark) || isConfigured(state.configuration.model, mark.resource)) continue;
    const text = `"${markText(mark)}" ended: ${mark.resource} is not configured any more`;
    next = { ...next, marks: without(next.marks, mark.id) };
    next = tell(next, { kind: 'mark', severity: 'info', text });
  }
  return next;
}

/** "n1 in standby", "web moved to n2" … */
export function markText(mark: Mark): string {
  switch (mark.kind) {
    case 'node-standby':
      return `${mark.node} in standby`;
    case 'node-maintenance':
      return mark.evacuation === undefined
        ? `${mark.node} in maintenance`
        : `${mark.node} evacuated for maintenance`;
    case 'resource-maintenance':
      return `${mark.resource} in maintenance`;
    case 'target-role':
      return mark.role === 'Started' ? `start ${mark.resource}` : `stop ${mark.resource}`;
    case 'move':
      if (mark.to !== undefined) return `move ${mark.resource} to ${mark.to}`;
      return `move ${mark.resource} away from ${mark.away ?? 'where it runs'}`;
    case 'restart':
      return `restart ${mark.resource}`;
    case 'node-attribute':
      return `attribute ${mark.name} of ${mark.node} is "${shortened(mark.value)}"`;
    case 'cluster-attribute':
      return `attribute ${mark.name} of the cluster is "${shortened(mark.value)}"`;
  }
}

const VALUE_SHOWN_MAX = 64;

function shortened(value: string): string {
  return value.length <= VALUE_SHOWN_MAX ? value : `${value.slice(0, VALUE_SHOWN_MAX)}…`;
}
