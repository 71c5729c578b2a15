import { expect, it } from 'vitest';

import { nodeName } from '../../core/model/ids.ts';
import type { RawRecord } from '../../../native/holdfast.ts';
import { assemble, emptyAssembly, heldMessagesMax } from './views.ts';
import type { Assembly } from './views.ts';

const nameOf = (number: number) => nodeName(`n${number}`);
const join = 1;
const leave = 2;
const nodeDown = 3;
const nodeUp = 4;
const processDown = 5;

/** `1:7` is process 7 on node 1; `1:7/3` gives the reason. */
function addresses(text: string) {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      const [number = 0, process = 0, reason = 0] = word.split(/[:/]/).map(Number);
      return { number, process, reason };
    });
}

const group = (members: string, left: string, joined: string) =>
  ({
    kind: 'group',
    members: addresses(members),
    left: addresses(left),
    joined: addresses(joined),
  }) as const;

const ring = (sequence: number, nodes: readonly number[]) =>
  ({ kind: 'ring', sequence, representative: nodes[0] ?? 0, nodes }) as const;

const message = (sender: string, text: string) => {
  const { number, process } = addresses(sender)[0] ?? { number: 0, process: 0 };
  return { kind: 'message', number, process, text } as const;
};

type Record = Exclude<RawRecord, { kind: 'quorum' | 'lost' }>;

/** One line an event: `view 8.1 n1:7 n2:8 | left n3:9 node-down`, `message n1:7 hello`. */
function told(records: readonly Record[]): string[] {
  let assembly: Assembly = emptyAssembly;
  const lines: string[] = [];
  for (const record of records) {
    const result = assemble(assembly, record, nameOf);
    assembly = result.assembly;
    for (const event of result.events) {
      if (event.kind === 'broken') lines.push(`broken ${event.reason}`);
      if (event.kind === 'message') {
        lines.push(`message ${event.sender.node}:${event.sender.process} ${event.text}`);
      }
      if (event.kind === 'view') {
        const members = event.members.map((member) => `${member.node}:${member.process}`);
        const left = event.left.map(
          ({ member, reason }) => `${member.node}:${member.process} ${reason}`,
        );
        const ringText = `${event.ring.sequence}.${event.ring.representative}`;
        lines.push(['view', ringText, ...members, '| left', ...left].join(' '));
      }
    }
  }
  return lines;
}

const three = [group('1:7 2:8 3:9', '', `1:7/${join}`), ring(8, [1, 2, 3])];

it('holds the first view until its ring is known', () => {
  expect(told(three.slice(0, 1))).toEqual([]);
  expect(told(three)).toEqual(['view 8.1 n1:7 n2:8 n3:9 | left']);
});

it('keeps the ring when only a process comes or goes', () => {
  const records = [
    ...three,
    group('1:7 2:8', `3:9/${processDown}`, ''),
    group('1:7 2:8 3:10', '', `3:10/${join}`),
    group('1:7 3:10', `2:8/${leave}`, ''),
  ];
  expect(told(records).slice(1)).toEqual([
    'view 8.1 n1:7 n2:8 | left n3:9 process-down',
    'view 8.1 n1:7 n2:8 n3:10 | left',
    'view 8.1 n1:7 n3:10 | left n2:8 leave',
  ]);
});

it('never shows a lost node under the old ring, whose quorum still counts it', () => {
  const lost = group('1:7', `2:8/${nodeDown} 3:9/${nodeDown}`, '');
  expect(told([...three, lost])).toHaveLength(1);
  expect(told([...three, lost, ring(12, [1])]).slice(1)).toEqual([
    'view 12.1 n1:7 | left n2:8 node-down n3:9 node-down',
  ]);
});

