import { describe, expect, it } from 'vitest';

import { MAJORITY } from '../model/engine.ts';
import type { EngineConfiguration, EngineEvent, QuorumOptions } from '../model/engine.ts';
import { nodeName, nodeNumber } from '../model/ids.ts';
import type { NodeName } from '../model/ids.ts';
import { heedWaitForAll } from './wait-for-all.ts';

const [n1, n2] = ['n1', 'n2'].map(nodeName) as [NodeName, NodeName];
const engine = (options: Partial<QuorumOptions>): EngineConfiguration => ({
  kind: 'corosync',
  clusterName: 'pair',
  self: { node: n1, number: nodeNumber(1) },
  nodes: [n1, n2].map((node, at) => ({ node, number: nodeNumber(at + 1) })),
  quorumOptions: { ...MAJORITY, ...options },
  messageBytesMax: 1000,
});
const pair = engine({ twoNode: true });
const word = (
  nodes: readonly NodeName[],
  unseen?: readonly NodeName[],
  quorate = true,
): EngineEvent => ({
  kind: 'engine-quorum',
  ring: { sequence: 4, representative: nodeNumber(1) },
  quorate,
  nodes,
  ...(unseen === undefined ? {} : { unseen }),
});

describe('two_node with wait_for_all: 0', () => {
  it.each([
    ['alone since the start of Corosync', word([n1], [n2]), false],
    ['alone, and the engine does not say whom it has met', word([n1]), false],
    ['both, for the first time', word([n1, n2], [n2]), true],
    ['both, and the engine does not say more', word([n1, n2]), true],
    ['alone, after both were together', word([n1], []), true],
    ['not quorate by the engine', word([n1], [], false), false],
  ])('%s', (_, event, quorate) => {
    expect(heedWaitForAll(pair, event)).toEqual({ ...event, quorate });
  });
});

it.each([
  ['Corosync waits itself', engine({ twoNode: true, waitForAll: true })],
  ['no two_node', engine({})],
])("the engine's word is taken as it is: %s", (_, configuration) => {
  const event = word([n1], [n2]);
  expect(heedWaitForAll(configuration, event)).toBe(event);
});
