import { describe, expect, test } from 'vitest';
import { nodeName, nodeNumber, wallMs } from '../model/ids.ts';
import type { Opening } from './epoch.ts';
import type { Entry } from './line.ts';
import {
  completeRecord,
  decodeLine,
  encodeEntry,
  encodeLine,
  encodeOpening,
  incompleteRecord,
} from './records.ts';
import { restoreLine } from './restore.ts';
import { words } from './testing/machine.ts';

const a = nodeName('a');

function opening(number: number, previous: number, base: number): Opening {
  const ring = { sequence: number * 4, representative: nodeNumber(1) };
  return {
    view: `view-${number}`,
    round: 0,
    ring,
    acting: true,
    quorate: true,
    epoch: { number, ballot: 0, ring, members: [a], commit: 'majority', configured: [[a]] },
    previous,
    base,
    time: wallMs(1000 * number),
    members: [],
    joined: [],
    left: [],
    dc: a,
    rule: { commit: 'majority', counted: [a], lists: [[a]] },
  };
}

function entry(epoch: number, index: number): Entry {
  const text = words.encodeCommand({ kind: 'keep', word: `${epoch}.${index}` });
  return { epoch, index, sender: a, time: wallMs(index), text };
}

function restore(records: readonly string[], snapshot?: string) {
  return restoreLine(words, { snapshot, records, findings: [] }, 1);
}

describe('a log', () => {
  const log = [
    encodeOpening(opening(1, 0, 0)),
    encodeEntry(entry(1, 1)),
    encodeOpening(opening(2, 1, 1)),
    encodeEntry(entry(2, 2)),
  ];

  test('gives the state, the place, and the newest epoch', () => {
    const { line, newest, incomplete, unreadable } = restore(log);
    expect(line.state.kept).toEqual(['1.1', '2.2']);
    expect([line.index, line.applied, newest.number]).toEqual([2, 2, 2]);
    expect([incomplete, unreadable]).toEqual([false, undefined]);
  });

  test('does not repeat views that were attempted and never opened, but keeps the promise', () => {
    const attempt = encodeOpening(opening(2, 1, 1));
    const tried = restore([...log.slice(0, 2), attempt, encodeOpening(opening(3, 1, 1))]);
    const direct = restore([...log.slice(0, 2), encodeOpening(opening(3, 1, 1))]);
    expect(tried.line).toEqual(direct.line);
    expect(tried.line.epochs.map((each) => each.number)).toEqual([1, 3]);
    expect(restore([...log.slice(0, 2), attempt]).newest.number).toBe(2);
  });

  test('a snapshot keeps the promise, too, and the commands that wait', () => {
    const { line } = restore(log.slice(0, 2));
    const command = words.decodeCommand(entry(1, 2).text);
    if (command === undefined) throw new Error('a command');
    const waiting = [{ entry: entry(1, 2), command }];
    const { epoch: newest } = opening(7, 1, 1);
    const text = encodeLine(words, {
      line: { ...line, index: 2, waiting },
      newest,
      era: 3,
      transfer: '',
    });
    const restored = restore([encodeEntry(entry(1, 3))], text);
    expect([restored.newest.number, restored.era]).toEqual([7, 3]);
    expect(restored.line.state.kept).toEqual(['1.1', '1.2', '1.3']);
    expect(decodeLine(words, text, 1)).toMatchObject({ kind: 'ok' });
    for (const end of [10, text.indexOf('\n') - 1, text.length - 1]) {
      expect(restore([], text.slice(0, end)).unreadable).toBeTypeOf('string');
    }
  });

  test.each([
    ['a gap', [log[0], log[1], encodeEntry(entry(1, 3))], 'log: command 3 after 1'],
    [
      'a command of no epoch',
      [log[0], encodeEntry(entry(2, 1))],
      'log: command 1 of epoch 2 in epoch 1',
    ],
    ['an epoch at a wrong place', [log[0], log[2]], 'log: epoch 2 begins after 1 instead of 0'],
    ['another text', ['hello'], 'log: record 1 of 1: begins with "hello"'],
  ])('with %s is not used', (_, records, reason) => {
    const restored = restore(records.map(String));
    expect(restored.unreadable).toBe(reason);
    expect(restored.line.index).toBe(0);
  });

  test('that is empty, or from which something is missing, says so until a view has acted', () => {
    expect(restore([]).incomplete).toBe(true);
    expect(restore([incompleteRecord, ...log]).incomplete).toBe(true);
    expect(restore([incompleteRecord, completeRecord, ...log]).incomplete).toBe(false);
    expect(
      restoreLine(words, { snapshot: undefined, records: log, findings: [], damaged: true }, 1)
        .incomplete,
    ).toBe(true);
  });
});
