import { expect, it } from 'vitest';

import { messageBytesMax } from '../engine.ts';
import { parseRequest } from './protocol.ts';

it.each([
  { kind: 'join', node: 'a', process: 7 },
  { kind: 'send', text: '' },
  { kind: 'send', text: 'x'.repeat(messageBytesMax) },
  { kind: 'leave' },
  { kind: 'node-down', node: 'a' },
  { kind: 'partition', groups: [['a'], []] },
  { kind: 'status' },
])('takes a request of kind $kind', (request) => {
  expect(parseRequest(request)).toEqual(request);
});

it.each([
  null,
  7,
  'leave',
  [],
  {},
  { kind: 'toString' },
  { kind: 'join', node: 'a' },
  { kind: 'join', node: 7, process: 7 },
  { kind: 'join', node: 'a', process: -1 },
  { kind: 'send' },
  { kind: 'send', text: 'x'.repeat(messageBytesMax + 1) },
  { kind: 'node-down' },
  { kind: 'partition', groups: ['a'] },
  { kind: 'partition', groups: [[7]] },
])('takes no request out of %j', (frame) => {
  expect(parseRequest(frame)).toBeNull();
});
