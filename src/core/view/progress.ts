/** What is under way, and what comes next. */
import { isUnfencing } from '../cluster/fencing-methods.ts';
import type { ClusterState, NodeRecord } from '../cluster/state.ts';
import { isRefused } from '../cluster/unfencing.ts';
import { nearestBlockers } from '../model/blockers.ts';
import type { FenceDevice } from '../model/configuration.ts';
import type { PlannedAction } from '../model/plan.ts';
import { TRANSFER_PREFIX, parseTransfer } from '../model/transfer.ts';
import type { ActionState } from '../transition/types.ts';
import { markView } from './marks.ts';
import { actionText } from './names.ts';
import { isActing, isOnlyDisk } from './quorum.ts';
import type { Reading } from './reading.ts';
import type { StepView } from './types.ts';

/** More would not fit on a screen; the rest is counted by the last entry. */
const NEXT_MAX = 12;

export function underWay(reading: Reading): readonly StepView[] {
  const { fencing, transition } = reading.cluster;
  const leftOver = transition?.leftOver.map(({ action }) => action) ?? [];
  return [
    ...decisionStep(reading),
    ...fencing.active.map((request): StepView => ({
      kind: 'fencing',
      text: isUnfencing(request)
        ? `unfence ${request.target} with ${request.device}`
        : `fence ${request.target} (${request.method}) with ${request.device}`,
      reason: request.reason,
      node: request.executor,
      startedAt: request.begunAt,
    })),
    ...reading.ready
      .filter((action) => action.kind !== 'fence')
      .map((action) => actionStep(reading, action)),
    ...leftOver.map((action) => actionStep(reading, action)),
  ];
}

export function isSettled(reading: Reading): boolean {
  const { fencing, transition } = reading.cluster;
  return (
    (isActing(reading.view) || isOnlyDisk(reading.view)) &&
    !isDeciding(reading.cluster) &&
    heldNodes(reading).length === 0 &&
    fencing.active.length === 0 &&
    (transition === undefined ||
      (transition.leftOver.length === 0 &&
        transition.actions.every((action, at) =>
          isOver(reading.cluster, action, transition.states[at]),
        )))
  );
}

/** Access that is refused comes when it comes: nothing that can be done here waits for it. */
const isOver = (
  cluster: ClusterState,
  { fenceMethod, node }: PlannedAction,
  state: ActionState | undefined,
): boolean =>
  (state !== 'ready' && state !== 'waiting') ||
  (fenceMethod === 'on' && node !== undefined && isRefused(cluster, node));

export function nextSteps(reading: Reading): readonly StepView[] {
  const steps = [...waitingSteps(reading), ...timedSteps(reading)];
  if (steps.length <= NEXT_MAX) return steps;
  const left = steps.length - NEXT_MAX + 1;
  return [...steps.slice(0, NEXT_MAX - 1), { kind: 'action', text: `… and ${left} more` }];
}

function decisionStep(reading: Reading): readonly StepView[] {
  const { decision } = reading.cluster;
  if (!isDeciding(reading.cluster) || !isActing(reading.view)) return [];
  return [{ kind: 'decision', text: 'decide what to do', reason: decision.because }];
}

/** Without a configuration there is nothing to decide, and frozen decisions wait for a person. */
function isDeciding({ configuration, decision }: ClusterState): boolean {
  if (configuration.version === 0 || decision.frozen !== undefined) return false;
  return decision.answered < decision.wanted;
}

function actionStep(reading: Reading, action: PlannedAction): StepView {
  return {
    kind: 'action',
    text: actionText(action, devicesOf(reading)),
    reason: action.reason,
    ...(action.node === undefined ? {} : { node: action.node }),
    ...(action.resource === undefined ? {} : { resource: action.resource }),
    ...transferOf(reading, action),
  };
}

/** As its source told it last. */
function transferOf(
  { cluster }: Reading,
  { kind, node, instance, resource }: PlannedAction,
): Pick<StepView, 'transfer'> {
  if (kind !== 'migrate_to' || node === undefined) return {};
  const text = cluster.nodes[node]?.attributes[`${TRANSFER_PREFIX}${instance ?? resource ?? ''}`];
  const transfer = parseTransfer(text);
  return transfer === undefined ? {} : { transfer };
}

function waitingSteps(reading: Reading): StepView[] {
  const { transition } = reading.cluster;
  if (transition === undefined) return [];
  return transition.actions
    .filter((action, index) => !action.pseudo && transition.states[index] === 'waiting')
    .map((action) => {
      const waitsFor = blockerText(reading, action);
      return { ...actionStep(reading, action), ...(waitsFor === undefined ? {} : { waitsFor }) };
    });
}

/** The first real action before this one that is not complete. */
export function blockerText(reading: Reading, action: PlannedAction): string | undefined {
  return blockerTexts(reading, action)[0];
}

const isPast = (state: ActionState | undefined): boolean => state === 'done' || state === 'dropped';

/** The nearest real actions before this one that are not complete. */
export function blockerTexts(reading: Reading, action: PlannedAction): readonly string[] {
  const { transition } = reading.cluster;
  if (transition === undefined) return [];
  const { actions, before, states } = transition;
  const order = { actions, before, isOver: (id: number) => isPast(states[id]) };
  const blockers = nearestBlockers(order, action.id);
  return blockers.map((blocker) => actionText(blocker, devicesOf(reading)));
}

/** Their daemons are away: they come back, or their nodes count as lost. */
function heldNodes(reading: Reading): readonly NodeRecord[] {
  return reading.nodes.filter(({ condition }) => condition === 'held');
}

function timedSteps(reading: Reading): StepView[] {
  const { decision, fencing } = reading.cluster;
  const steps = heldNodes(reading).map(({ name, since }): StepView => ({
    kind: 'time',
    text: `${name} counts as lost unless its daemon comes back`,
    node: name,
    at: since + reading.local.daemonGraceMs,
  }));
  for (const mark of reading.marks) {
    if (mark.expiresAt === undefined) continue;
    steps.push({ kind: 'time', text: `ends: ${markView(mark).text}`, at: mark.expiresAt });
  }
  const actions = reading.cluster.transition?.actions ?? [];
  for (const [target, at] of Object.entries(fencing.retryAt)) {
    const isAway = reading.nodes.find(({ name }) => name === target)?.condition !== 'online';
    const isWanted =
      isAway || actions.some(({ kind, node }) => kind === 'fence' && node === target);
    if (isWanted && at > reading.cluster.time) {
      steps.push({ kind: 'time', text: `try again to fence ${target}`, at });
    }
  }
  for (const [target, { retryAt: at }] of Object.entries(fencing.accessRefused ?? {})) {
    if (at > reading.cluster.time) {
      steps.push({ kind: 'time', text: `try again to unfence ${target}`, at });
    }
  }
  if (
    decision.nextChangeAt !== undefined &&
    !steps.some(({ at }) => at === decision.nextChangeAt)
  ) {
    steps.push({
      kind: 'time',
      text: 'decide again: a rule, a failure or a lock expires',
      at: decision.nextChangeAt,
    });
  }
  return steps.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0));
}

const devicesOf = (reading: Reading): readonly FenceDevice[] =>
  reading.cluster.configuration.model.fenceDevices;
