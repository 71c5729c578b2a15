import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { incarnation, monotonicMs, nodeName, nodeNumber, wallMs } from '../model/ids.ts';
import { encodeFrame } from '../wire/frame.ts';
import { createReplica, step } from './replica.ts';
import { encodeMessage } from './messages.ts';
import { chooser, heal, settle, wait } from './testing/drive.ts';
import type { Words } from './testing/machine.ts';
import { words } from './testing/machine.ts';
import { storyProperty } from './testing/story.ts';
import type { WorldOptions } from './testing/world.ts';
import { World } from './testing/world.ts';

const choose = chooser(1);

function threeNodes(options: Partial<WorldOptions> = {}): World {
  const world = new World({ nodes: ['a', 'b', 'c'], ...options });
  for (const daemon of world.daemons) world.start(daemon, choose);
  wait(world, 3000);
  return world;
}

// Seconds on an idle machine; the limit is for a busy one.
const patience = { timeout: 300_000 };

test('whatever happens, what was acknowledged stays, and all come together again', patience, () => {
  fc.assert(storyProperty(5, 150), { numRuns: 100 });
});

describe('answers', () => {
  test('queue is limited, the rest is refused at once', () => {
    const world = threeNodes({ pendingCommandsMax: 3 });
    const a = world.daemon('a');
    for (let at = 0; at < 5; at += 1) world.submit(a, { kind: 'keep', word: `w${at}` });
    const reason = '3 changes of this node are waiting already; try again later';
    const refused = { kind: 'refused', reason };
    expect(world.answers.map((each) => each.result)).toEqual([refused, refused]);
    settle(world);
    expect(world.answers.map((each) => each.result.kind)).toEqual([
      'refused',
      'refused',
      'applied',
      'applied',
      'applied',
    ]);
  });

  test('nobody waits for ever: for a view, or for a commit', () => {
    const world = new World({ nodes: ['a', 'b', 'c'] });
    world.start(world.daemon('a'), choose);
    world.submit(world.daemon('a'), { kind: 'note', word: 'early' });
    world.nowMs += 10_001;
    world.tick(world.daemon('a'));
    expect(world.answers[0]?.result.kind).toBe('refused');
    const open = threeNodes();
    open.submit(open.daemon('a'), { kind: 'keep', word: 'late' });
    open.nowMs += 60_001;
    open.tick(open.daemon('a'));
    expect(open.answers[0]?.result.kind).toBe('unknown');
    heal(open);
  });

  test('a change that is too long is refused', () => {
    const world = threeNodes();
    world.submit(world.daemon('a'), { kind: 'keep', word: 'x'.repeat(9 << 20) });
    expect(world.answers[0]?.result).toMatchObject({ kind: 'refused' });
  });

  test('a change in many parts arrives whole', () => {
    const world = threeNodes({ messageBytesMax: 300 });
    const word = 'ä'.repeat(5000);
    world.submit(world.daemon('a'), { kind: 'keep', word });
    heal(world);
    expect(world.daemon('c').replica?.state.kept).toEqual([word]);
  });
});

