/** What is explained of instances and replicas that are alike, and what is not. */
import { expect, test } from 'vitest';
import { act, explain } from './explaining.ts';

const history = (node: string, inside: string): string =>
  `<node_state uname="${node}" join="member">${inside}</node_state>`;

const runs = (id: string, exit = 0): string =>
  `<lrm_resource id="${id}"><lrm_rsc_op operation="start" interval="0" rc-code="${exit}" transition-key="1:1:0:x"/></lrm_resource>`;

const score = (value: number): string => `<nvpair name="master-a" value="${value}"/>`;

test('another instance that gives way is explained, one more that stops or one that failed is not', () => {
  const text = (exit: number): string =>
    `<clone id="c"><primitive id="a"/></clone>${history('n1', runs('a', exit))}`;
  const [missing, extra] = [[act('stop', 'a')], [act('stop', 'a', 'n2')]];
  const name = 'Another instance of an anonymous clone gives way';
  expect(explain(text(0), { missing, extra }, 'start a n3')).toBe(name);
  expect(explain(text(0), { missing, extra })).toBeUndefined();
  expect(explain(text(1), { missing, extra }, 'start a n3')).toBeUndefined();
  expect(explain(text(0), { missing }, 'start a n3')).toBeUndefined();
  const more = [...extra, act('demote', 'a', 'n2')];
  expect(explain(text(0), { missing, extra: more }, 'start a n3')).toBeUndefined();
});

test('another promotion of an equal score is explained, of another score or with a colocation it is not', () => {
  const text = (other: number, tie = ''): string =>
    `<clone id="c"><primitive id="a"/></clone>${tie}${history('n1', score(5))}${history('n2', score(other))}`;
  const [missing, extra] = [[act('promote', 'a')], [act('promote', 'a', 'n2')]];
  const name = 'Of instances with the same promotion score another one is promoted';
  expect(explain(text(5), { missing, extra })).toBe(name);
  expect(explain(text(6), { missing, extra })).toBeUndefined();
  expect(explain(text(5), { missing })).toBeUndefined();
  const tie = '<rsc_colocation rsc="b" with-rsc="c" score="5"/>';
  expect(explain(text(5, tie), { missing, extra })).toBeUndefined();
  expect(explain(text(5, '<rsc_location rsc="c" node="n1"/>'), { missing, extra })).toBe(undefined);
});

test('a start in place of a live migration is explained behind a clone that restarts, else it is not', () => {
  const text = (kind: string): string =>
    `<clone id="c"><primitive id="a"/></clone><primitive id="b"/><rsc_order first="c" then="b" kind="${kind}"/>`;
  const missing = [act('migrate_to', 'b'), act('migrate_from', 'b', 'n2')];
  const extra = [act('start', 'b', 'n2')];
  const shared = ['stop b n1', 'stop a n1', 'start a n1'];
  const name = 'What follows a clone does not move live while an instance starts again';
  expect(explain(text('Mandatory'), { missing, extra }, ...shared)).toBe(name);
  expect(explain(text('Optional'), { missing, extra }, ...shared)).toBeUndefined();
  expect(explain(text('Mandatory'), { missing, extra }, 'stop b n1', 'start a n1')).toBe(undefined);
  expect(explain(text('Mandatory'), { missing }, ...shared)).toBeUndefined();
});

test('a restart behind a bundle that grows elsewhere is explained, on the same node it is not', () => {
  const text =
    '<bundle id="b"/><primitive id="a"/><primitive id="d"/><rsc_order first="b" then="a"/>';
  const missing = [act('stop', 'a'), act('start', 'a')];
  const name = 'One more replica elsewhere restarts nothing';
  expect(explain(text, { missing }, 'start b-podman-1 n2')).toBe(name);
  expect(explain(text, { missing }, 'start b-podman-1 n1')).toBeUndefined();
  expect(explain(text, { missing }, 'start b-podman-1 n2', 'stop b-podman-0 n1')).toBe(undefined);
  expect(explain(text, { missing: [act('stop', 'd')] }, 'start b-podman-1 n2')).toBeUndefined();
});

test('a stop without a start is explained without quorum where another node is preferred', () => {
  const text = (policy: string, other: string): string =>
    `<nvpair name="no-quorum-policy" value="${policy}"/><clone id="c"><primitive id="a"/></clone>
     ${history('n1', runs('a'))}${history('n2', other)}`;
  const missing = [act('stop', 'a')];
  const name = "An anonymous clone's instances change places";
  expect(explain(text('demote', score(5)), { missing })).toBe(name);
  expect(explain(text('ignore', score(5)), { missing })).toBeUndefined();
  expect(explain(text('demote', ''), { missing })).toBeUndefined();
});

test('an instance whose demotion failed of no account changes places, of account it does not', () => {
  const text = (reaction: string): string =>
    `<clone id="c"><primitive id="a"><op name="monitor" role="Promoted" on-fail="${reaction}"/>
     </primitive></clone>
     ${history('n1', '<lrm_resource id="a"><lrm_rsc_op operation="demote" interval="0" rc-code="7" transition-key="1:1:0:x"/></lrm_resource>')}`;
  const missing = [act('stop', 'a'), act('start', 'a')];
  const name = "An anonymous clone's instances change places";
  expect(explain(text('ignore'), { missing })).toBe(name);
  expect(explain(text('restart'), { missing })).toBeUndefined();
});
