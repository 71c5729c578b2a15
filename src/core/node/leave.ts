/** Leaving: in good order when asked, at once when this life of the daemon is over. */
import { isActive } from '../cluster/activity.ts';
import { hasArrivals } from '../cluster/migrations.ts';
import { sortedValues } from '../cluster/order.ts';
import type { ClusterState, NodeRecord } from '../cluster/state.ts';
import { mayRunAnything } from '../cluster/safety.ts';
import { readyOn, runningOperations } from '../transition/advance.ts';
import { askOnce } from './lead.ts';
import type { NodeState, Step } from './state.ts';
import { stay } from './state.ts';
import type { NodeClocks } from './types.ts';

export function requestShutdown(node: NodeState, by: string): NodeState {
  return { ...node, leaving: by };
}

export function leaveWhenDue(before: NodeState, clocks: NodeClocks): Step {
  const node = hasActed(before) ? { ...before, wasOpen: true } : before;
  const reason = endOfLife(node);
  if (reason !== undefined) return exit(node, node.leaving === undefined, reason);
  // Where nobody decides any more, nobody can put it down in the order: it must not wait for that.
  if (isToldToGo(node) && isDecided(node)) return askToLeave(node, clocks);
  const by = node.leaving ?? askedByCommand(node);
  return by === undefined ? stay(node) : leaveInGoodOrder(node, by, clocks);
}

/** The cluster was asked to let it go, on whatever node, and the others may have left since. */
function askedByCommand({ view, cluster, options }: NodeState): string | undefined {
  const record = cluster.nodes[view.self];
  const isThisLife = record?.incarnation === options.incarnation;
  return isThisLife && record.shutdownRequested ? 'the cluster' : undefined;
}

/** Asks for it until the cluster knows, and goes when it says so or when nobody can. */
function leaveInGoodOrder(node: NodeState, by: string, clocks: NodeClocks): Step {
  const { view, cluster } = node;
  const record = cluster.nodes[view.self];
  if (hasLeft(node)) return exit(node, false, 'left in good order');
  if (!isDecided(node)) {
    const text = 'nothing of the cluster runs here';
    return mayGoUnheard(node) ? exit(node, false, text) : stay(node);
  }
  if (record?.condition !== 'online' || record.shutdownRequested) return stay(node);
  const command = { kind: 'shutdown-request', node: view.self, by } as const;
  return askOnce(node, 'ask shutdown', command, clocks);
}

/** **A node that leaves in good order leaves nothing running**, whatever the plan says. */
function askToLeave(node: NodeState, clocks: NodeClocks): Step {
  if (hasLeft(node)) return exit(node, false, 'left in good order');
  const record = node.cluster.nodes[node.view.self];
  if (record === undefined || isActiveHere(node) || waitsForOthers(node)) return stay(node);
  // What failed to stop, or was never looked for, may run as well: nobody would look for it again.
  if (mayRunAnything(node.cluster, record)) return stay(node);
  const { incarnation } = record;
  const command = { kind: 'node-leaves', node: node.view.self, incarnation } as const;
  return askOnce({ ...node, leaving: node.leaving ?? 'the cluster' }, 'ask leave', command, clocks);
}

/**
 * The whole cluster is stopped: nobody goes while services somewhere live without their daemon (it comes
 * back, or is fenced) or are left running (in maintenance, or they do not stop): their node stays, and
 * would stay without quorum. Nor by a plan that does not know yet what has happened since.
 */
function waitsForOthers({ cluster }: NodeState): boolean {
  if (cluster.stopping === undefined) return false;
  const { wanted, answered } = cluster.decision;
  return wanted > answered || sortedValues(cluster.nodes).some((each) => isLeftWith(cluster, each));
}

const isLeftWith = (cluster: ClusterState, node: NodeRecord): boolean =>
  node.condition === 'held' || (node.condition === 'online' && mayRunAnything(cluster, node));

/** Somebody here decides, and can put down in the order that this node leaves. */
function isDecided({ view, cluster }: NodeState): boolean {
  const { phase } = view;
  const decides = cluster.configuration.version > 0 && cluster.decision.frozen === undefined;
  return phase.kind === 'open' && phase.acting && decides;
}

/** Without the cluster's word: when nothing runs here that anybody would miss. */
function mayGoUnheard(node: NodeState): boolean {
  const { kind } = node.view.phase;
  if (kind === 'gathering') return false;
  return !isBusy(node.executor) && !isActiveHere(node);
}

/** It was part of a view that could act, or ran something: this life has a past. */
function hasActed(node: NodeState): boolean {
  const { phase } = node.view;
  return phase.kind === 'open' && (phase.acting || node.executor.calls > 0);
}

/** The watchdog is needed no more where this node goes for good and leaves nothing running. */
function exit(node: NodeState, restart: boolean, reason: string): Step {
  const effect = { kind: 'exit', restart, reason } as const;
  const isArmed = node.health.watchdog !== 'none';
  const release = isArmed && !restart && leavesNothing(node);
  return {
    node: { ...node, exiting: true },
    effects: release ? [{ kind: 'release-watchdog' }, effect] : [effect],
  };
}

/** Known to the cluster, or beyond doubt: otherwise the others count on this machine's reset. */
function leavesNothing(node: NodeState): boolean {
  const record = node.cluster.nodes[node.view.self];
  if (hasLeft(node)) return true;
  return record !== undefined && !isActiveHere(node) && !mayRunAnything(node.cluster, record);
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
  if (view.phase.kind === 'open' && hasLeft(node) && node.leaving === undefined) {
    return `the cluster takes this node for off: ${self?.because ?? ''}`;
  }
  if (node.wasOpen && view.phase.kind !== 'open' && view.joining.includes(view.self)) {
    return 'the state of this node was overtaken by that of the others';
  }
  if (view.phase.kind === 'alone' && isQuiet(node)) {
    const left = isActiveHere(node) ? WHAT_RUNS_ON : 'nothing of the cluster runs here';
    return `${view.phase.reason}; ${left}`;
  }
  return undefined;
}

const WHAT_RUNS_ON = 'what runs on here is in maintenance, or does not stop';

/**
 * Alone, decided, and everything that had to stop is stopped or cannot be. What runs on is in
 * maintenance, or has failed to stop: to wait for it would keep this node out when its engine is back.
 */
function isQuiet(node: NodeState): boolean {
  const { cluster, executor } = node;
  if (cluster.configuration.version === 0) return true;
  if (cluster.decision.wanted > cluster.decision.answered) return false;
  if (!isActiveHere(node)) return true;
  // To be fenced needs the others: what is ordered after that is not waited for.
  const isToBeDone = readyOn(cluster.transition, node.view.self).some(
    ({ kind }) => kind !== 'fence',
  );
  return !isToBeDone && !isBusy(executor);
}

/** An agent runs, or has to be run again because nobody knows how it ended. */
const isBusy = ({ operations }: NodeState['executor']): boolean =>
  sortedValues(operations).some(
    ({ phase, doubted }) => phase === 'running' || doubted !== undefined,
  );

/** Something is being done here, runs here, or may have come here by a migration. */
function isActiveHere({ cluster, view }: NodeState): boolean {
  if (runningOperations(cluster.transition).some((entry) => entry.node === view.self)) return true;
  const self = cluster.nodes[view.self];
  if (self === undefined) return false;
  const histories = sortedValues(self.history);
  return histories.some((history) => isActive(history)) || hasArrivals(cluster, self);
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