describe('views', () => {
  test('of fewer members open after two rounds and one write', () => {
    const world = threeNodes();
    const [a, b, c] = world.daemons;
    if (a === undefined || b === undefined || c === undefined) throw new Error('three nodes');
    world.crash(c, true, choose);
    const before = world.outputs.length;
    settle(world);
    const kinds = world.outputs.slice(before).map(({ node, output }) => `${node} ${output.kind}`);
    expect(kinds.sort()).toEqual(['a append', 'a send', 'a send', 'b append', 'b send', 'b send']);
    expect(a.replica?.view.phase).toEqual({ kind: 'open', acting: true });
  });

  test('follow the word on quorum within one ring', () => {
    const world = threeNodes();
    const a = world.daemon('a');
    const ring = a.replica?.engine.ring;
    if (ring === undefined) throw new Error('a has a ring');
    const word = (quorate: boolean) => {
      for (const daemon of world.daemons) {
        const nodes = world.daemons.map((each) => each.node);
        world.give(daemon, {
          kind: 'engine',
          event: { kind: 'engine-quorum', ring, quorate, nodes },
        });
      }
    };
    word(false);
    expect(a.replica?.view.quorate).toBe(false);
    settle(world);
    expect(a.replica?.view.phase).toEqual({ kind: 'open', acting: false });
    word(true);
    settle(world);
    expect(a.replica?.view.phase).toEqual({ kind: 'open', acting: true });
  });

  test('a joiner takes one snapshot although changes go on behind the cut', () => {
    const world = threeNodes();
    const [a, , c] = world.daemons;
    if (a === undefined || c === undefined) throw new Error('three nodes');
    world.crash(c, true, choose);
    settle(world);
    world.start(c, choose);
    for (let at = 0; at < 40; at += 1) {
      world.submit(a, { kind: at % 2 === 0 ? 'keep' : 'note', word: `w${at}` });
      for (let steps = 0; steps < 3; steps += 1) {
        for (const daemon of world.daemons) {
          world.deliverQuorum(daemon);
          world.deliver(daemon);
        }
      }
      for (const daemon of world.daemons) world.finishDisk(daemon);
    }
    settle(world);
    world.checker.converged(world.daemons);
    const written = world.outputs.filter(
      ({ node, output }) => node === c.node && output.kind === 'write-snapshot',
    );
    expect(written.length).toBe(1);
    expect(c.replica?.state.kept.length).toBe(20);
  });

  test('a member whose state differs is found by its digest and gets a snapshot', () => {
    const forgetful = {
      ...words,
      apply: (state: Words, command: { kind: 'keep' | 'note'; word: string }, at: never) =>
        command.word === 'poison' ? { state } : words.apply(state, command, at),
    };
    const machineOf = (node: string) => (node === 'b' ? forgetful : words);
    const world = new World({ nodes: ['a', 'b', 'c'], machineOf });
    world.checker.look = () => undefined;
    for (const daemon of world.daemons) world.start(daemon, choose);
    wait(world, 3000);
    world.submit(world.daemon('a'), { kind: 'note', word: 'poison' });
    settle(world);
    expect(world.daemon('b').replica?.state.notes).toEqual([]);
    wait(world, 25_000);
    expect(world.daemon('b').replica?.state.notes).toEqual(['poison']);
    expect(world.daemon('a').replica?.view.findings.join()).toMatch(/differs/);
    expect(world.daemon('a').replica?.view.members.length).toBe(3);
  });

  test('logs are cut by snapshots, and hold the state', () => {
    const world = threeNodes({ logRecordsMax: 5 });
    for (let at = 0; at < 100; at += 1) {
      world.submit(world.daemon('b'), { kind: 'keep', word: `w${at}` });
      settle(world);
    }
    for (const { disk } of world.daemons) expect(disk.records.length).toBeLessThan(12);
    for (const daemon of world.daemons) world.crash(daemon, true, choose);
    heal(world);
    expect(world.daemon('a').replica?.state.kept.length).toBe(100);
  });
});

describe('replicated time', () => {
  const start = 1_700_000_000_000;

  test('is the clock of the DC, and does not go back when the DC changes', () => {
    const world = threeNodes();
    const [a, b] = world.daemons;
    if (a === undefined || b === undefined) throw new Error('three nodes');
    b.clockAheadMs = 3_600_000;
    for (let times = 0; times < 10; times += 1) {
      world.submit(b, { kind: 'note', word: 'hello' });
      wait(world, 500);
      const ahead = (b.replica?.state.time ?? 0) - start - world.nowMs;
      expect(Math.abs(ahead)).toBeLessThan(1000);
    }
    a.clockAheadMs = 60_000;
    wait(world, 3000);
    world.submit(b, { kind: 'note', word: 'ahead' });
    settle(world);
    const before = b.replica?.state.time ?? 0;
    expect(before - start - world.nowMs).toBeGreaterThan(59_000);
    b.clockAheadMs = 0;
    world.crash(a, true, choose);
    settle(world);
    world.submit(b, { kind: 'note', word: 'later' });
    settle(world);
    expect(b.replica?.view.dc).toBe('b');
    expect(b.replica?.state.time).toBeGreaterThanOrEqual(before);
  });
});

