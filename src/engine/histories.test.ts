import { expect, it } from 'vitest';

import type { EngineEvent, GroupMember } from '../core/model/engine.ts';
import { nodeName, nodeNumber } from '../core/model/ids.ts';
import { checkHistories } from './histories.ts';

const member = (number: number, process = 7): GroupMember => ({
  node: nodeName(`n${number}`),
  number: nodeNumber(number),
  process,
});
const view = (
  sequence: number,
  members: readonly number[],
  left: readonly number[] = [],
): EngineEvent => ({
  kind: 'engine-view',
  ring: { sequence, representative: nodeNumber(members[0] ?? 0) },
  members: members.map((number) => member(number)),
  left: left.map((number) => ({ member: member(number), reason: 'node-down' })),
});
const message = (number: number, text: string): EngineEvent => ({
  kind: 'engine-message',
  sender: member(number),
  text,
});

const sound: readonly EngineEvent[] = [
  view(1, [1, 2, 3]),
  message(1, 'a'),
  message(3, 'b'),
  view(2, [1, 2], [3]),
  message(2, 'c'),
];

it('takes sound histories', () => {
  const cutOff = [view(1, [1, 2, 3]), message(1, 'a'), view(3, [3], [1, 2])];
  expect(() => checkHistories([sound, sound, cutOff])).not.toThrow();
});

it('takes a history that is shorter at its end', () => {
  expect(() => checkHistories([sound, sound.slice(0, 2)])).not.toThrow();
});

it.each([
  ['a lost message', [sound[0]!, sound[1]!, sound[3]!], /different messages/],
  ['another order', [sound[0]!, sound[2]!, sound[1]!, sound[3]!], /different messages/],
  [
    'another message in the last view',
    [...sound.slice(0, 4), message(1, 'd')],
    /different messages in the last view/,
  ],
  ['a message of a stranger', [view(1, [1, 2]), message(3, 'a')], /n3:7, who is not in the view/],
  ['a message before any view', [message(1, 'a')], /not in the view/],
  ['a member that vanishes', [view(1, [1, 2]), view(2, [1])], /n2:7 vanished/],
  ['a stranger that leaves', [view(1, [1]), view(2, [1], [2])], /n2:7 left .* was not there/],
  ['a first view that somebody left', [view(1, [1], [2])], /before the first view/],
  ['two daemons of a node', [view(1, [1, 1])], /two daemons of a node/],
  [
    'an event after the end',
    [view(1, [1]), { kind: 'engine-lost', reason: 'x' }, view(2, [1])],
    /after engine-lost/,
  ],
] as const)('finds %s', (_, history: readonly EngineEvent[], sentence) => {
  expect(() => checkHistories([sound, history])).toThrow(sentence);
});
