/**
 * What every engine must do, as one list that runs against all of them: Corosync on real nodes, the
 * local bus, the simulated engine. Each point gets a fresh cluster of three nodes and throws when the
 * engine breaks a promise of core/model/engine.ts.
 *
 * Nothing here waits for time: `settle` of the cluster waits until something holds.
 */
import assert from 'node:assert/strict';

import type { EngineEvent, GroupMember, RingId } from '../core/model/engine.ts';
import { checkHistories } from './histories.ts';
import type { History } from './histories.ts';

/** A node, and the daemon on it, as a test drives them. */
export interface ConformanceNode {
  readonly name: string;
  /** What the listeners heard: one list per life of the daemon, the present one last. */
  readonly histories: readonly History[];
  /** Starts the daemon, and boots the node before if it is down. */
  startDaemon(): Promise<void>;
  /** Sends one after the other until one is refused; how many were queued. */
  send(texts: readonly string[]): Promise<number>;
  /** Closes the daemon's engine. */
  leave(): Promise<void>;
  /** The daemon dies without a word, the node lives. */
  killDaemon(): Promise<void>;
  /** The node dies, and it is known to be dead. */
  killNode(): Promise<void>;
  /** What the daemon's engine stands on dies: Corosync of this node, the bus. */
  killEngine(): Promise<void>;
  /** Starts a second daemon in this node's place; why it was refused, or null if it was not. */
  startSecondDaemon(): Promise<string | null>;
}

export interface ConformanceCluster {
  readonly nodes: readonly [ConformanceNode, ConformanceNode, ConformanceNode];
  /** Cuts one node off from the others. */
  cut(node: ConformanceNode): Promise<void>;
  /** Ends every cut. */
  merge(): Promise<void>;
  /** Resolves when `reached` holds; rejects, naming `what`, when it does not within the harness's limit. */
  settle(what: string, reached: () => boolean): Promise<void>;
}

/**
 * A daemon of the harness answers a message `ping X` with `pong X` from inside its listener, and
 * throws if its listener is called while it is in `send`.
 */
export interface ConformancePoint {
  readonly name: string;
  readonly run: (cluster: ConformanceCluster) => Promise<void>;
}

export const conformance: readonly ConformancePoint[] = [
  { name: 'one view and one quorum with the same ring', run: startsTogether },
  { name: 'one order for concurrent senders, the sender included', run: ordersMessages },
  { name: 'an answer from inside the listener', run: answersInside },
  { name: 'text of any kind and of the longest size', run: carriesText },
  { name: 'back-pressure: refused beyond the limit, and all that was queued arrives', run: floods },
  { name: 'a daemon that leaves', run: leaves },
  { name: 'a daemon that dies while its node lives', run: losesProcess },
  { name: 'a daemon that dies amid messages', run: losesProcessAmidMessages },
  { name: 'a node that dies', run: losesNode },
  { name: 'a majority that dies', run: losesMajority },
  { name: 'a cut and a merge', run: cutsAndMerges },
  { name: 'a merge amid messages', run: mergesAmidMessages },
  { name: 'an engine that dies', run: losesEngine },
  { name: 'a second daemon in one place', run: refusesSecond },
];

/** Runs one point on a cluster whose three daemons have just been started. */
export async function runPoint(
  point: ConformancePoint,
  cluster: ConformanceCluster,
): Promise<void> {
  await cluster.settle('three daemons in one quorate view', () => together(cluster.nodes));
  await point.run(cluster);
  checkHistories(cluster.nodes.flatMap((node) => node.histories));
}

async function startsTogether({ nodes }: ConformanceCluster): Promise<void> {
  const [view] = nodes.map((node) => lastView(node));
  assert.deepEqual(
    view?.members.map((member) => member.node),
    nodes.map((node) => node.name),
  );
  for (const node of nodes) assert.deepEqual(lastView(node)?.members, view?.members);
}

async function ordersMessages(cluster: ConformanceCluster): Promise<void> {
  const texts = (node: ConformanceNode): string[] => range(200).map((i) => `${node.name} ${i}`);
  await Promise.all(
    cluster.nodes.map(async (node) => assert.equal(await node.send(texts(node)), 200)),
  );
  await cluster.settle('600 messages everywhere', () =>
    cluster.nodes.every((node) => messages(node).length === 600),
  );
  const [first, ...others] = cluster.nodes.map(messages);
  for (const other of others) assert.deepEqual(other, first);
  for (const node of cluster.nodes) {
    const own = first?.filter((text) => text.startsWith(`${node.name} `));
    assert.deepEqual(own, texts(node));
  }
}

async function answersInside(cluster: ConformanceCluster): Promise<void> {
  await cluster.nodes[0].send(['ping 1', 'ping 2']);
  await cluster.settle('six answers', () =>
    cluster.nodes.every((node) => count(node, 'pong') === 6),
  );
}

