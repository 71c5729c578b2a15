import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { checkHistories } from '../../src/engine/histories.ts';
import { settle } from '../../src/engine/testing/daemon.ts';
import { createLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import { sleep } from '../lab/run.ts';
import { CorosyncNode } from './corosync-node.ts';

const rounds = 8;
const limitMs = 20_000;

let lab: Lab;
let nodes: readonly CorosyncNode[];

beforeAll(async () => {
  lab = await createLab();
  await lab.startCorosync();
  nodes = lab.nodes.map((node) => new CorosyncNode(node));
}, 60_000);

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.forget()));
});

afterAll(async () => {
  await lab.close();
});

const events = (node: CorosyncNode) => node.histories[0] ?? [];

const size = (node: CorosyncNode): number =>
  events(node).findLast((event) => event.kind === 'engine-view')?.members.length ?? 0;

const heard = (node: CorosyncNode, text: string): number =>
  events(node).filter((event) => event.kind === 'engine-message' && event.text === text).length;

/**
 * Without the epochs and the one batch on its way (src/engine/corosync/stream.ts), in a quarter to
 * two fifths of the rounds the sender delivers messages in the merged view that no other gets.
 */
it.each(Array.from({ length: rounds }, (_, i) => i + 1))(
  'a sender that comes back with a full queue is heard by all alike, round %i',
  async () => {
    await Promise.all(nodes.map((node) => node.startDaemon()));
    await settle('three', () => nodes.every((node) => size(node) === 3), limitMs);
    const sender = nodes[2]!;
    const flood = Array.from({ length: 3000 }, (_, i) => `${i} `.padEnd(500, 'x'));
    expect(await sender.send(flood)).toBe(flood.length);
    await sleep(Math.random() * 50);
    await sender.lab.dropOneWay('out');
    await settle('a lone sender', () => size(sender) === 1, limitMs);
    await sender.lab.heal();
    await settle('three again', () => nodes.every((node) => size(node) === 3), limitMs);
    for (const node of nodes) await node.send(['end']);
    await settle('the ends', () => nodes.every((node) => heard(node, 'end') === 3), limitMs);
    for (const text of flood) expect(heard(sender, text)).toBe(1);
    checkHistories(nodes.flatMap((node) => node.histories));
  },
  60_000,
);
