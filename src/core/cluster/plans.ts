/** The DC's plan comes in: it is checked against what has happened since it was made. */
import type { PlannedAction } from '../model/plan.ts';
import { acceptPlan, realActions } from '../transition/accept.ts';
import { completeAction, readyActions, runningOperations } from '../transition/advance.ts';
import { actionKey } from '../transition/keys.ts';
import type { Transition } from '../transition/types.ts';
import type { VolatileCommand } from './commands.ts';
import { baseName, clearFailures } from './fail-counts.ts';
import { fencedBy, satisfies } from './fencing-methods.ts';
import { isConfigured } from './members.ts';
import { without } from './order.ts';
import type { ClusterState, NodeRecord } from './state.ts';
import { tell, want } from './tell.ts';
import { hasAccess } from './unfencing.ts';

type PlanCommand = Extract<VolatileCommand, { kind: 'plan' }>;

/** A plan of another view or of another configuration is not carried out; a new one is wanted. */
export function applyPlan(state: ClusterState, command: PlanCommand): ClusterState {
  if (command.view !== state.view) return state;
  if (command.configurationVersion !== state.configuration.version) return state;
  if (command.failed !== undefined) return freeze(state, command, command.failed);
  const stale = staleActions(state, command);
  if (stale === 'all') return want(state, 'too much has changed while deciding');
  const id = decisionId(state, command.wanted);
  const { because } = command;
  const transition = acceptPlan(state.transition, command.plan, { id, because, stale });
  const decided = rememberDecision({ ...state, transition }, command);
  const next = tellDecision(decided, { ...command, id }, openKeys(state.transition));
  return stale.size === 0 ? next : want(next, 'something changed while deciding');
}

/** What a decision of this epoch is called: `4.17`. */
export const decisionId = (state: Pick<ClusterState, 'epoch'>, wanted: number): string =>
  `${state.epoch}.${wanted}`;

/**
 * Actions on resources of which something became known after the plan's picture; all of them when
 * more has become known since than is remembered.
 */
function staleActions(state: ClusterState, command: PlanCommand): ReadonlySet<number> | 'all' {
  const newer = state.changeCount - command.changeCount;
  if (newer <= 0) return new Set();
  if (newer > state.recentChanges.length) return 'all';
  const changed = new Set(state.recentChanges.slice(-newer).map((entry) => entry.resource));
  const stale = command.plan.actions.filter((action) => !action.pseudo && isAbout(action, changed));
  return new Set(stale.map((action) => action.id));
}

function isAbout(action: PlannedAction, changed: ReadonlySet<string>): boolean {
  return action.resource !== undefined && changed.has(baseName(action.resource));
}

function rememberDecision(state: ClusterState, command: PlanCommand): ClusterState {
  const { plan } = command;
  return {
    ...state,
    decision: {
      ...state.decision,
      answered: Math.max(state.decision.answered, command.wanted),
      placements: plan.placements,
      unplaced: plan.unplaced,
      findings: plan.findings,
      nextChangeAt: plan.nextChangeAt,
      frozen: undefined,
    },
  };
}

function freeze(state: ClusterState, command: PlanCommand, reason: string): ClusterState {
  const decision = { ...state.decision, answered: command.wanted, frozen: reason };
  return tell(
    { ...state, decision },
    {
      kind: 'alarm',
      severity: 'error',
      text: `no decision could be made, nothing is done: ${reason}`,
    },
  );
}

/** Work of the plan before that is under way, is still to be done, or could not be begun. */
function openKeys(transition: Transition | undefined): ReadonlySet<string> {
  const open = (transition?.actions ?? []).filter((action) => {
    const progress = transition?.states[action.id];
    return progress !== 'done' && (progress !== 'failed' || action.kind === 'fence');
  });
  const running = runningOperations(transition).map((entry) => entry.action);
  return new Set([...open, ...running].map((action) => actionKey(action)));
}

/** What the plan before wanted already is not told again. */
function tellDecision(
  state: ClusterState,
  { plan, because, id }: Pick<PlanCommand, 'plan' | 'because'> & { readonly id: string },
  known: ReadonlySet<string>,
): ClusterState {
  const actions = realActions(plan).filter(
    (action) =>
      isWorthTelling(action) && !known.has(actionKey(action)) && !isFencedAlready(state, action),
  );
  if (actions.length === 0) return state;
  const lines = actions.slice(0, 50).map((action) => `${action.name}: ${action.reason}`);
  return tell(state, {
    kind: 'decision',
    severity: 'info',
    text: `${because}: ${actions.length === 1 ? 'one action' : `${actions.length} actions`}`,
    actions: lines,
    decision: id,
  });
}

/** What only looks, or only prepares, is not part of the story unless it goes wrong. */
export function isWorthTelling({ kind }: PlannedAction): boolean {
  // Histories are the cluster's own books: no node does anything when one is forgotten.
  return !['monitor', 'cancel', 'notify', 'delete-history'].includes(kind);
}

/**
 * Ready actions that only change the replicated state are carried out at once, by everybody. So is
 * the fencing of a node that is down already: it was confirmed while the plan was made.
 */
export function carryOutState(state: ClusterState): ClusterState {
  let next = state;
  for (let limit = 10_000; limit > 0; limit -= 1) {
    const action = readyActions(next.transition).find(
      (ready) => isStateOnly(ready) || isFencedAlready(next, ready),
    );
    if (action === undefined || next.transition === undefined) return next;
    const done: Transition = completeAction(next.transition, action.id, true);
    next = changeState({ ...next, transition: done }, action);
  }
  return next;
}

const isStateOnly = (action: PlannedAction): boolean =>
  !action.pseudo && (action.kind === 'delete-history' || action.kind === 'clear-failcount');

/** A node that was rebooted meanwhile is not off: where that is wanted it is still to be done. */
function isFencedAlready(state: ClusterState, action: PlannedAction): boolean {
  const { kind, node: name, pseudo, fenceMethod = 'reboot' } = action;
  if (kind !== 'fence' || pseudo || name === undefined) return false;
  const node = state.nodes[name];
  if (fenceMethod === 'on') return node?.condition === 'online' && hasAccess(state, node);
  if (node?.condition !== 'down') return false;
  return satisfies(fencedBy(state, name) ?? 'off', fenceMethod);
}

function changeState(state: ClusterState, action: PlannedAction): ClusterState {
  const node = action.node === undefined ? undefined : state.nodes[action.node];
  const name = action.instance ?? action.resource;
  if (node === undefined || name === undefined) return state;
  if (action.kind === 'delete-history') return deleteHistory(state, node, name);
  const changed = clearFailures(node, (resource) => baseName(resource) === baseName(name));
  return withNode(state, changed);
}

/** What is configured still is probed anew: nothing waits for somebody else to ask. */
function deleteHistory(state: ClusterState, node: NodeRecord, name: string): ClusterState {
  const changed = withNode(state, { ...node, history: without(node.history, name) });
  if (!isConfigured(state.configuration.model, baseName(name))) return changed;
  return want(changed, `what was known of ${name} on ${node.name} does not count any more`);
}

const withNode = (state: ClusterState, node: NodeRecord): ClusterState => ({
  ...state,
  nodes: { ...state.nodes, [node.name]: node },
});
