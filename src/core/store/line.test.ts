import { expect, test } from 'vitest';
import { incarnation, nodeName, nodeNumber, wallMs } from '../model/ids.ts';
import type { Commit, Opening } from './epoch.ts';
import { noEpoch } from './epoch.ts';
import { emptyLine, openLine } from './line.ts';
import type { Machine, OpenedView } from './types.ts';

const views: Machine<readonly OpenedView[], string> = {
  empty: [],
  apply: (state) => ({ state }),
  openView: (state, view) => [...state, view],
  restart: (state) => state,
  encode: () => '',
  decode: () => [],
  encodeCommand: (command) => command,
  decodeCommand: (text) => text,
  level: () => 1,
  levelOf: () => 1,
  digest: () => '',
};

interface Words {
  readonly ring: number;
  readonly lives: readonly string[];
  readonly commit?: Commit;
  readonly acting?: boolean;
}

/** `a 2` is the second life of the daemon of a. */
function opening({ ring, lives, commit = 'all', acting = true }: Words): Opening {
  const members = lives.map((life) => ({
    node: nodeName(life.split(' ')[0] ?? ''),
    incarnation: incarnation(life),
    boot: '',
    featureLevel: 1,
  }));
  const dc = members[0]?.node ?? nodeName('a');
  return {
    view: `in ring ${ring}`,
    round: 0,
    ring: { sequence: ring, representative: nodeNumber(1) },
    acting,
    quorate: acting,
    epoch: { ...noEpoch, number: ring },
    previous: 0,
    base: 0,
    time: wallMs(0),
    members,
    joined: members,
    left: [],
    dc,
    rule: { commit, counted: [dc], lists: [[dc]] },
  };
}

const opened = (...all: readonly Words[]): boolean | undefined =>
  all
    .map(opening)
    .reduce((line, each) => openLine(views, line, each).line, emptyLine(views))
    .state.at(-1)?.mayHaveMissed;

test('where one of two acts, others may have acted while none of its daemons ran', () => {
  const before = { ring: 4, lives: ['a 1', 'b 1'] };
  expect(opened(before, { ring: 8, lives: ['a 2'] })).toBe(true);
  expect(
    opened(before, { ring: 8, lives: ['a 2'], acting: false }, { ring: 12, lives: ['a 2'] }),
  ).toBe(true);
});

test('not before anybody has acted, nor where a daemon has been there all the time', () => {
  expect(opened({ ring: 4, lives: ['a 1'] })).toBe(false);
  expect(opened({ ring: 4, lives: ['a 1', 'b 1'] }, { ring: 8, lives: ['a 1', 'b 2'] })).toBe(
    false,
  );
});

test('not in the same ring: nobody has been in touch with these machines', () => {
  expect(opened({ ring: 4, lives: ['a 1'] }, { ring: 4, lives: ['a 2'] })).toBe(false);
});

test('not where it takes a majority to act, nor where nothing can be done', () => {
  const before = { ring: 4, lives: ['a 1', 'b 1'] };
  expect(opened(before, { ring: 8, lives: ['a 2', 'b 2'], commit: 'majority' })).toBe(false);
  expect(opened(before, { ring: 8, lives: ['a 2'], acting: false })).toBe(false);
});
