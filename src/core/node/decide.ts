/** The leader asks the scheduler when a decision is wanted, and puts the plan into the order. */
import { pictureOf } from '../cluster/picture.ts';
import { clusterOption } from '../cluster/options.ts';
import { decisionId } from '../cluster/plans.ts';
import type { ClusterState } from '../cluster/state.ts';
import { isAmong } from '../model/children.ts';
import type { NodeName } from '../model/ids.ts';
import type { Plan } from '../model/plan.ts';
import { sortedKeys } from '../cluster/order.ts';
import { plan as planShape } from '../cluster/shapes/plan.ts';
import { runningOperations } from '../transition/advance.ts';
import { actionKey, canBeCarriedOut } from '../transition/keys.ts';
import { limitMigrations } from '../transition/lanes.ts';
import { startRenamedLater } from '../transition/renamed.ts';
import { leaveTogether } from '../transition/together.ts';
import { decodeShape } from '../wire/shape.ts';
import { submit } from './give.ts';
import { coldStartGraceMs, expectedNodes } from './lead.ts';
import type { Deciding, NodeState, Step } from './state.ts';
import { leaderOf, log, stay } from './state.ts';
import { presumedTime } from './time.ts';
import type { NodeClocks, NodeEffect } from './types.ts';

/** At most one decision is under way; one that membership or configuration overtook is abandoned. */
export function decideIfWanted(node: NodeState, clocks: NodeClocks): Step {
  const { deciding } = node;
  if (deciding !== undefined && deciding.phase === 'sending') return stay(node);
  if (deciding !== undefined && isCurrent(deciding, node.cluster)) return stay(node);
  const abandoned: readonly NodeEffect[] =
    deciding === undefined ? [] : [{ kind: 'abandon-decision', number: deciding.number }];
  const free = { ...node, deciding: undefined };
  if (!mayDecide(free, clocks)) return { node: free, effects: abandoned };
  const asked = ask(free, clocks);
  return { node: asked.node, effects: [...abandoned, ...asked.effects] };
}

const isCurrent = (deciding: Deciding, cluster: ClusterState): boolean =>
  deciding.view === cluster.view && deciding.configurationVersion === cluster.configuration.version;

function mayDecide(node: NodeState, clocks: NodeClocks): boolean {
  const { cluster, view } = node;
  if (cluster.decision.wanted <= cluster.decision.answered) return false;
  if (cluster.decision.frozen !== undefined || cluster.configuration.version === 0) return false;
  if (leaderOf(node) !== view.self) return false;
  if (view.phase.kind === 'alone') return true;
  return !waitsForNodes(node) && !waitsForQuorum(node, clocks) && !waitsForLatecomers(node, clocks);
}

/**
 * A daemon that has just started without quorum does nothing for the same grace: usually the others
 * are starting, too, and what it did alone would only set its state apart from theirs. After it,
 * what an earlier life left running is found and stopped, as the policy says.
 */
function waitsForQuorum(node: NodeState, clocks: NodeClocks): boolean {
  if (node.cluster.acting || node.wasOpen) return false;
  return clocks.nowMs - (node.bornAtMs ?? clocks.nowMs) < coldStartGraceMs(node);
}

/** After a cold start, nodes that were not seen yet get a grace before the first decision. */
function waitsForNodes(node: NodeState): boolean {
  const { nodes, acting, decision } = node.cluster;
  if (!acting || decision.answered > 0) return false;
  const all = [...sortedKeys(nodes), ...expectedNodes(node)];
  return all.some((name) => (nodes[name]?.condition ?? 'unseen') === 'unseen');
}

/**
 * When quorum comes back after nobody had it, whoever is still missing may be a moment behind: it
 * would be shot for nothing. All is stopped at that time, so the moment costs little.
 */
const LATECOMERS_MS = 3000;

function waitsForLatecomers(node: NodeState, clocks: NodeClocks): boolean {
  const { actingSinceMs, cluster } = node;
  if (actingSinceMs === undefined || clocks.nowMs - actingSinceMs >= LATECOMERS_MS) return false;
  return expectedNodes(node).some((name) => {
    const condition = cluster.nodes[name]?.condition ?? 'unseen';
    return condition === 'lost' || condition === 'unseen';
  });
}

