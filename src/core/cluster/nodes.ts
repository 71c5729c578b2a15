/** Nodes come and go: what a view of the group makes of each node's condition. */
import { WATCHDOG_ATTRIBUTE } from '../model/attributes.ts';
import type { LeaveReason } from '../model/engine.ts';
import type { Incarnation, NodeName } from '../model/ids.ts';
import { incarnation } from '../model/ids.ts';
import { keepRunning } from '../transition/accept.ts';
import { runningOperations } from '../transition/advance.ts';
import type { ApplyContext, OpenedView, ViewMember } from '../store/types.ts';
import { holdBackLoopers } from './fence-loop.ts';
import { endFencingOf, endOwnUnfencing, forgetFailures } from './fencing.ts';
import { endTestsOf } from './fencing-tests.ts';
import { noteLevels } from './level.ts';
import { isForgotten, remember } from './forget.ts';
import { forgetSent } from './migrations.ts';
import { sortedKeys, sortedValues, without } from './order.ts';
import { pendingRecord } from './history.ts';
import { endRestarts } from './restarts.ts';
import { noteRanOn } from './ran-on.ts';
import { goOnStopping } from './stop-all.ts';
import { begins, begun, nothingStarted } from './started-with.ts';
import type { ClusterState, NodeRecord } from './state.ts';
import { setCondition } from './condition.ts';
import { tell, want } from './tell.ts';
import { doubtAccess, doubtAllAccess } from './access-doubt.ts';
import { forgetRefusal } from './unfencing.ts';

/** Applied at the point of the order where a view opens. */
export function openView(before: ClusterState, view: OpenedView, at: ApplyContext): ClusterState {
  let state: ClusterState = {
    ...before,
    time: at.time > before.time ? at.time : before.time,
    epoch: view.epoch,
    view: viewName(before, view),
    acting: view.acting,
    quorate: view.quorate,
  };
  state = tellView(before, state, view);
  state = markRunningAsPending(state, view);
  for (const member of oldMembers(view)) state = confirmMember(state, member);
  for (const member of view.joined) state = welcome(state, member);
  state = missAbsent(state, view);
  state = goOnStopping(state, stayed(before, view));
  if (view.mayHaveMissed) state = doubtAllAccess(doubtOff(state, view));
  if (view.acting) for (const each of view.apart ?? []) state = doubtAccess(state, each);
  state = holdBackLoopers(
    state,
    view.joined.map((member) => member.node),
  );
  state = noteLevels(state, view);
  state = endFencingOf(state, stayed(before, view));
  state = endTestsOf(state, stayed(before, view));
  const transition = keepRunning(state.transition, stayed(before, view));
  // A scheduler that failed on the earlier membership may well answer for this one.
  const decision = { ...state.decision, frozen: undefined };
  const opened = want({ ...state, transition, decision }, 'the membership changed');
  return endRestarts(opened);
}

/** Views without quorum may follow one another in one ring and one epoch: a count tells them apart. */
function viewName(before: ClusterState, view: OpenedView): string {
  const { sequence, representative } = view.ring;
  return `${sequence}.${representative}.${view.epoch}.${before.decision.wanted + 1}`;
}

/** Nodes whose daemon is the same as before the view: what they run goes on. */
function stayed(before: ClusterState, view: OpenedView): ReadonlySet<NodeName> {
  const same = oldMembers(view).filter(
    (member) => before.nodes[member.node]?.incarnation === member.incarnation,
  );
  return new Set(same.map((member) => member.node));
}

/** Members that are not new: `joined` is a part of `members`. */
function oldMembers(view: OpenedView): readonly ViewMember[] {
  const joined = new Set(view.joined.map((member) => member.node));
  return view.members.filter((member) => !joined.has(member.node));
}

