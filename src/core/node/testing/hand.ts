/** A node by hand: the state and the store's view are given, and what it submits is read back. */
import type { Command } from '../../cluster/commands.ts';
import { clusterMachine } from '../../cluster/machine.ts';
import type { ClusterState } from '../../cluster/state.ts';
import { member, n1 } from '../../cluster/testing/cluster.ts';
import { MAJORITY } from '../../model/engine.ts';
import { monotonicMs, nodeName, nodeNumber, wallMs } from '../../model/ids.ts';
import type { StoreView } from '../../store/types.ts';
import { createNode } from '../node.ts';
import type { NodeState, Step } from '../state.ts';
import type { NodeClocks, NodeEffect } from '../types.ts';

export const clocks = (nowMs = 0, wall = 1_000_000): NodeClocks => ({
  nowMs: monotonicMs(nowMs),
  wallMs: wallMs(wall),
});

/** n1 in an open, acting view of three, all of them heard; `more` says what is different. */
export function viewOf(more: Partial<StoreView> = {}): StoreView {
  return {
    phase: { kind: 'open', acting: true },
    ring: { sequence: 1, representative: nodeNumber(1) },
    epoch: 1,
    quorate: true,
    members: ['n1', 'n2', 'n3'].map(member),
    dc: n1,
    self: n1,
    silent: [],
    joining: [],
    findings: [],
    refused: {},
    ...more,
  };
}

export function nodeOf(cluster: ClusterState, view: Partial<StoreView> = {}): NodeState {
  const { incarnation, boot } = member('n1');
  const nodes = ['n1', 'n2', 'n3'].map((name, at) => ({
    node: nodeName(name),
    number: nodeNumber(at + 1),
  }));
  const node = createNode(
    {
      self: n1,
      incarnation,
      configuredNodes: nodes.map((each) => each.node),
      operationsMax: 4,
      heartbeatMs: 1000,
      daemonGraceMs: 10_000,
    },
    {
      engine: {
        kind: 'simulated',
        clusterName: 'hand',
        self: { node: n1, number: nodeNumber(1) },
        nodes,
        quorumOptions: MAJORITY,
        messageBytesMax: 60_000,
      },
      incarnation,
      boot,
      featureLevel: 1,
      heartbeatMs: 1000,
      pendingCommandsMax: 100,
      logRecordsMax: 1000,
    },
    { snapshot: undefined, records: [], findings: [] },
  );
  return { ...node, cluster, view: viewOf(view) };
}

/** What it has put on the way into the order. (Its store has not started, so all of it waits.) */
export function submitted(node: NodeState): readonly Command[] {
  return node.replica.pending.queued.map(({ text }) => {
    const command = clusterMachine.decodeCommand(text);
    if (command === undefined) throw new Error(`not a command: ${text}`);
    return command;
  });
}

/** The kinds of effects of a step, without the log. */
export const kinds = (step: Step): readonly NodeEffect['kind'][] =>
  step.effects.map((effect) => effect.kind).filter((kind) => kind !== 'log');

/** The node after the step, with the state and view that it had: submitting asks the real store. */
export const again = (step: Step, before: NodeState): NodeState => ({
  ...step.node,
  cluster: before.cluster,
  view: before.view,
});
