/** Leaving: in good order when asked, at once when this life of the daemon is over. */
import { isActive } from '../cluster/activity.ts';
import { sortedValues } from '../cluster/order.ts';
import { readyOn, runningOperations } from '../transition/advance.ts';
import { askOnce } from './lead.ts';
import type { NodeState, Step } from './state.ts';
import { stay } from './state.ts';
import type { NodeClocks } from './types.ts';

export function requestShutdown(node: NodeState, by: string, clocks: NodeClocks): Step {
  const command = { kind: 'shutdown-request', node: node.view.self, by } as const;
  return askOnce({ ...node, leaving: true }, 'ask shutdown', command, clocks);
}

export function leaveWhenDue(before: NodeState, clocks: NodeClocks): Step {
  const node = hasActed(before) ? { ...before, wasOpen: true } : before;
  const reason = endOfLife(node);
  if (reason !== undefined) return exit(node, true, reason);
  if (node.leaving && hasLeft(node)) return exit(node, false, 'left in good order');
  if (!isToldToGo(node)) return stay(node);
  const record = node.cluster.nodes[node.view.self];
  if (record === undefined) return stay(node);
  const { incarnation } = record;
  const command = { kind: 'node-leaves', node: node.view.self, incarnation } as const;
  return askOnce({ ...node, leaving: true }, 'ask leave', command, clocks);
}

/** It was part of a view that could act, or ran something: this life has a past. */
function hasActed(node: NodeState): boolean {
  const { phase } = node.view;
  return phase.kind === 'open' && (phase.acting || node.executor.calls > 0);
}

function exit(node: NodeState, restart: boolean, reason: string): Step {
  return { node: { ...node, exiting: true }, effects: [{ kind: 'exit', restart, reason }] };
}

/**
 * This life ends, and another begins with a full probe: when the cluster has given this one up for
 * lost, when its state was overtaken by another part's, and when it is alone with nothing running.
 */
function endOfLife(node: NodeState): string | undefined {
  const { view, cluster } = node;
  const self = cluster.nodes[view.self];
  const mine = self !== undefined && self.incarnation === node.options.incarnation;
  if (view.phase.kind === 'open' && mine && self.condition === 'lost') {
    return `the cluster has declared this node lost: ${self.because}`;
  }
  if (node.wasOpen && view.phase.kind !== 'open' && view.joining.includes(view.self)) {
    return 'the state of this node was overtaken by that of the others';
  }
  if (view.phase.kind === 'alone' && isQuiet(node)) {
    return `${view.phase.reason}; nothing of the cluster runs here`;
  }
  return undefined;
}

/** Alone, decided, and everything that had to stop is stopped or cannot be. */
function isQuiet(node: NodeState): boolean {
  const { cluster, view } = node;
  if (cluster.configuration.version === 0) return true;
  if (cluster.decision.wanted > cluster.decision.answered) return false;
  if (runningOperations(cluster.transition).some((entry) => entry.node === view.self)) return false;
  const histories = sortedValues(cluster.nodes[view.self]?.history ?? {});
  return !histories.some((history) => isActive(history));
}

function hasLeft(node: NodeState): boolean {
  const self = node.cluster.nodes[node.view.self];
  return self?.condition === 'down' && self.incarnation === node.options.incarnation;
}

/** The plan has come to this node's own end: all that it waited for is stopped. */
function isToldToGo(node: NodeState): boolean {
  return readyOn(node.cluster.transition, node.view.self).some(
    (action) => action.kind === 'shutdown',
  );
}
