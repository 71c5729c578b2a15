/** A daemon as it starts: the real node, with what it finds on its disk. */
import { clusterMachine } from '../core/cluster/machine.ts';
import type { EngineConfiguration } from '../core/model/engine.ts';
import { incarnation, nodeNumber } from '../core/model/ids.ts';
import { createNode } from '../core/node/node.ts';
import { decodeMessage } from '../core/store/messages.ts';
import type { NodeState } from '../core/node/state.ts';
import type { Machine } from './machine.ts';
import { programOf } from './versions.ts';

const heartbeatMs = 1000;

export function newDaemon(
  machine: Machine,
  machines: readonly Machine[],
  operationsMax: number,
): NodeState {
  const life = incarnation(`${machine.boot} ${machine.lives}`);
  const engine = engineConfiguration(machine, machines);
  const { snapshot, records } = machine.disk;
  const node = createNode(
    {
      self: machine.name,
      incarnation: life,
      configuredNodes: engine.nodes.map((each) => each.node),
      operationsMax,
      heartbeatMs,
      daemonGraceMs: 10_000,
    },
    {
      engine,
      incarnation: life,
      boot: machine.boot,
      featureLevel: machine.featureLevel,
      heartbeatMs,
      pendingCommandsMax: 1000,
      logRecordsMax: 30,
    },
    { snapshot, records, findings: [] },
  );
  return {
    ...node,
    replica: { ...node.replica, machine: programOf(reader, machine, machines), decode },
  };
}

function engineConfiguration(machine: Machine, machines: readonly Machine[]): EngineConfiguration {
  const nodes = machines.map(({ name }, at) => ({ node: name, number: nodeNumber(at + 1) }));
  const self = nodes.find((each) => each.node === machine.name);
  if (self === undefined) throw new Error('a machine of another world');
  const isPair = nodes.length === 2;
  return {
    kind: 'simulated',
    clusterName: 'simulated',
    self,
    nodes,
    quorumOptions: {
      twoNode: isPair,
      lastManStanding: false,
      autoTieBreaker: false,
      quorumDevice: false,
      waitForAll: false,
      unevenVotes: false,
    },
    messageBytesMax: 20_000,
  };
}

/** All nodes read the same texts: each is read once. */
function remembering<T>(read: (text: string) => T): (text: string) => T {
  let known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const value = read(text);
    if (known.size >= knownMax) known = new Map();
    known.set(text, value);
    return value;
  };
}

const knownMax = 500;

const decode = remembering(decodeMessage);
const reader: typeof clusterMachine = {
  ...clusterMachine,
  decodeCommand: remembering((text) => clusterMachine.decodeCommand(text)),
};
