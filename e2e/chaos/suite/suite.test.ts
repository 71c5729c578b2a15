/** That the audits see what they are for: a test that is passed says something. */
import { expect, test } from 'vitest';
import { chosenTests, clusterTests } from './catalogue.ts';
import { isUnexpected } from './logs.ts';
import { primitives, whyNotTrue } from './truth.ts';
import type { Copy } from './truth.ts';

const at = (node: string, ...names: readonly string[]): readonly Copy[] =>
  names.map((primitive) => ({ primitive, node, process: undefined }));
const right = [
  ...at('n1', 'address', 'server'),
  ...at('n2', 'vault', 'books'),
  ...at('n1', 'stack-vault', 'stack-books'),
];

test('every primitive once, members together: nothing is wrong', () => {
  expect(right).toHaveLength(primitives.length);
  expect(whyNotTrue(right)).toEqual([]);
  expect(whyNotTrue([], false)).toEqual([]);
});

test('two copies, none, and members apart are told', () => {
  expect(whyNotTrue([...right, ...at('n3', 'server')])).toEqual([
    'server is there 2 times (n1, n3)',
    'address and server are apart: n1, n1, n3',
  ]);
  expect(whyNotTrue(right.slice(1))).toEqual(['address is there 0 times ()']);
  const apart = [...right.filter(({ primitive }) => primitive !== 'books'), ...at('n3', 'books')];
  expect(whyNotTrue(apart)).toEqual(['vault and books are apart: n2, n3']);
  expect(whyNotTrue(at('n1', 'vault'), false)).toEqual(['vault is there 1 times (n1)']);
});

const time = '2026-11-20T12:00:00.000Z';

const expectsOf = (name: string): readonly RegExp[] => chosenTests([name])[0]?.expects ?? [];

test.each([
  ['ResourceRecover', 'error: monitor of books on n2: not running (exit 7)', false],
  ['ResourceRecover', 'error: monitor of address on n2: not running (exit 7)', true],
  ['ResourceRecover', 'error: start of books on n2: error (exit 1)', true],
  ['ResourceRecover', 'error: n2 is lost (unclean): it left the group without a word', true],
  ['Flip', 'error: monitor of books on n2: not running (exit 7)', true],
  [
    'Flip',
    'error: monitor of books on n2: not running (exit 7) (at 2026-11-20T11:59:00.000Z, before this daemon)',
    false,
  ],
  ['Flip', 'warning: n2 stalled for 1.1 s: its timers start anew', false],
  ['ComponentFail', 'error: monitor of address on n1: error (exit 1)', false],
  ['ComponentFail', 'error: fencing n2 by power failed: no answer', true],
  [
    'SplitBrain',
    'warning: fencing n1 (reboot) by power from n2: it is no longer part of the cluster',
    false,
  ],
  ['SplitBrain', 'error: stop of vault on n2: timed out', true],
  ['SimulStop', 'warning: n2 is held (its daemon is away): its daemon was stopped; …', false],
  ['SimulStop', 'warning: n2 is held (its daemon is away): its daemon died; …', true],
  ['Restart', 'warning: n2 is held (its daemon is away): its daemon was stopped; …', true],
])('a failure fails the test whose faults do not explain it: %s, %s', (name, line, unexpected) => {
  expect(isUnexpected(`${time} ${line}`, expectsOf(name))).toBe(unexpected);
});

test.each([
  [`${time} members now: n1, n2; n1 leads (epoch 4)`, false],
  [`${time} error: the state of n2 and n3 is not the same`, true],
  [`${time} an unexpected error ends this daemon: TypeError: x is undefined`, true],
  ['    at apply (holdfastd.js:12:3)', true],
])('a line of the log: %s', (line, unexpected) => {
  expect(isUnexpected(line, [])).toBe(unexpected);
});

test('tests by name, in whatever case; an unknown one is refused with those there are', () => {
  expect(chosenTests(['splitbrain', 'Flip']).map(({ name }) => name)).toEqual([
    'Flip',
    'SplitBrain',
  ]);
  expect(() => chosenTests(['Flop'])).toThrow(/no test Flop; there is: Flip, Restart/);
  expect(clusterTests).toHaveLength(17);
});
