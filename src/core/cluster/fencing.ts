/**
 * Fencing in the replicated state. A request is durable before anybody shoots, a confirmation
 * before anything is recovered; a confirmation counts only for the incarnation that was aimed at.
 */
import type { NodeName, WallMs } from '../model/ids.ts';
import { completeAction, readyActions } from '../transition/advance.ts';
import { forgetSent } from './migrations.ts';
import { without } from './order.ts';
import { setCondition } from './condition.ts';
import { fencingWays } from './fencing-levels.ts';
import {
  isAfterthought,
  isReachedWith,
  isUnfencing,
  satisfies,
  wholeMethod,
} from './fencing-methods.ts';
import { proveByFencing } from './fencing-proofs.ts';
import { endRealTest, mayBeginTest, refuseRealTest } from './fencing-tests.ts';
import { withEndedBoot } from './ran-on.ts';
import { nothingStarted } from './started-with.ts';
import type {
  ClusterState,
  FencingRecord,
  FencingRequest,
  FencingStep,
  NodeRecord,
} from './state.ts';
import { tell, want } from './tell.ts';
import { awaitShooting, giveAccess, loseAccess, refuseAccess } from './unfencing.ts';

const FENCING_RECORDS_MAX = 100;
const FENCING_OUTPUTS_MAX = 20;
const RETRY_FIRST_MS = 1000;
const RETRY_LAST_MS = 60_000;

/**
 * One request for one target at a time, aimed at the life that the target has now: any other
 * changes nothing, nor does one under the name of an earlier request.
 */
export function beginFencing(state: ClusterState, request: FencingRequest): ClusterState {
  if (state.fencing.active.some((active) => active.target === request.target)) return state;
  if (state.fencing.ended.some((ended) => ended.id === request.id)) return state;
  if ((state.nodes[request.target]?.incarnation ?? '') !== request.incarnation) return state;
  if (!mayBeginTest(state, request)) return refuseRealTest(state, request);
  const begun = { ...request, begunAt: state.time };
  if (isUnfencing(request)) {
    return state.nodes[request.target]?.condition === 'online' ? addActive(state, begun) : state;
  }
  return addActive(loseAccess(state, request.target, 'fencing it was begun'), begun);
}

function addActive(state: ClusterState, begun: FencingRequest): ClusterState {
  const fencing = { ...state.fencing, active: [...state.fencing.active, begun] };
  return tellBegin({ ...state, fencing }, begun);
}

function tellBegin(state: ClusterState, request: FencingRequest): ClusterState {
  const { target, method, device, executor, reason } = request;
  const what = isUnfencing(request) ? `unfencing ${target}` : `fencing ${target} (${method})`;
  return tell(state, {
    kind: 'fencing',
    phase: 'begin',
    severity: isUnfencing(request) ? 'info' : 'warning',
    node: target,
    text: `${what} by ${device} from ${executor}: ${reason}`,
  });
}

/** @param isEndUnknown nobody says what came of it: it may be going on still */
export function endFencing(
  state: ClusterState,
  id: string,
  result: Pick<FencingRecord, 'ok' | 'text' | 'durationMs' | 'output'>,
  isEndUnknown = false,
): ClusterState {
  const request = state.fencing.active.find((active) => active.id === id);
  if (request === undefined) return state;
  const { ok, text, durationMs, output } = result;
  const said = output === undefined ? {} : { output };
  const outcome = { ...request, ok, text, durationMs, endedAt: state.time, ...said };
  const record = withEndedBoot(state, outcome);
  if (isUnfencing(request)) return endUnfencing(closeRequest(state, record), record, isEndUnknown);
  const ended = isEndUnknown ? awaitShooting(state, record) : state;
  const closed = endRealTest(proveByFencing(closeRequest(ended, record), record), record);
  if (!result.ok && !isAfterthought(request)) return delayRetry(closed, record);
  const confirmed = isReachedWith(request) ? confirmFenced(closed, record) : closed;
  return nextStep(confirmed, request, request.next ?? []);
}