function tellView(before: ClusterState, state: ClusterState, view: OpenedView): ClusterState {
  let next = state;
  if (changesMembers(before, view)) {
    const names = view.members.map((member) => member.node).join(', ');
    const text = `members now: ${names}; ${view.dc} leads (epoch ${view.epoch})`;
    next = tell(next, { kind: 'view', severity: 'info', text });
  }
  if (before.quorate === view.quorate && before.view !== '') return next;
  return tell(next, {
    kind: 'quorum',
    severity: view.quorate ? 'good' : 'error',
    text: view.quorate ? 'quorum is there' : 'there is no quorum: nothing will be started',
  });
}

/** Views of the same daemons follow one another when somebody knocks: that is not worth telling. */
function changesMembers(before: ClusterState, view: OpenedView): boolean {
  if (before.view === '' || view.joined.length > 0 || view.left.length > 0) return true;
  return view.members.some((member) => before.nodes[member.node]?.condition !== 'online');
}

/**
 * Operations under way on a node that is going leave its state open: the history gets a pending
 * entry, so that nobody takes an earlier word for the last one.
 */
function markRunningAsPending(state: ClusterState, view: OpenedView): ClusterState {
  const here = new Set(view.members.map((member) => member.node));
  let nodes = state.nodes;
  for (const { node: name, action } of runningOperations(state.transition)) {
    const node = nodes[name];
    const id = action.instance ?? action.resource;
    if (here.has(name) || node === undefined || id === undefined) continue;
    if (action.kind === 'monitor' || action.kind === 'notify') continue;
    const agent = action.agent ?? node.history[id]?.agent;
    if (agent === undefined) continue;
    const operation = action.operation?.name ?? action.kind;
    const pending = pendingRecord(`${id}_last_0`, operation, state.time, action);
    const operations = [...(node.history[id]?.operations ?? []), pending];
    const history = { ...node.history, [id]: { resource: id, agent, operations } };
    const marked = { ...node, history };
    nodes = { ...nodes, [name]: begins(action) ? begun(marked, id, action) : marked };
  }
  return { ...state, nodes };
}

/** A member that was there before: nothing changes unless it is another incarnation. */
function confirmMember(state: ClusterState, member: ViewMember): ClusterState {
  const node = state.nodes[member.node];
  if (node?.incarnation !== member.incarnation) return welcome(state, member);
  if (node.condition === 'online' || isOver(node)) return state;
  return setCondition(state, node, 'online', 'it is a member again');
}

/** A life that was declared lost, or that has left or was fenced, does not become a member again. */
const isOver = (node: NodeRecord): boolean =>
  node.condition === 'lost' || node.condition === 'down';

/**
 * A fresh incarnation: nothing that was known of an earlier one counts, each resource is probed.
 * Fail counts live as long as the machine is up.
 */
function welcome(state: ClusterState, member: ViewMember): ClusterState {
  const old = state.nodes[member.node] ?? unseenNode(state, member.node);
  if (old.incarnation === member.incarnation && isOver(old)) return state;
  const sameBoot = old.boot === member.boot;
  const fresh: NodeRecord = {
    ...(sameBoot ? old : nothingStarted(old)),
    incarnation: member.incarnation,
    boot: member.boot,
    history: {},
    // Its watchdog may have been disarmed with the life before: this one says so itself.
    attributes: sameBoot ? without(old.attributes, WATCHDOG_ATTRIBUTE) : {},
    shutdownRequested: false,
  };
  const words = sameBoot ? 'its daemon came back' : 'it joined';
  const unfailed = forgetFailures(remember(state, member.node), member.node);
  const known = forgetRefusal(unfailed, member.node, sameBoot);
  return noteRanOn(setCondition(forgetSent(known, old), fresh, 'online', words), fresh);
}

function missAbsent(state: ClusterState, view: OpenedView): ClusterState {
  const present = new Set(view.members.map((member) => member.node));
  const reasons = new Map(view.left.map((entry) => [entry.node, entry.reason]));
  let next = state;
  for (const name of sortedKeys(state.nodes)) {
    if (!present.has(name)) next = miss(next, name, reasons.get(name));
  }
  return next;
}