function ask(node: NodeState, clocks: NodeClocks): Step {
  const { cluster, view } = node;
  const number = node.decisions + 1;
  const deciding: Deciding = {
    number,
    wanted: cluster.decision.wanted,
    because: cluster.decision.because,
    view: cluster.view,
    changeCount: cluster.changeCount,
    configurationVersion: cluster.configuration.version,
    phase: 'computing',
    plan: undefined,
  };
  const leader: NodeName | undefined = leaderOf(node);
  const picture = pictureOf(cluster, leader, view.phase.kind === 'alone');
  const now = presumedTime(node, clocks);
  return {
    node: { ...node, deciding, decisions: number },
    effects: [{ kind: 'decide', number, id: decisionId(cluster, deciding.wanted), picture, now }],
  };
}

export function takeDecision(node: NodeState, number: number, plan: Plan): Step {
  const { deciding } = node;
  if (deciding?.number !== number || deciding.phase !== 'computing') return stay(node);
  const problem = planProblem(plan);
  if (problem !== undefined) return takeDecisionFailure(node, number, problem);
  return stay({ ...node, deciding: { ...deciding, phase: 'sending', plan: ordered(node, plan) } });
}

/** What the scheduler does not know: turns of live migrations, new names, and that all nodes leave together. */
function ordered(node: NodeState, plan: Plan): Plan {
  const { resources } = node.cluster.configuration.model;
  const inTime = startRenamedLater(inTurns(node, plan), (id) => isAmong(resources, id));
  return node.cluster.stopping === undefined ? inTime : leaveTogether(inTime);
}

/** Live migrations take turns, where it is configured how many may run at once. */
function inTurns({ cluster }: NodeState, plan: Plan): Plan {
  const limit = Number(clusterOption(cluster.configuration.model, 'migration-limit') ?? -1);
  if (!Number.isInteger(limit)) return plan;
  const running = runningOperations(cluster.transition).map(({ action }) => actionKey(action));
  return limitMigrations(plan, limit, new Set(running));
}

/** A plan that no node could take or carry out would be waited for without end: it is a failure. */
function planProblem(plan: Plan): string | undefined {
  const checked = decodeShape(planShape, plan);
  if (checked.kind === 'wrong') return `the plan is malformed: ${checked.path} ${checked.reason}`;
  const lacking = plan.actions.find((action) => !canBeCarriedOut(action));
  return lacking === undefined ? undefined : `the plan says too little on ${lacking.name}`;
}

/** The scheduler failed: that is a bug; it is said, and nothing is done from this input again. */
export function takeDecisionFailure(node: NodeState, number: number, reason: string): Step {
  const { deciding } = node;
  if (deciding?.number !== number || deciding.phase !== 'computing') return stay(node);
  const frozen = { ...deciding, phase: 'sending' as const, failure: reason };
  const text = `no decision could be made: ${reason}`;
  return { node: { ...node, deciding: frozen }, effects: [log('error', text)] };
}

/** Puts a finished plan into the order, unless it was overtaken. */
export function sendPlan(node: NodeState, clocks: NodeClocks): Step {
  const { deciding } = node;
  if (deciding === undefined || deciding.phase !== 'sending' || deciding.sent === true) {
    return stay(node);
  }
  if (!isCurrent(deciding, node.cluster)) return stay({ ...node, deciding: undefined });
  const sent = { ...node, deciding: { ...deciding, sent: true } };
  return submit(
    sent,
    {
      kind: 'plan',
      view: deciding.view,
      wanted: deciding.wanted,
      changeCount: deciding.changeCount,
      configurationVersion: deciding.configurationVersion,
      plan: deciding.plan ?? EMPTY_PLAN,
      because: deciding.because,
      ...(deciding.failure === undefined ? {} : { failed: deciding.failure }),
    },
    `plan ${deciding.number}`,
    clocks,
  );
}

const EMPTY_PLAN: Plan = { actions: [], order: [], placements: [], unplaced: [], findings: [] };
