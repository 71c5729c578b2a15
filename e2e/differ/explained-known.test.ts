/** What is explained of how it is known what runs where, and what is not. */
import { expect, test } from 'vitest';
import { act, explain } from './explaining.ts';

const record = (operation: string, exit = '0', expected = exit): string =>
  `<lrm_rsc_op operation="${operation}" interval="0" rc-code="${exit}" op-status="0" transition-key="1:1:${expected}:x"/>`;

const history = (id: string, records: string): string =>
  `<lrm_resource id="${id}">${records}</lrm_resource>`;

const state = (node: string, histories: string): string =>
  `<node_state uname="${node}">${histories}</node_state>`;

const groups = `<clone id="m"><nvpair name="promotable" value="true"/><group id="g">
  <primitive id="a"/><primitive id="b"/></group></clone>`;

test('a wait for a demotion beside a member that was found is explained, beside one that was started it is not', () => {
  const text = (operation: string): string =>
    groups + state('n1', history('a', record(operation)) + history('b', record('promote')));
  const difference = { unordered: [['demote b n1', 'stop b n2'] as const] };
  expect(explain(text('monitor'), difference)).toBe('What was found running gives up no role');
  expect(explain(text('start'), difference)).toBeUndefined();
  expect(explain(text('monitor'), difference, 'demote a n1')).toBeUndefined();
  const other = { unordered: [['demote b n1', 'stop c n2'] as const] };
  expect(explain(text('monitor'), other)).toBeUndefined();
});

test('a stop without quorum in a group that is known in two ways is explained, in one it is not', () => {
  const text = (operation: string, policy: string): string =>
    `<nvpair name="no-quorum-policy" value="${policy}"/>${groups}` +
    state('n1', history('a', record(operation)) + history('b', record('start')));
  const missing = [act('stop', 'b')];
  const name = 'Without quorum a promotable group stays, however it is known';
  expect(explain(text('monitor', 'demote'), { missing })).toBe(name);
  expect(explain(text('start', 'demote'), { missing })).toBeUndefined();
  expect(explain(text('monitor', 'freeze'), { missing })).toBe(name);
  expect(explain(text('monitor', 'stop'), { missing })).toBeUndefined();
  expect(
    explain(text('monitor', 'demote'), { missing, extra: [act('start', 'b')] }),
  ).toBeUndefined();
});

test('a start of what runs is explained if it was starting on a node that is fenced', () => {
  const pending = '<lrm_rsc_op operation="start" op-status="-1" rc-code="193"/>';
  const text = (records: string): string =>
    `<primitive id="a"/>${state('n1', history('a', record('start')))}${state('n2', history('a', records))}`;
  const missing = [act('start', 'a')];
  const name = 'What runs is not started because it may have been starting elsewhere';
  expect(explain(text(pending), { missing }, 'fence reboot n2')).toBe(name);
  expect(explain(text(pending), { missing })).toBeUndefined();
  expect(explain(text(record('start')), { missing }, 'fence reboot n2')).toBeUndefined();
  expect(explain(text(pending), { missing }, 'fence reboot n2', 'stop a n1')).toBeUndefined();
});

test('a deleted history of what runs on is explained, of what stops it is not', () => {
  const text = `<primitive id="a"/>${state('n1', history('a', record('start')))}`;
  const missing = [act('delete', 'a')];
  const name = 'A history is not deleted while what it tells of runs';
  expect(explain(text, { missing })).toBe(name);
  expect(explain(text, { missing }, 'stop a n1')).toBeUndefined();
  expect(explain('<primitive id="a"/>', { missing })).toBeUndefined();
});