it('has each node once, though Corosync keeps a process that has ended, and tells its lives apart', () => {
  const kept = group('1:7 2:8 3:9 3:10', '', `3:10/${join}`);
  const again = group('1:7 2:8 3:9 3:11', `3:10/${processDown}`, `3:11/${join}`);
  const [, first = '', second = ''] = told([...three, kept, again, message('3:11', 'a')]);
  for (const line of [first, second]) expect(line).toMatch(/^view 8\.1 n1:7 n2:8 n3:\d+ \|/);
  expect(second.split(' | ')[0]).not.toBe(first.split(' | ')[0]);
  expect(told([...three, kept, again, message('3:11', 'a')]).at(-1)).toBe('message n3:11 a');
});

it('tells a new ring that changes no daemon', () => {
  expect(told([...three, ring(12, [1, 2, 3, 4])]).slice(1)).toEqual([
    'view 12.1 n1:7 n2:8 n3:9 | left',
  ]);
});

it('tells who was away and is back as left and as member of one view', () => {
  const paused = [
    group('1:7', `2:8/${nodeDown} 3:9/${nodeDown}`, ''),
    group('1:7 2:8 3:9', '', `2:8/${nodeUp} 3:9/${nodeUp}`),
    ring(16, [1, 2, 3]),
  ];
  expect(told([...three, ...paused]).slice(1)).toEqual([
    'view 16.1 n1:7 n2:8 n3:9 | left n2:8 node-down n3:9 node-down',
  ]);
});

it('lets a message wait behind a view that waits for its ring', () => {
  const lost = group('1:7 2:8', `3:9/${nodeDown}`, '');
  const records = [...three, message('3:9', 'a'), lost, message('2:8', 'b'), ring(12, [1, 2])];
  expect(told(records).slice(1)).toEqual([
    'message n3:9 a',
    'view 12.1 n1:7 n2:8 | left n3:9 node-down',
    'message n2:8 b',
  ]);
});

it('drops a message of a process that is not in the view', () => {
  expect(told([...three, message('3:10', 'a')])).toHaveLength(1);
});

it('gives up when the ring of a view is not told', () => {
  const lost = group('1:7 2:8', `3:9/${nodeDown}`, '');
  const many = Array.from({ length: heldMessagesMax + 1 }, () => message('2:8', 'x'));
  expect(told([...three, lost, ...many])[1]).toMatch(/^broken .*did not name/);
});

/** The epochs that a daemon passes, told by what it hears. */
function epochs(records: readonly Record[]): string[] {
  let assembly: Assembly = emptyAssembly;
  const seen: string[] = [];
  for (const record of records) {
    const result = assemble(assembly, record, nameOf);
    assembly = result.assembly;
    for (const event of result.events) if (event.kind === 'view') seen.push(event.epoch);
  }
  return seen;
}

it('names an epoch alike for those that were there and for one that comes', () => {
  const comes = group('1:7 2:8 3:9', '', `3:9/${join}`);
  const goes = group('2:8 3:9', `1:7/${leave}`, '');
  const old = epochs([group('1:7 2:8', '', `2:8/${join}`), ring(8, [1, 2, 3]), comes, goes]);
  const newcomer = epochs([comes, ring(8, [1, 2, 3]), goes]);
  expect(old.slice(1)).toEqual(newcomer);
  expect(old[0]).not.toBe(old[1]);
  expect(old[1]).toBe(old[2]);
  const hurried = epochs([comes, goes, ring(8, [1, 2, 3])]);
  expect(hurried.at(-1)).toBe(old[2]);
});

it('begins an epoch with every ring, whatever the order of the members', () => {
  const lost = group('1:7 2:8', `3:9/${nodeDown}`, '');
  const turned = group('2:8 1:7', `3:9/${nodeDown}`, '');
  const [first, second] = epochs([...three, lost, ring(12, [1, 2])]);
  expect(second).not.toBe(first);
  expect(epochs([...three, turned, ring(12, [1, 2])])).toEqual([first, second]);
  expect(epochs([...three, lost, ring(12, [1, 2]), ring(16, [1, 2])])[2]).not.toBe(second);
});
