/**
 * The experiment behind docs/decisions/cpg-orders.md: a node delivers a message to itself in a view
 * of three, and the others of that view never get it.
 *
 * A fault hits the sender's cable; right after (or amid a flood) it multicasts. When the cable is
 * healed and the three are together again, what the sender had delivered in the old view is compared
 * with everything that the others ever delivered.
 */
import type { EngineEvent, RingId } from '../../src/core/model/engine.ts';
import type { History } from '../../src/engine/histories.ts';
import { settle } from '../../src/engine/testing/daemon.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { sleep } from '../lab/run.ts';
import { CorosyncNode } from './corosync-node.ts';

export const faults: Readonly<Record<string, (node: LabNode) => Promise<void>>> = {
  'nobody hears the sender': (node) => node.dropOneWay('out'),
  'frames vanish both ways': (node) => node.drop(),
  'cable pulled': (node) => node.cut(),
};

/** `one`: a single message on an idle ring, sent when the fault is there; `flood`: it hits amid many. */
export type Traffic = 'one' | 'flood';

export interface Round {
  /** Messages that the sender delivered in the view of three after the round began. */
  readonly delivered: number;
  /** Those of them that no other node ever delivered. */
  readonly alone: number;
}

const floodMessages = 3000;
const limitMs = 30_000;

/** One round on a lab whose Corosync runs on all nodes. Leaves it healed. */
export async function loseMessages(
  lab: Lab,
  senderName: string,
  fault: (node: LabNode) => Promise<void>,
  traffic: Traffic,
): Promise<Round> {
  const nodes = lab.nodes.map((node) => new CorosyncNode(node));
  try {
    await Promise.all(nodes.map((node) => node.startDaemon()));
    await settle('three', () => nodes.every((node) => size(node) === 3), limitMs);
    const sender = nodes.find(({ name }) => name === senderName)!;
    await strike(sender, fault, traffic);
    await settle('a lone sender', () => size(sender) === 1, limitMs);
    await sender.lab.heal();
    await settle('three again', () => nodes.every((node) => size(node) === 3), limitMs);
    await sender.send(['end']);
    await settle('the end', () => nodes.every((node) => heard(node).includes('end')), limitMs);
    return compare(sender, nodes);
  } finally {
    await Promise.all(nodes.map((node) => node.forget()));
  }
}

async function strike(
  sender: CorosyncNode,
  fault: (node: LabNode) => Promise<void>,
  traffic: Traffic,
): Promise<void> {
  if (traffic === 'one') {
    await sleep(Math.random() * 100);
    await fault(sender.lab);
    await sender.send(['one']);
    return;
  }
  const flood = Array.from({ length: floodMessages }, (_, i) => `${i} `.padEnd(500, 'x'));
  await sender.send(flood);
  await sleep(Math.random() * 50);
  await fault(sender.lab);
}

function compare(sender: CorosyncNode, nodes: readonly CorosyncNode[]): Round {
  const others = nodes.filter((node) => node !== sender);
  const known = new Set(others.flatMap(heard));
  const delivered = inFirstViewOfThree(sender.histories[0] ?? []);
  return {
    delivered: delivered.length,
    alone: delivered.filter((text) => !known.has(text)).length,
  };
}

const size = (node: CorosyncNode): number =>
  node.histories[0]?.findLast((event) => event.kind === 'engine-view')?.members.length ?? 0;

const heard = (node: CorosyncNode): string[] => (node.histories[0] ?? []).flatMap(textOf);

const textOf = (event: EngineEvent): string[] =>
  event.kind === 'engine-message' ? [event.text] : [];

function inFirstViewOfThree(history: History): string[] {
  const start = history.findIndex(
    (event) => event.kind === 'engine-view' && event.members.length === 3,
  );
  const rest = history.slice(start + 1);
  const ring = (history[start] as { ring: RingId }).ring;
  const end = rest.findIndex(
    (event) => event.kind === 'engine-view' && event.ring.sequence !== ring.sequence,
  );
  return rest.slice(0, end).flatMap(textOf);
}