describe('what cannot be trusted', () => {
  const member = { node: nodeName('b'), number: nodeNumber(2), process: 2 };

  test.each([
    ['no frame', 'hello'],
    ['a newer version', encodeFrame('store.message', 2, {})],
    ['an unknown kind', encodeFrame('store.message', 1, { kind: 'explode' })],
    ['a float', encodeFrame('store.message', 1, { kind: 'accuse', view: '', node: '' })],
    ['damage', encodeMessage({ kind: 'request', view: 'x' }).replace('"x"', '"y"')],
    ['a part', 'part/1 m1 0 1 5 x'],
    ['a garbled command', encodeMessage({ kind: 'cut', view: 'x', transfer: 'y' }).slice(0, -3)],
  ])('%s is refused, counted, and changes nothing', (_, text) => {
    const world = threeNodes();
    const a = world.daemon('a');
    const { line, group } = a.replica ?? {};
    for (let times = 0; times < 3; times += 1) {
      world.give(a, {
        kind: 'engine',
        event: { kind: 'engine-message', sender: member, text },
      });
    }
    expect(a.replica?.line).toBe(line);
    expect(a.replica?.group).toBe(group);
    expect(a.replica?.view.findings.join()).toMatch(/of b w.*\(3 times\)/);
    heal(world);
  });

  const note = words.encodeCommand({ kind: 'note', word: 'w' });
  test.each([
    ['command', { kind: 'command', number: 10_000, durable: false, text: note }],
    ['ack', { kind: 'ack', index: 10_000 }],
    ['heartbeat', { kind: 'heartbeat', number: 10_000, mark: false, check: null }],
  ] as const)('a %s that was delivered before is refused, until a view opens', (_, message) => {
    const world = threeNodes();
    const a = world.daemon('a');
    const say = (): void => {
      const view = a.replica?.group?.view ?? '';
      const text = encodeMessage({ ...message, view, wall: wallMs(1) });
      world.give(a, {
        kind: 'engine',
        event: { kind: 'engine-message', sender: member, text },
      });
    };
    const begin = a.replica?.line;
    say();
    const first = a.replica?.line;
    expect(first).not.toBe(begin);
    say();
    expect(a.replica?.line).toBe(first);
    expect(a.replica?.view.refused).toEqual({ replayed: 1 });
    expect(a.replica?.view.findings.join()).toMatch(/of b was refused: it was delivered before/);
    world.crash(world.daemon('c'), true, choose);
    wait(world, 5000);
    expect(a.replica?.newestNumbers['command b']).toBeUndefined();
  });

  test('a stranger is refused', () => {
    const world = threeNodes();
    const a = world.daemon('a');
    const sender = { node: nodeName('x'), number: nodeNumber(9), process: 9 };
    const text = encodeMessage({ kind: 'request', view: a.replica?.group?.view ?? '' });
    world.give(a, { kind: 'engine', event: { kind: 'engine-message', sender, text } });
    expect(a.replica?.view.findings.join()).toMatch(/x, which is no member/);
  });

  test('a disk written by a newer program is left as it is, and the node takes no part', () => {
    const world = threeNodes();
    const c = world.daemon('c');
    world.crash(c, true, choose);
    c.disk.records = [...c.disk.records, encodeFrame('store.entry', 2, {})];
    const { records } = c.disk;
    world.start(c, choose);
    wait(world, 10_000);
    expect(c.replica?.view.phase).toMatchObject({ kind: 'unreadable' });
    expect(c.replica?.view.findings.join()).toMatch(/version 2, this program knows up to 1/);
    expect(c.disk.records).toEqual(records);
    expect(world.daemon('a').replica?.view.members.map((each) => each.node)).toEqual(['a', 'b']);
    expect(world.daemon('a').replica?.view.phase).toEqual({ kind: 'open', acting: true });
  });

  test('any text on disk: no exception', patience, () => {
    const texts = fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 });
    fc.assert(
      fc.property(fc.option(fc.string(), { nil: undefined }), texts, (snapshot, records) => {
        const world = threeNodes();
        const options = world.daemon('a').replica?.options;
        if (options === undefined) throw new Error('a runs');
        createReplica(words, options, { snapshot, records, findings: [] });
      }),
      { numRuns: 30 },
    );
  });
});

describe('a replica', () => {
  test('is not changed by a step, and the same step gives the same result', () => {
    const world = threeNodes();
    const { replica } = world.daemon('a');
    if (replica === undefined) throw new Error('a runs');
    const frozen = deepFreeze(replica);
    const clocks = { nowMs: monotonicMs(world.nowMs + 1), wallMs: wallMs(1) };
    const input = {
      kind: 'submit',
      command: { kind: 'keep', word: 'x' },
      durable: true,
      tag: 't',
    } as const;
    const one = step(frozen, input, clocks);
    const two = step(frozen, input, clocks);
    expect(one.outputs).toEqual(two.outputs);
    expect(one.replica).toEqual(two.replica);
    expect(step(one.replica, { kind: 'tick' }, clocks).replica.view).toBe(replica.view);
  });

  test('goes by the incarnation that its options give', () => {
    const world = threeNodes();
    const members = world.daemon('a').replica?.view.members ?? [];
    expect(members.map((each) => each.incarnation)).toEqual(['a/1', 'b/1', 'c/1'].map(incarnation));
  });

  test('that stalled itself declares nobody silent at once', () => {
    const world = threeNodes();
    const a = world.daemon('a');
    world.nowMs += 20_000;
    world.tick(a);
    expect(a.replica?.view.silent).toEqual([]);
    expect(a.replica?.findings.map(({ text }) => text).join()).toMatch(
      /this node stalled for 20\d\d\d ms/,
    );
    settle(world);
    expect(a.replica?.view.members.length).toBe(3);
  });
});

function deepFreeze<T>(value: T): T {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const each = open.pop();
    if (typeof each !== 'object' || each === null || Object.isFrozen(each)) continue;
    Object.freeze(each);
    open.push(...(Object.values(each) as unknown[]));
  }
  return value;
}