async function carriesText(cluster: ConformanceCluster): Promise<void> {
  const texts = ['', 'ä€𝄞', '"\\\n\u0000\u0001', 'x'.repeat(256 * 1024), 'ä'.repeat(128 * 1024)];
  assert.equal(await cluster.nodes[1].send(texts), texts.length);
  for (const node of cluster.nodes) {
    await cluster.settle('every text', () => messages(node).length === texts.length);
    assert.ok(
      messages(node).every((text, i) => text === texts[i]),
      'a text arrived as another',
    );
  }
}

async function floods(cluster: ConformanceCluster): Promise<void> {
  const [sender] = cluster.nodes;
  const texts = range(20_000).map((i) => `${i} ${'x'.repeat(1000)}`);
  const queued = await sender.send(texts);
  assert.ok(queued >= 1000, `only ${queued} messages of 1 KiB were queued`);
  assert.ok(queued < texts.length, 'the queue has no limit');
  for (const node of cluster.nodes) {
    await cluster.settle('everything queued', () => messages(node).length === queued);
    assert.deepEqual(messages(node), texts.slice(0, queued));
  }
  assert.equal(await sender.send(['again']), 1, 'the queue does not empty');
}

async function leaves(cluster: ConformanceCluster): Promise<void> {
  const [a, b, c] = cluster.nodes;
  assert.equal(await c.send(['goodbye']), 1);
  await c.leave();
  await cluster.settle('a view without it', () => [a, b].every((node) => sees(node, [a, b])));
  for (const node of [a, b]) {
    assert.deepEqual(reasons(node), [`${c.name} leave`]);
    assert.deepEqual(messages(node), ['goodbye'], 'what was queued before `close` was not sent');
  }
  await c.startDaemon();
  await cluster.settle('three again', () => together(cluster.nodes));
}

async function losesProcess(cluster: ConformanceCluster): Promise<void> {
  const [a, b, c] = cluster.nodes;
  const ring = lastView(a)?.ring;
  await c.killDaemon();
  await cluster.settle('a view without it', () => [a, b].every((node) => sees(node, [a, b])));
  for (const node of [a, b]) {
    assert.deepEqual(reasons(node), [`${c.name} process-down`]);
    assert.deepEqual(lastView(node)?.ring, ring, 'the node lives: the ring must stay');
  }
  await c.startDaemon();
  await cluster.settle('three again', () => together(cluster.nodes));
  assert.deepEqual(lastView(a)?.ring, ring);
}

async function losesProcessAmidMessages(cluster: ConformanceCluster): Promise<void> {
  const [a, b, c] = cluster.nodes;
  const texts = (node: ConformanceNode): string[] => range(500).map((i) => `${node.name} ${i}`);
  const sending = cluster.nodes.map((node) => node.send(texts(node)).catch(() => 0));
  await cluster.settle('the first messages', () => messages(a).length > 10);
  await c.killDaemon();
  await Promise.all(sending);
  await cluster.settle('all of the survivors', () =>
    [a, b].every((node) => sees(node, [a, b]) && survivorsMessages(node, c) === 1000),
  );
  assert.deepEqual(messages(a), messages(b));
}

const survivorsMessages = (node: ConformanceNode, dead: ConformanceNode): number =>
  messages(node).filter((text) => !text.startsWith(`${dead.name} `)).length;

async function losesNode(cluster: ConformanceCluster): Promise<void> {
  const [a, b, c] = cluster.nodes;
  const before = lastView(a)?.ring;
  await c.killNode();
  await cluster.settle('a quorate view of two', () => together([a, b]));
  for (const node of [a, b]) {
    assert.deepEqual(reasons(node), [`${c.name} node-down`]);
    assert.deepEqual(lastQuorum(node)?.nodes, [a.name, b.name]);
  }
  assertRises(before, lastView(a)?.ring);
  await c.startDaemon();
  await cluster.settle('three again', () => together(cluster.nodes));
}

async function losesMajority(cluster: ConformanceCluster): Promise<void> {
  const [a, b, c] = cluster.nodes;
  await Promise.all([b.killNode(), c.killNode()]);
  await cluster.settle('a lone view with its quorum', () => sees(a, [a]) && ringsAgree(a));
  assert.equal(lastQuorum(a)?.quorate, false);
  assert.equal(await a.send(['alone']), 1);
  await cluster.settle('its own message', () => messages(a).includes('alone'));
}

async function cutsAndMerges(cluster: ConformanceCluster): Promise<void> {
  const [a, b, c] = cluster.nodes;
  const before = lastView(a)?.ring;
  await cluster.cut(c);
  await cluster.settle(
    'a view in each part',
    () => together([a, b]) && sees(c, [c]) && ringsAgree(c),
  );
  assert.equal(lastQuorum(c)?.quorate, false);
  assert.notDeepEqual(lastView(c)?.ring, lastView(a)?.ring);
  assert.deepEqual(reasons(a), [`${c.name} node-down`]);
  assert.deepEqual(reasons(c).toSorted(), [`${a.name} node-down`, `${b.name} node-down`]);
  await a.send(['in the majority']);
  await c.send(['in the minority']);
  await cluster.settle('each part its message', () =>
    cluster.nodes.every((node) => messages(node).length === 1),
  );
  assert.deepEqual(cluster.nodes.map(messages), [
    ['in the majority'],
    ['in the majority'],
    ['in the minority'],
  ]);
  const parts = [lastView(a)?.ring, lastView(c)?.ring];
  await cluster.merge();
  await cluster.settle('three again', () => together(cluster.nodes));
  for (const ring of [before, ...parts]) assertRises(ring, lastView(a)?.ring);
  await b.send(['after']);
  await cluster.settle('a message for all', () =>
    cluster.nodes.every((node) => messages(node).length === 2),
  );
}