function endUnfencing(
  state: ClusterState,
  record: FencingRecord,
  isEndUnknown: boolean,
): ClusterState {
  const { target, ok, next = [] } = record;
  if (!ok) {
    const refused = finishAction(refuseAccess(state, record, isEndUnknown), record, false);
    return want(refused, `unfencing of ${target} failed`);
  }
  if (next.length > 0) return nextStep(state, asRequest(record), next);
  const given = giveAccess(state, record);
  if (given !== undefined) return finishAction(given, record, true);
  return want(
    finishAction(state, record, false),
    `${target} is not as it was when it was unfenced`,
  );
}

/** The same node goes on with the next device. */
function nextStep(
  state: ClusterState,
  request: FencingRequest,
  [step, ...rest]: readonly FencingStep[],
): ClusterState {
  if (step === undefined) return state;
  const id = `${request.id}+`;
  return addActive(state, { ...request, ...step, id, begunAt: state.time, next: rest });
}

function asRequest(record: FencingRecord): FencingRequest {
  const {
    endedAt: _end,
    ok: _ok,
    text: _text,
    durationMs: _time,
    output: _said,
    ...request
  } = record;
  return request;
}

function closeRequest(state: ClusterState, ended: FencingRecord): ClusterState {
  const words = ended.ok ? 'is confirmed' : `failed: ${ended.text}`;
  return tell(keepRecord(state, ended), {
    kind: 'fencing',
    phase: 'end',
    severity: ended.ok ? 'good' : 'error',
    node: ended.target,
    durationMs: ended.durationMs,
    text: `${isUnfencing(ended) ? 'un' : ''}fencing of ${ended.target} by ${ended.device} ${words}`,
  });
}

function keepRecord(state: ClusterState, ended: FencingRecord): ClusterState {
  const fencing = {
    ...state.fencing,
    active: state.fencing.active.filter((active) => active.id !== ended.id),
    ended: withoutOldOutputs([...state.fencing.ended, ended].slice(-FENCING_RECORDS_MAX)),
  };
  return { ...state, fencing };
}

/** A node of which the fencing fails all night must not fill the state with the same words. */
function withoutOldOutputs(records: readonly FencingRecord[]): readonly FencingRecord[] {
  const old = records.length - FENCING_OUTPUTS_MAX;
  return records.map((record, at) => {
    if (at >= old || record.output === undefined) return record;
    const { output: _dropped, ...rest } = record;
    return rest;
  });
}

function confirmFenced(state: ClusterState, record: FencingRecord): ClusterState {
  const cleared = forgetFailures(state, record.target);
  const node = cleared.nodes[record.target];
  if (node === undefined) return finishAction(cleared, record, true);
  if (node.incarnation !== record.incarnation) {
    // It came back as another incarnation meanwhile: this confirmation is not about that one.
    return want(finishAction(cleared, record, false), `${record.target} came back meanwhile`);
  }
  const asked = forgetSent(cleared, node);
  const down = setCondition(asked, asFenced(node), 'down', `fenced by ${record.device}`);
  return finishAction(down, record, true);
}

/** What failed with an earlier life costs the next one neither a pause nor its first way. */
export function forgetFailures(state: ClusterState, target: NodeName): ClusterState {
  const failures = without(state.fencing.failures, target);
  const retryAt = without(state.fencing.retryAt, target);
  return { ...state, fencing: { ...state.fencing, failures, retryAt } };
}

const asFenced = (node: NodeRecord): NodeRecord => ({
  ...nothingStarted(node),
  history: {},
  attributes: {},
  shutdownRequested: false,
});

