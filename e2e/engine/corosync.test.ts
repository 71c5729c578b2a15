import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest';

import { conformance, runPoint } from '../../src/engine/conformance.ts';
import type { ConformanceCluster, ConformanceNode } from '../../src/engine/conformance.ts';
import { settle } from '../../src/engine/testing/daemon.ts';
import { createLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import { untilMembers } from '../lab/membership.ts';
import { CorosyncNode } from './corosync-node.ts';

const limitMs = 20_000;

let lab: Lab;
let nodes: readonly [CorosyncNode, CorosyncNode, CorosyncNode];

const cluster: ConformanceCluster = {
  get nodes() {
    return nodes;
  },
  cut: async (node) => lab.node(node.name).drop(),
  merge: async () => {
    await Promise.all(lab.nodes.map((node) => node.heal()));
  },
  settle: (what, reached) => settle(what, reached, limitMs),
};

beforeAll(async () => {
  lab = await createLab();
  const node = (name: string) => new CorosyncNode(lab.node(name));
  nodes = [node('n1'), node('n2'), node('n3')];
}, 60_000);

afterAll(async () => {
  await Promise.all(nodes.map((node) => node.forget()));
  await lab.close();
});

describe('Corosync engine', { timeout: 60_000 }, () => {
  beforeEach(async () => {
    await Promise.all(nodes.map((node) => node.forget()));
    await restore();
    await Promise.all(nodes.map((node: ConformanceNode) => node.startDaemon()));
  }, 60_000);

  it.each(conformance)('$name', async (point) => {
    await runPoint(point, cluster);
  });
});

/** Brings every node, its link and its Corosync back. */
async function restore(): Promise<void> {
  for (const node of lab.nodes) {
    await node.heal();
    await node.boot();
    if (!node.processes().some(({ name }) => name === 'corosync')) await node.startCorosync();
  }
  await untilMembers(lab.nodes, [1, 2, 3]);
}