function miss(state: ClusterState, name: NodeName, reason: LeaveReason | undefined): ClusterState {
  const node = state.nodes[name];
  if (node === undefined) return state;
  // A held node left the group in an earlier view; its grace, or its machine's end, decides.
  if (node.condition !== 'online' && !(node.condition === 'held' && reason === 'node-down')) {
    return state;
  }
  if (reason === undefined || reason === 'node-down') {
    return setCondition(state, node, 'lost', 'it left the group without a word');
  }
  return setCondition(state, node, 'held', awayWords(node, reason));
}

/** Who was asked to leave and goes without a word in the order had nobody who could put it there. */
function awayWords(node: NodeRecord, reason: LeaveReason): string {
  if (reason === 'leave' && node.shutdownRequested)
    return 'it has left as it was asked to; without quorum nobody confirms that nothing runs there';
  const words = reason === 'leave' ? 'its daemon was stopped' : 'its daemon died';
  return `${words}; what runs there goes on`;
}

/**
 * Who was off may have come back, run something, and be out of sight again: as after a start of the
 * whole cluster, such a node gets its grace, and is fenced.
 */
function doubtOff(state: ClusterState, view: OpenedView): ClusterState {
  const present = new Set(view.members.map((member) => member.node));
  let next = state;
  for (const node of sortedValues(state.nodes)) {
    if (node.condition !== 'down' || present.has(node.name)) continue;
    const words = `${node.because}; it may have run since, while no daemon ran here`;
    // Not the empty one: it was there once, and its program counts for the feature level.
    const doubted = {
      ...nothingStarted(node),
      ...NOTHING_KNOWN,
      incarnation: incarnation('unknown'),
    };
    next = setCondition(next, doubted, 'unseen', words);
  }
  return next;
}

export function unseenNode(state: ClusterState, name: NodeName): NodeRecord {
  return {
    name,
    condition: 'unseen',
    because: 'it has not been seen since the cluster started',
    since: state.time,
    ...NOTHING_KNOWN,
  };
}

const NOTHING_KNOWN = {
  incarnation: incarnation(''),
  boot: '',
  history: {},
  attributes: {},
  shutdownRequested: false,
} as const;

/**
 * The engine's configuration names nodes that the state does not know yet. Before the cluster has
 * decided anything they may be running something from before. A cluster that is running has never
 * let them run anything: they are down until they join.
 */
export function addConfiguredNodes(state: ClusterState, names: readonly NodeName[]): ClusterState {
  let next = state;
  for (const name of names) {
    if (next.nodes[name] !== undefined || isForgotten(next, name)) continue;
    const unseen = unseenNode(next, name);
    const node = isRunning(state) ? { ...unseen, ...NEW_NODE } : unseen;
    next = { ...next, nodes: { ...next.nodes, [name]: node } };
  }
  return next === state ? state : want(next, 'nodes were added');
}

const isRunning = (state: ClusterState): boolean => state.decision.answered > 0;
const NEW_NODE = { condition: 'down', because: 'it is new in the cluster' } as const;

/** A node that is silent, held or unseen for too long counts as lost from here on. */
export function declareLost(
  state: ClusterState,
  name: NodeName,
  life: Incarnation,
  reason: string,
): ClusterState {
  const node = state.nodes[name];
  if (node === undefined || node.incarnation !== life) return state;
  if (node.condition === 'lost' || node.condition === 'down') return state;
  const lost = endOwnUnfencing(setCondition(state, node, 'lost', reason), name);
  return want(lost, `${name} is lost: ${reason}`);
}

/** Everything of the cluster is stopped there, and its daemon says good-bye. */
export function leaveInGoodOrder(
  state: ClusterState,
  name: NodeName,
  life: Incarnation,
): ClusterState {
  const node = state.nodes[name];
  if (node === undefined || node.incarnation !== life) return state;
  const empty: NodeRecord = { ...node, history: {}, attributes: {}, shutdownRequested: false };
  const asked = forgetSent(state, node);
  return want(setCondition(asked, empty, 'down', 'it left in good order'), `${name} left`);
}
