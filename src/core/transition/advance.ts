/**
 * Steps of a transition: results come in, actions become ready. Nothing here looks at the world;
 * every member computes the same from the same ordered results.
 */
import type { NodeName } from '../model/ids.ts';
import type { PlannedAction } from '../model/plan.ts';
import { actionKey, carrierOf, isOperation } from './keys.ts';
import type { ActionState, LeftOver, Transition } from './types.ts';

/** Marks the action as complete and lets what waited for it go on, or drops it if it failed. */
export function completeAction(transition: Transition, id: number, ok: boolean): Transition {
  if (transition.states[id] !== 'ready') return transition;
  const states = [...transition.states];
  states[id] = ok ? 'done' : 'failed';
  if (!ok) dropAfter(transition, states, [id]);
  return settle({ ...transition, states });
}

/** Drops waiting actions, and everything that is ordered after them. */
export function dropActions(transition: Transition, ids: readonly number[]): Transition {
  const states = [...transition.states];
  const dropped = ids.filter((id) => states[id] === 'waiting');
  for (const id of dropped) states[id] = 'dropped';
  dropAfter(transition, states, dropped);
  return settle({ ...transition, states });
}

function dropAfter(transition: Transition, states: ActionState[], from: readonly number[]): void {
  const queue = [...from];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const next of transition.after[id] ?? []) {
      if (states[next] !== 'waiting') continue;
      states[next] = 'dropped';
      queue.push(next);
    }
  }
}

/**
 * Makes ready what waits for nothing more; pseudo actions are complete as soon as they are ready.
 * Actions on a resource whose left-over operation still runs stay waiting.
 */
export function settle(transition: Transition): Transition {
  const states = [...transition.states];
  const queue: number[] = transition.actions.map((action) => action.id);
  for (let head = 0; head < queue.length; head += 1) {
    const id = queue[head] as number;
    if (states[id] !== 'waiting' || !mayBegin(transition, states, id)) continue;
    const pseudo = transition.actions[id]?.pseudo === true;
    states[id] = pseudo ? 'done' : 'ready';
    if (pseudo) queue.push(...(transition.after[id] ?? []));
  }
  return { ...transition, states };
}

function mayBegin(transition: Transition, states: readonly ActionState[], id: number): boolean {
  const action = transition.actions[id];
  if (action === undefined || isBehindLeftOver(transition, action)) return false;
  return (transition.before[id] ?? []).every((earlier) => states[earlier] === 'done');
}

function isBehindLeftOver(transition: Transition, action: PlannedAction): boolean {
  if (action.pseudo || action.resource === undefined) return false;
  return transition.leftOver.some(
    (left) => left.action.resource === action.resource && concernsEachOther(left, action),
  );
}

/** Instances of a clone on different nodes do not wait for one another. */
function concernsEachOther(left: LeftOver, action: PlannedAction): boolean {
  const isClone = action.operation?.meta['clone'] !== undefined;
  return !isClone || left.node === carrierOf(action);
}

/** The ready or left-over operation that a node's result belongs to. */
export function findRunning(
  transition: Transition | undefined,
  key: string,
): { readonly action: PlannedAction; readonly leftOver: boolean } | undefined {
  if (transition === undefined) return undefined;
  const ready = transition.actions.find(
    (action) => transition.states[action.id] === 'ready' && actionKey(action) === key,
  );
  if (ready !== undefined) return { action: ready, leftOver: false };
  const left = transition.leftOver.find((entry) => actionKey(entry.action) === key);
  return left === undefined ? undefined : { action: left.action, leftOver: true };
}

/**
 * A left-over operation has ended. The plan was made before that was known: of what it wants with
 * this resource only stops may follow, anything else is decided anew.
 */
export function endLeftOver(transition: Transition, key: string): Transition {
  const ended = transition.leftOver.find((entry) => actionKey(entry.action) === key);
  if (ended === undefined) return transition;
  const leftOver = transition.leftOver.filter((entry) => entry !== ended);
  const stale = transition.actions.filter(
    (action) =>
      !action.pseudo &&
      !MAY_FOLLOW.has(action.kind) &&
      action.resource === ended.action.resource &&
      concernsEachOther(ended, action),
  );
  return dropActions(
    { ...transition, leftOver },
    stale.map((action) => action.id),
  );
}

const MAY_FOLLOW: ReadonlySet<PlannedAction['kind']> = new Set(['stop', 'demote', 'cancel']);

/** Operations that run now, on whichever node. */
export function runningOperations(transition: Transition | undefined): readonly LeftOver[] {
  return transition === undefined ? [] : openWorkOf(transition).running;
}

export function readyActions(transition: Transition | undefined): readonly PlannedAction[] {
  return transition === undefined ? [] : openWorkOf(transition).ready;
}

interface OpenWork {
  readonly ready: readonly PlannedAction[];
  readonly running: readonly LeftOver[];
}

/** Most duties ask for it after every input, and most inputs leave the transition as it was. */
function openWorkOf(transition: Transition): OpenWork {
  let known = openWork.get(transition);
  if (known === undefined) {
    const ready = transition.actions.filter(({ id }) => transition.states[id] === 'ready');
    known = { ready, running: [...transition.leftOver, ...ready.flatMap(operationOf)] };
    openWork.set(transition, known);
  }
  return known;
}

function operationOf(action: PlannedAction): readonly LeftOver[] {
  const node = carrierOf(action);
  return isOperation(action) && node !== undefined ? [{ node, action }] : [];
}

/** Only remembers what is computed anyway: the same answers with or without it. */
const openWork = new WeakMap<Transition, OpenWork>();

export function readyOn(
  transition: Transition | undefined,
  node: NodeName,
): readonly PlannedAction[] {
  return readyActions(transition).filter((action) => carrierOf(action) === node);
}

/** Something of the plan is still to be done on the node, or is being done. */
export function hasOpenActions(transition: Transition | undefined, node: NodeName): boolean {
  return (transition?.actions ?? []).some((action) => {
    const state = transition?.states[action.id];
    return !action.pseudo && action.node === node && (state === 'waiting' || state === 'ready');
  });
}

/** Nothing of it waits or runs any more. */
export function isFinished(transition: Transition): boolean {
  return (
    transition.leftOver.length === 0 &&
    transition.states.every((state) => state !== 'waiting' && state !== 'ready')
  );
}