/** The newcomers of a ring must hear what the sender hears, also amid a row of messages. */
async function mergesAmidMessages(cluster: ConformanceCluster): Promise<void> {
  const { nodes } = cluster;
  const [a, , c] = nodes;
  const queued = { a: 0, c: 0 };
  const flood = async (round: number): Promise<void> => {
    const texts = range(3000).map((i) => `${round} ${i} ${'x'.repeat(400)}`);
    const [ofA, ofC] = await Promise.all([a.send(texts), c.send(texts)]);
    queued.a += ofA;
    queued.c += ofC;
  };
  await cluster.cut(c);
  await cluster.settle('a lone view', () => sees(c, [c]));
  await flood(-1);
  await cluster.settle('messages in the lone view', () => own(c) > 0);
  const merged = cluster.merge();
  for (let round = 0; round < 100 && !together(nodes); round += 1) await flood(round);
  await merged;
  await cluster.settle('three again', () => together(nodes));
  await cluster.settle('room for the ends', () => own(a) === queued.a && own(c) === queued.c);
  for (const node of nodes) assert.equal(await node.send(['end']), 1);
  await cluster.settle('the ends', () => nodes.every((node) => count(node, 'end') === 3));
}

/** How many of a node's own messages it has heard itself. */
const own = (node: ConformanceNode): number =>
  present(node).filter(
    (event) => event.kind === 'engine-message' && event.sender.node === node.name,
  ).length;

async function losesEngine(cluster: ConformanceCluster): Promise<void> {
  const [, , c] = cluster.nodes;
  await c.killEngine();
  await cluster.settle('engine-lost', () =>
    present(c).some((event) => event.kind === 'engine-lost'),
  );
  assert.equal(present(c).at(-1)?.kind, 'engine-lost', 'an event came after engine-lost');
  assert.equal(await c.send(['lost']), 0, 'a lost engine takes messages');
}

async function refusesSecond(cluster: ConformanceCluster): Promise<void> {
  const [a, b] = cluster.nodes;
  const reason = await a.startSecondDaemon();
  assert.match(reason ?? 'it was not refused', /already is the .*daemon/);
  assert.equal(await b.send(['still here']), 1);
  await cluster.settle('a message', () => messages(a).includes('still here'));
  assert.ok(together(cluster.nodes), 'the first daemon lost its place');
}

// --- what a node has heard ---

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

const present = (node: ConformanceNode): History => node.histories.at(-1) ?? [];

function last<K extends EngineEvent['kind']>(
  node: ConformanceNode,
  kind: K,
): Extract<EngineEvent, { kind: K }> | undefined {
  return present(node).findLast(
    (event): event is Extract<EngineEvent, { kind: K }> => event.kind === kind,
  );
}

const lastView = (node: ConformanceNode) => last(node, 'engine-view');
const lastQuorum = (node: ConformanceNode) => last(node, 'engine-quorum');

const messages = (node: ConformanceNode): string[] =>
  present(node).flatMap((event) => (event.kind === 'engine-message' ? [event.text] : []));

const count = (node: ConformanceNode, word: string): number =>
  messages(node).filter((text) => text.startsWith(word)).length;

/** Who left with the last view that somebody left with. */
const reasons = (node: ConformanceNode): string[] => {
  const view = present(node).findLast(
    (event) => event.kind === 'engine-view' && event.left.length > 0,
  );
  if (view?.kind !== 'engine-view') return [];
  return view.left.map(({ member, reason }) => `${member.node} ${reason}`);
};

const names = (members: readonly GroupMember[] | undefined): string =>
  (members ?? []).map((member) => member.node).join();

const sees = (node: ConformanceNode, members: readonly ConformanceNode[]): boolean =>
  names(lastView(node)?.members) === members.map((member) => member.name).join();

const ringText = (ring: RingId | undefined): string => `${ring?.sequence}.${ring?.representative}`;

const ringsAgree = (node: ConformanceNode): boolean =>
  ringText(lastView(node)?.ring) === ringText(lastQuorum(node)?.ring);

/** All of them see exactly each other, in one ring, quorate. */
function together(nodes: readonly ConformanceNode[]): boolean {
  const rings = new Set(nodes.map((node) => ringText(lastView(node)?.ring)));
  return (
    rings.size === 1 &&
    nodes.every(
      (node) => sees(node, nodes) && ringsAgree(node) && lastQuorum(node)?.quorate === true,
    )
  );
}

function assertRises(before: RingId | undefined, after: RingId | undefined): void {
  assert.ok(before !== undefined && after !== undefined);
  assert.ok(
    after.sequence > before.sequence,
    `${ringText(after)} is not after ${ringText(before)}`,
  );
}
