/** What is explained of what stays where something is missing or lost, and what is not. */
import { expect, test } from 'vitest';
import { act, explain } from './explaining.ts';

const history = (node: string, id: string, record = ''): string =>
  `<node_state uname="${node}"><lrm_resource id="${id}"><lrm_rsc_op ${record}/></lrm_resource></node_state>`;

test('what the peer alone does without a fence device is explained, with one it is not', () => {
  const text = (more: string): string => `<primitive id="a"/>${more}${history('n1', 'a')}`;
  const name = 'Without a fence device all stays as it is';
  const watched = [act('cancel', 'a'), act('monitor', 'a')];
  expect(explain(text(''), { missing: watched })).toBe(name);
  expect(explain(text(''), { missing: [act('stop', 'a:7')] })).toBe(name);
  expect(explain(text('<primitive id="f" class="stonith"/>'), { missing: watched })).toBe(
    undefined,
  );
  expect(
    explain(text('<nvpair name="stonith-enabled" value="false"/>'), { missing: watched }),
  ).toBeUndefined();
  expect(explain(text(''), { missing: [act('stop', 'a')] })).toBeUndefined();
  expect(explain(text(''), { missing: [...watched, act('demote', 'a')] })).toBeUndefined();
});

test('a stop behind what is lost in maintenance is explained, behind what is lost otherwise it is not', () => {
  const text = (value: string): string =>
    `<node uname="n2"><nvpair name="maintenance" value="${value}"/></node><primitive id="a"/><primitive id="b"/>
     <rsc_order first="a" then="b"/>${history('n2', 'a')}`;
  const extra = [act('stop', 'b')];
  const name = 'What follows something that is lost in maintenance stops';
  expect(explain(text('true'), { extra }, 'fence reboot n2')).toBe(name);
  expect(explain(text('false'), { extra }, 'fence reboot n2')).toBeUndefined();
  expect(explain(text('true'), { extra })).toBeUndefined();
  expect(explain(text('true'), { missing: extra }, 'fence reboot n2')).toBeUndefined();
  expect(explain(text('true'), { extra: [act('stop', 'a')] }, 'fence reboot n2')).toBeUndefined();
});

test('a start in a replica where it failed hard is explained, after another failure it is not', () => {
  const text = (exit: number): string =>
    `<bundle id="b"><primitive id="a"/></bundle>${history('b-0', 'a', `rc-code="${exit}"`)}`;
  const missing = [act('start', 'a', 'b-0')];
  const name = 'What failed hard in a replica does not start there again';
  expect(explain(text(5), { missing }, 'stop a b-0')).toBe(name);
  expect(explain(text(1), { missing }, 'stop a b-0')).toBeUndefined();
  expect(explain(text(5), { missing })).toBeUndefined();
  expect(explain(text(5), { extra: missing }, 'stop a b-0')).toBeUndefined();
});

test('a demotion beside what the role must be with is explained of clones of groups, elsewhere it is not', () => {
  const text = (inside: string): string =>
    `<clone id="c">${inside}</clone><primitive id="p"/>${history('n1', 'p', 'rc-code="0"')}
     <rsc_colocation rsc="c" rsc-role="Promoted" with-rsc="p" score="INFINITY"/>`;
  const group = '<group id="g"><primitive id="a"/></group>';
  const missing = [act('demote', 'a'), act('promote', 'a', 'n2')];
  const name = 'A mandatory colocation decides who is promoted, of a clone of groups too';
  expect(explain(text(group), { missing })).toBe(name);
  expect(explain(text('<primitive id="a"/>'), { missing })).toBeUndefined();
  expect(explain(text(group), { missing: [act('demote', 'a', 'n2')] })).toBeUndefined();
  expect(explain(text(group), { missing }, 'stop p n1')).toBeUndefined();
  const extra = [act('promote', 'a')];
  expect(explain(text(group), { extra })).toBe(name);
  expect(explain(text(group) + '<nvpair name="master-a" value="5"/>', { extra })).toBeUndefined();
  expect(explain(text(group), { extra: [act('promote', 'a', 'n2')] })).toBeUndefined();
});

test('a stop that waits for the fencing of where it moved is explained, of another node it is not', () => {
  const text = `<primitive id="a"/>${history('n1', 'a', 'operation="migrate_to" migrate_target="n2"')}`;
  const unordered = [['fence reboot n2', 'stop a n1'] as const];
  const name = 'What moved away stops before its target is fenced';
  expect(explain(text, { unordered })).toBe(name);
  expect(explain(text, { overOrdered: unordered })).toBeUndefined();
  expect(explain(text, { unordered: [['fence reboot n3', 'stop a n1']] })).toBeUndefined();
  expect(explain(text, { unordered: [['fence reboot n2', 'start a n1']] })).toBeUndefined();
});

test('a notice to who does not run is explained, one to who runs or starts is not', () => {
  const text = (exit: number): string =>
    `<clone id="c"><primitive id="a"/></clone>${history('n1', 'a', `rc-code="${exit}"`)}`;
  const missing = [{ ...act('notify', 'a'), detail: 'post-start' }];
  const name = 'Who does not run is told nothing';
  expect(explain(text(7), { missing })).toBe(name);
  expect(explain(text(0), { missing })).toBeUndefined();
  expect(explain(text(0), { missing }, 'stop a n1')).toBe(name);
  expect(explain(text(7), { missing: [act('notify', 'a')] })).toBeUndefined();
  expect(explain(text(7), { missing }, 'start a n1')).toBeUndefined();
  expect(explain(text(7), { extra: missing })).toBeUndefined();
});

test('a cancel where the connection ends is explained, where it stays it is not', () => {
  const text = '<primitive id="a"/><primitive id="far" type="remote"/>';
  const extra = [act('cancel', 'a', 'far')];
  const name = 'What ends with a connection is cancelled all the same';
  expect(explain(text, { extra }, 'stop far n1')).toBe(name);
  expect(explain(text, { extra })).toBeUndefined();
  expect(explain(text, { missing: extra }, 'stop far n1')).toBeUndefined();
});
