/** This node's own work with agents: queue, spawn, report. */
import { otherCopies } from '../cluster/safety.ts';
import { nextDueMs, queueDueMonitors, syncQueue } from '../executor/queue.ts';
import { reportEnded } from '../executor/report.ts';
import { spawnQueued } from '../executor/run.ts';
import type { ReportedResult } from '../cluster/commands.ts';
import type { ResourceId } from '../model/ids.ts';
import { readyOn } from '../transition/advance.ts';
import { submit } from './give.ts';
import type { NodeState, Step } from './state.ts';
import { stay } from './state.ts';
import type { NodeClocks, NodeEffect } from './types.ts';

export function workLocally(node: NodeState, clocks: NodeClocks): Step {
  const queue = isOpen(node) ? syncQueue(node.executor, myReady(node), NOTHING) : node.executor;
  const due = queueDueMonitors(queue, clocks.nowMs);
  const permission = { startRefusal: (resource: ResourceId) => startRefusal(node, resource) };
  const spawned = spawnQueued(due, permission, node.options.operationsMax, clocks.nowMs);
  const reported = reportEnded(spawned.executor, clocks.nowMs);
  let step: Step = stay({ ...node, executor: reported.executor });
  for (const effect of [...spawned.effects, ...reported.effects]) {
    const next = carryOut(step.node, effect, clocks);
    step = { node: next.node, effects: [...step.effects, ...next.effects] };
  }
  return step;
}

const NOTHING: ReadonlySet<string> = new Set();

function isOpen(node: NodeState): boolean {
  return node.view.phase.kind === 'open' || node.view.phase.kind === 'alone';
}

/** Only actions of a plan of this very view are in the transition; see cluster/plans.ts. */
const myReady = (node: NodeState): ReturnType<typeof readyOn> =>
  readyOn(node.cluster.transition, node.view.self);

/** **View, quorum and other copies are looked at again right before a start.** */
function startRefusal(node: NodeState, resource: ResourceId): string | undefined {
  const { cluster, view } = node;
  if (view.phase.kind !== 'open' || !view.phase.acting) return 'this node is not in an acting view';
  if (!view.quorate || !cluster.quorate) return 'there is no quorum';
  const self = cluster.nodes[view.self];
  if (self?.condition !== 'online') return `this node is ${self?.condition ?? 'unknown'}`;
  const copy = otherCopies(cluster, resource, view.self)[0];
  return copy === undefined
    ? undefined
    : `another copy may be running on ${copy.node}: ${copy.why}`;
}

type Effect = ReturnType<typeof spawnQueued>['effects'][number];

function carryOut(node: NodeState, effect: Effect, clocks: NodeClocks): Step {
  if (effect.kind !== 'report') return { node, effects: [effect satisfies NodeEffect] };
  return report(node, effect.key, effect.result, clocks);
}

function report(node: NodeState, key: string, result: ReportedResult, clocks: NodeClocks): Step {
  const endedAt = Math.round(clocks.wallMs) as ReportedResult['endedAt'];
  const command = {
    kind: 'results',
    node: node.view.self,
    incarnation: node.options.incarnation,
    results: [{ ...result, endedAt }],
  } as const;
  return submit(node, command, `report ${key}`, clocks);
}

/** The next monitor's time, told once. */
export function askForWake(node: NodeState, clocks: NodeClocks): Step {
  const atMs = nextDueMs(node.executor);
  if (atMs === undefined || atMs === node.wakeAtMs || atMs <= clocks.nowMs) return stay(node);
  return { node: { ...node, wakeAtMs: atMs }, effects: [{ kind: 'wake', atMs }] };
}
