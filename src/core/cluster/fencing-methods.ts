/** What fencings do to a node's power, and which one is enough for what is wanted. */
import type { NodeName } from '../model/ids.ts';
import type { ClusterState, FencingMethod, FencingRequest } from './state.ts';

/**
 * A machine that was switched off is as fenced as one that was rebooted, but not the other way
 * round: one that is to stay off must not come up again. Switching on satisfies nothing else.
 */
export function satisfies(done: FencingMethod, wanted: FencingMethod): boolean {
  if (done === 'on' || wanted === 'on') return done === wanted;
  return wanted === 'reboot' || done === 'off';
}

/** What all steps of a request do together: all off, then all on again is a reboot. */
export function wholeMethod(request: FencingRequest): FencingMethod {
  const { whole, method, next } = request;
  if (whole !== undefined) return whole;
  if (next === undefined) return method;
  return method === 'on' || next.some((step) => step.method === 'on') ? 'reboot' : method;
}

/** It gives a node its access, and shoots nobody. */
export const isUnfencing = (request: FencingRequest): boolean => wholeMethod(request) === 'on';

/** With the success of this step the whole is reached; what follows only switches on again. */
export function isReachedWith(request: FencingRequest): boolean {
  const { method, next = [] } = request;
  if (wholeMethod(request) === 'on') return next.length === 0;
  return method !== 'on' && next.every((step) => step.method === 'on');
}

/** Steps that only switch on again what was off for certain: nothing depends on them. */
export const isAfterthought = (request: FencingRequest): boolean =>
  request.method === 'on' && wholeMethod(request) !== 'on';

/** How this life of the node was ended, if that was by fencing. */
export function fencedBy(state: ClusterState, name: NodeName): FencingMethod | undefined {
  const life = state.nodes[name]?.incarnation;
  const last = state.fencing.ended.findLast(
    (record) =>
      record.ok &&
      record.target === name &&
      record.incarnation === life &&
      wholeMethod(record) !== 'on' &&
      isReachedWith(record),
  );
  return last === undefined ? undefined : wholeMethod(last);
}