/** The next way is tried at once; after all of them there is a pause, longer each time. */
function delayRetry(state: ClusterState, record: FencingRecord): ClusterState {
  const { target } = record;
  const failures = (state.fencing.failures[target] ?? 0) + 1;
  const ways = Math.max(1, fencingWays(state, target).length);
  const rounds = Math.floor(failures / ways);
  const pause = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** Math.min(rounds - 1, 10));
  const retryAt = failures % ways === 0 ? state.time + pause : state.time;
  const fencing = {
    ...state.fencing,
    failures: { ...state.fencing.failures, [target]: failures },
    retryAt: { ...state.fencing.retryAt, [target]: retryAt as WallMs },
  };
  const next = finishAction({ ...state, fencing }, record, false);
  // A test that failed, or what was for an earlier life, costs the next fencing neither a pause nor its first way.
  const node = state.nodes[target];
  const isOver =
    (record.test !== undefined && node?.condition === 'online') ||
    (node !== undefined && node.incarnation !== record.incarnation);
  return want(isOver ? forgetFailures(next, target) : next, `fencing of ${target} failed`);
}

/**
 * Those of the transition's fence actions for this target are over which this fencing is enough
 * for. What wants more (off, where it was rebooted) stays ready: it is asked for anew.
 */
function finishAction(state: ClusterState, record: FencingRecord, ok: boolean): ClusterState {
  const done = wholeMethod(record);
  const open = readyActions(state.transition).filter(
    (ready) => ready.kind === 'fence' && !ready.pseudo && ready.node === record.target,
  );
  if (open.length === 0) return want(state, `fencing of ${record.target} ended`);
  let { transition } = state;
  for (const action of open) {
    if (transition === undefined || !satisfies(done, action.fenceMethod ?? 'reboot')) continue;
    transition = completeAction(transition, action.id, ok);
  }
  return { ...state, transition };
}

/** Requests whose executor is not here any more have an open end: they are done again. */
export function endFencingOf(state: ClusterState, stayed: ReadonlySet<NodeName>): ClusterState {
  let next = state;
  for (const request of state.fencing.active) {
    if (stayed.has(request.executor)) continue;
    const text = `${request.executor}, which carried it out, has left`;
    next = endFencing(next, request.id, { ok: false, text, durationMs: 0 }, true);
  }
  return next;
}

/** Nobody can wait for what a node that is lost was doing for itself: it is to be shot. */
export function endOwnUnfencing(state: ClusterState, name: NodeName): ClusterState {
  const own = state.fencing.active.find(
    ({ target, executor }) => target === name && executor === name,
  );
  if (own === undefined) return state;
  const text = `${name}, which carried it out, was lost meanwhile`;
  return endFencing(state, own.id, { ok: false, text, durationMs: 0 }, true);
}

/** In the list of fencings too: otherwise the last failure would stand there as the last word. */
function recordByHand(state: ClusterState, node: NodeRecord, by: string): FencingRecord {
  return {
    id: `hand.${state.storyCount}.${node.name}`,
    target: node.name,
    incarnation: node.incarnation,
    method: 'off',
    device: 'by-hand',
    executor: node.name,
    reason: node.because,
    begunAt: state.time,
    attempt: 1,
    endedAt: state.time,
    ok: true,
    text: 'confirmed by hand',
    durationMs: 0,
    by,
    ...(node.boot === '' ? {} : { boot: node.boot }),
  };
}

/** An administrator has seen that the node is off. */
export function confirmByHand(state: ClusterState, name: NodeName, by: string): ClusterState {
  const node = state.nodes[name];
  if (node === undefined || node.condition === 'online' || node.condition === 'down') return state;
  const told = tell(state, {
    kind: 'alarm',
    severity: 'warning',
    node: name,
    text: `${by} confirmed by hand that ${name} is off`,
  });
  const recorded = keepRecord(forgetFailures(told, name), recordByHand(state, node, by));
  const asked = forgetSent(recorded, node);
  const down = setCondition(asked, asFenced(node), 'down', `confirmed off by ${by}`);
  return want(down, `${name} is confirmed to be off`);
}
