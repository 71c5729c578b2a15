/** What is explained about probes and what waits for them, and what is not. */
import { expect, test } from 'vitest';
import { act, explain } from './explaining.ts';

const group = (meta: string): string =>
  `<node uname="n1"/><clone id="c">${meta}<group id="g"><primitive id="a"/><primitive id="b"/></group></clone>
   <node_state uname="n1"><lrm_resource id="a"/></node_state>`;

test('the probe of a member that nothing is known of beside another is explained, of a known one it is not', () => {
  const name = 'Every member of a group is looked for';
  const few = group('<nvpair name="clone-max" value="1"/>');
  expect(explain(few, { extra: [act('monitor', 'b')] })).toBe(name);
  expect(explain(few, { extra: [act('monitor', 'a')] })).toBeUndefined();
  expect(explain(few, { extra: [act('monitor', 'b', 'n2')] })).toBeUndefined();
  expect(explain(few, { missing: [act('monitor', 'b')] })).toBeUndefined();
  expect(explain(group(''), { extra: [act('monitor', 'b')] })).toBeUndefined();
  const recurring = { ...act('monitor', 'b'), intervalMs: 10_000 };
  expect(explain(few, { extra: [recurring] })).toBeUndefined();
});

test('probes on a guest that was removed are explained, on nodes that are there they are not', () => {
  const text = (name: string): string =>
    `<node uname="n1"/><primitive id="vm"><nvpair name="${name}" value="g"/></primitive>
     <primitive id="a"/><bundle id="b"/><node_state uname="g" remote_node="true"/>
     <node_state uname="b-0" remote_node="true"/><node_state uname="x"/>`;
  const on = (node: string): ReturnType<typeof act>[] => [act('monitor', 'a', node)];
  expect(explain(text('x'), { missing: on('g') })).toBe(
    'On a guest that was removed nothing is looked for',
  );
  expect(explain(text('remote-node'), { missing: on('g') })).toBeUndefined();
  expect(explain(text('x'), { missing: on('n1') })).toBeUndefined();
  expect(explain(text('x'), { missing: on('b-0') })).toBeUndefined();
  expect(explain(text('x'), { missing: on('x') })).toBeUndefined();
  expect(explain(text('x'), { missing: [act('start', 'a', 'g')] })).toBeUndefined();
});

test('a monitor of what has stopped on a guest is explained, of what starts there again it is not', () => {
  const text = '<primitive id="vm"><nvpair name="remote-node" value="g"/></primitive>';
  const missing = [{ ...act('monitor', 'a', 'g'), intervalMs: 10_000 }];
  expect(explain(text, { missing }, 'stop a g')).toBe(
    'What has stopped on a guest is not monitored there',
  );
  expect(explain(text, { missing }, 'stop a g', 'start a g')).toBeUndefined();
  expect(explain(text, { missing })).toBeUndefined();
  expect(explain(text, { extra: missing }, 'stop a g')).toBeUndefined();
});

test('a probe before a stop is explained where a one-way order is beside the other, and only there', () => {
  const set = '<rsc_order><resource_ref id="a"/><resource_ref id="b"/></rsc_order>';
  const oneWay = '<rsc_order first="a" then="c" symmetrical="false"/>';
  const overOrdered = [['monitor a n2', 'stop b n1'] as const];
  expect(explain(set + oneWay, { overOrdered })).toBe(
    'An order in one direction takes nothing from another one',
  );
  expect(explain(set, { overOrdered })).toBeUndefined();
  expect(explain(oneWay, { overOrdered })).toBeUndefined();
  expect(explain(set + oneWay, { unordered: overOrdered })).toBeUndefined();
});

test('a demotion before a probe of a unique clone is explained, where it is promoted again it is not', () => {
  const text = (unique: string): string =>
    `<clone id="u"><nvpair name="globally-unique" value="${unique}"/><primitive id="a"/></clone>
     <clone id="m"><group id="g"><primitive id="b"/></group></clone>
     <rsc_order first="u" then="m" then-action="promote"/>`;
  const unordered = [['monitor a:1 n1', 'demote b n1'] as const];
  expect(explain(text('true'), { unordered })).toBe('A demotion for good waits for no probe');
  expect(explain(text('true'), { unordered }, 'promote b n2')).toBeUndefined();
  expect(explain(text('false'), { unordered })).toBeUndefined();
  expect(explain(text('true'), { unordered: [['stop a:1 n1', 'demote b n1']] })).toBeUndefined();
});

test("what waits for a lost replica's container is explained where it cannot be inside", () => {
  const text = (order: string): string =>
    `<bundle id="b"><primitive id="in"/></bundle><primitive id="a"/>${order}
     <node_state uname="n2"><lrm_resource id="b-1"/></node_state>`;
  const pair = (then: string): { readonly unordered: [readonly [string, string]] } => ({
    unordered: [['monitor b-podman-1 n1', then]],
  });
  const fence = 'fence reboot n2';
  expect(explain(text(''), pair('start a n1'), fence)).toBe(
    'What cannot be in a replica does not wait for its end',
  );
  expect(explain(text(''), pair('start a n1'))).toBeUndefined();
  expect(explain(text(''), pair('start in b-1'), fence)).toBeUndefined();
  expect(explain(text(''), pair('start b-podman-0 n1'), fence)).toBeUndefined();
  const tied = '<rsc_order first="b" then="a"/>';
  expect(explain(text(tied), pair('start a n1'), fence)).toBeUndefined();
});

test('a fencing before what requires nothing is explained, before what requires quorum it is not', () => {
  const text = (value: string): string =>
    `<primitive id="a"><nvpair name="requires" value="${value}"/></primitive>`;
  const unordered = [['fence reboot n2', 'start a n1'] as const];
  expect(explain(text('nothing'), { unordered })).toBe(
    'What requires nothing waits for no fencing',
  );
  expect(explain(text('quorum'), { unordered })).toBeUndefined();
  expect(explain(text('nothing'), { overOrdered: unordered })).toBeUndefined();
  expect(explain(text('nothing'), { unordered: [['stop b n2', 'start a n1']] })).toBeUndefined();
});

test('a device after the fencing of a hung node with a guest is explained, without a guest it is not', () => {
  const text = (member: string, machine: string, kind = 'stonith'): string =>
    `<primitive id="f" class="${kind}"/><primitive id="vm"><nvpair name="remote-node" value="g"/>
     </primitive><node_state uname="n2" in_ccm="${member}" crmd="offline">
     <lrm_resource id="${machine}"/></node_state>`;
  const overOrdered = [['fence reboot n2', 'start f n1'] as const];
  expect(explain(text('true', 'vm'), { overOrdered })).toBe(
    'A device waits for a guest on a hung node, too',
  );
  expect(explain(text('false', 'vm'), { overOrdered })).toBeUndefined();
  expect(explain(text('true', 'other'), { overOrdered })).toBeUndefined();
  expect(explain(text('true', 'vm', 'ocf'), { overOrdered })).toBeUndefined();
  expect(explain(text('true', 'vm'), { unordered: overOrdered })).toBeUndefined();
});
