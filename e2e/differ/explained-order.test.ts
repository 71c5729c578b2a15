/** Which differences in the order, and which superfluous steps, are explained, and which are not. */
import { expect, test } from 'vitest';
import { act, explain } from './explaining.ts';
import type { Difference } from './graph.ts';

test('a deletion before another start of its clone is explained, before that of others it is not', () => {
  const text = '<clone id="c"><primitive id="a"/></clone><primitive id="b"/>';
  const name = "An anonymous clone's history is deleted before it starts there";
  const overOrdered = [['delete a n2', 'start a n2']] as const;
  expect(explain(text, { overOrdered, unordered: [['delete a n2', 'start a n1']] })).toBe(name);
  expect(explain(text, { unordered: [['delete b n2', 'start b n1']] })).toBeUndefined();
  expect(explain(text, { unordered: [['delete a n2', 'start b n1']] })).toBeUndefined();
});

test("a machine's probe before a clone's start is explained, another probe is not", () => {
  const text =
    '<primitive id="vm"><nvpair name="remote-node" value="g"/></primitive><primitive id="b"/>' +
    '<clone id="c"><primitive id="a"/></clone>';
  const pair = ['monitor vm n1', 'start a n1'] as const;
  expect(explain(text, { unordered: [pair] })).toBe(
    'What runs elsewhere does not wait for the probe of a machine',
  );
  expect(explain(text, { overOrdered: [pair] })).toBeUndefined();
  expect(explain(text, { unordered: [pair, ['monitor b n1', 'start a n1']] })).toBeUndefined();
});

test('a migration that waits for its guest or a fencing is explained, other waiting is not', () => {
  const text =
    '<primitive id="vm"><nvpair name="remote-node" value="g"/></primitive><primitive id="a"/>';
  const name = 'A live migration waits for what its start waits for';
  const [fenced, guest] = [
    ['fence reboot n3', 'migrate_to a n1'],
    ['start g n2', 'stop a n1'],
  ] as const;
  expect(explain(text, { overOrdered: [fenced, guest] }, 'migrate_from a g')).toBe(name);
  expect(explain(text, { overOrdered: [fenced] }, 'start a n2')).toBeUndefined();
  expect(explain(text, { unordered: [fenced] }, 'migrate_from a g')).toBeUndefined();
});

test('a start after all copies of a machine have stopped is explained, after another stop it is not', () => {
  const text =
    '<primitive id="vm"><nvpair name="remote-node" value="g"/></primitive><primitive id="a"/>';
  const pairs = (first: string): Partial<Difference> => ({ overOrdered: [[first, 'start a n1']] });
  expect(explain(text, pairs('stop vm n1'))).toBe(
    'A lost guest is gone when its machine has stopped everywhere',
  );
  expect(explain(text, pairs('stop b n1'))).toBeUndefined();
  expect(explain(text, { unordered: [['stop vm n1', 'start a n1']] })).toBeUndefined();
});

test('all of a group in a set of any is explained, of a set of all it is not', () => {
  const text = (all: boolean): string =>
    `<group id="g"><primitive id="a"/></group><primitive id="b"/>
     <clone id="c"><primitive id="d"/></clone><primitive id="e"/>
     <resource_set require-all="${String(all)}"><resource_ref id="g"/><resource_ref id="c"/></resource_set>`;
  const overOrdered = [
    ['start a n1', 'start b n1'],
    ['start d n1', 'start b n1'],
  ] as const;
  expect(explain(text(false), { overOrdered })).toBe('Any of these is a group or clone as a whole');
  expect(explain(text(true), { overOrdered })).toBeUndefined();
  expect(explain(text(false), { overOrdered: [['start e n1', 'start b n1']] })).toBeUndefined();
  const bundle = (all: boolean): string =>
    `<bundle id="x"/><resource_set require-all="${String(all)}"><resource_ref id="x"/></resource_set>`;
  const late = [['start x-podman-1 n1', 'start b n1'] as const];
  expect(explain(bundle(false), { overOrdered: late })).toBe(
    'Any of these is a group or clone as a whole',
  );
  expect(explain(bundle(true), { overOrdered: late })).toBeUndefined();
});

test('all of a clone of groups with a minimum is explained, of other clones it is not', () => {
  const text = (name: string, inside: string): string =>
    `<clone id="c"><nvpair name="${name}" value="1"/>${inside}</clone><primitive id="b"/>`;
  const group = '<group id="g"><primitive id="a"/></group>';
  const overOrdered = [['start a n1', 'start b n1']] as const;
  expect(explain(text('clone-min', group), { overOrdered })).toBe(
    'Any of these is a group or clone as a whole',
  );
  expect(explain(text('clone-max', group), { overOrdered })).toBeUndefined();
  expect(explain(text('clone-min', '<primitive id="a"/>'), { overOrdered })).toBeUndefined();
});

test('a monitor that one side cancels before the stop of both is explained, another one is not', () => {
  const text = '<primitive id="a"/><primitive id="b"/>';
  const name = 'A stop ends the monitors, cancelled or not';
  const cancel = act('cancel', 'a');
  expect(explain(text, { missing: [cancel] }, 'stop a n1')).toBe(name);
  expect(explain(text, { extra: [cancel] }, 'stop a n1')).toBe(name);
  expect(explain(text, { extra: [cancel] }, 'stop a n2')).toBeUndefined();
  expect(explain(text, { extra: [cancel], missing: [act('stop', 'b')] }, 'stop a n1')).toBe(
    undefined,
  );
});

test('what waits for a guest that nothing ties it to is explained, what is tied to it is not', () => {
  const text = (tie: string): string =>
    `<primitive id="vm"><nvpair name="remote-node" value="g"/></primitive><primitive id="b"/>${tie}
     <node_state uname="n1" crmd="online"/>`;
  const unordered = [['start g n2', 'start b n1'] as const];
  const name = 'What runs elsewhere does not wait for the probe of a machine';
  expect(explain(text(''), { unordered })).toBe(name);
  expect(explain(text('<rsc_order first="vm" then="b"/>'), { unordered })).toBeUndefined();
  expect(explain(text(''), { unordered: [['start g n2', 'start b g']] })).toBeUndefined();
});

test('what a blocked instance follows is explained where one failed to stop, and only there', () => {
  const text = (exit: number): string =>
    `<primitive id="b"/><clone id="c"><primitive id="a"/></clone><rsc_order first="b" then="c"/>
     <node_state uname="n1"><lrm_resource id="a"><lrm_rsc_op operation="stop" rc-code="${exit}"/>
     </lrm_resource></node_state>`;
  const missing = [act('stop', 'b'), act('start', 'b', 'n2')];
  const name = 'What a blocked instance or member follows is not stopped';
  expect(explain(text(2), { missing })).toBe(name);
  expect(explain(text(0), { missing })).toBeUndefined();
  expect(explain(text(2), { missing }, 'stop a n1')).toBeUndefined();
  expect(explain(text(2), { missing: [...missing, act('stop', 'other')] })).toBeUndefined();
  expect(explain(text(2), { extra: missing })).toBeUndefined();
});

test('what a member follows is explained where one failed on a node that joins, roles too', () => {
  const text = (join: string): string =>
    `<clone id="c"><primitive id="a"/></clone><group id="g"><primitive id="b"/></group>
     <rsc_order first="c" then="g"/><node_state uname="n1" join="${join}"><lrm_resource id="b">
     <lrm_rsc_op operation="monitor" rc-code="4"/></lrm_resource></node_state>`;
  const missing = [act('demote', 'a:0')];
  const name = 'What a blocked instance or member follows is not stopped';
  expect(explain(text('pending'), { missing })).toBe(name);
  expect(explain(text('member'), { missing })).toBeUndefined();
  expect(explain(text('pending'), { missing }, 'stop b n1')).toBeUndefined();
  expect(explain(text('pending'), { missing: [act('stop', 'b')] })).toBeUndefined();
});

test("a machine's probe before what is kept elsewhere is explained, before what is tied to it it is not", () => {
  const text = (more: string): string =>
    '<primitive id="vm"><nvpair name="remote-node" value="g"/></primitive><primitive id="b"/>' +
    `<node_state uname="n1" crmd="online"/><node_state uname="g" remote_node="true"/>${more}`;
  const name = 'What runs elsewhere does not wait for the probe of a machine';
  const [pair, inside] = [
    ['monitor vm n1', 'start b n1'],
    ['monitor vm n1', 'start b g'],
  ] as const;
  expect(explain(text(''), { unordered: [pair] })).toBe(name);
  expect(explain(text(''), { unordered: [inside] })).toBeUndefined();
  const tie = '<rsc_order first="vm" then="b"/>';
  expect(explain(text(tie), { unordered: [pair] })).toBeUndefined();
});

test('a promotion after a part of a group is demoted is explained, after all of it or of others it is not', () => {
  const text =
    '<clone id="c"><group id="g"><primitive id="a"/><primitive id="b"/></group></clone>' +
    '<clone id="d"><primitive id="e"/></clone>';
  const pairs = (first: string, then: string): Partial<Difference> => ({
    overOrdered: [[first, then]],
  });
  const demoted = 'demote a n2';
  const name = 'A promotion waits for every single demotion';
  expect(explain(text, pairs(demoted, 'promote b n1'), demoted)).toBe(name);
  expect(explain(text, pairs(demoted, 'promote b n1'), demoted, 'demote b n2')).toBeUndefined();
  expect(explain(text, pairs(demoted, 'stop b n2'), demoted)).toBe(name);
  expect(explain(text, pairs(demoted, 'stop e n2'), demoted)).toBeUndefined();
  expect(explain(text, pairs('demote e n2', 'promote e n1'))).toBeUndefined();
  expect(explain(text, { unordered: [[demoted, 'promote b n1']] }, demoted)).toBeUndefined();
});

test('what is first of a member or copy that is left alone is explained, of a managed one it is not', () => {
  const name = 'What a blocked instance or member follows is not stopped';
  const state = (node: string): string =>
    `<node_state uname="${node}"><lrm_resource id="b"><lrm_rsc_op operation="start" rc-code="0"/>
     </lrm_resource></node_state>`;
  const order =
    '<rsc_order><resource_set><resource_ref id="f"/></resource_set>' +
    '<resource_set><resource_ref id="w"/></resource_set></rsc_order><primitive id="f"/>';
  const member = (managed: string): string =>
    `${order}<group id="w"><primitive id="a"/><primitive id="b">
     <nvpair name="is-managed" value="${managed}"/></primitive></group>`;
  const missing = [act('demote', 'f')];
  expect(explain(member('false') + state('n1'), { missing })).toBe(name);
  expect(explain(member('true') + state('n1'), { missing })).toBeUndefined();
  expect(explain(member('false'), { missing })).toBeUndefined();
  const copies = (way: string): string =>
    `${order.replace('"w"', '"b"')}<primitive id="b"><nvpair name="multiple-active" value="${way}"/>
     </primitive>`;
  const both = state('n1') + state('n2');
  expect(explain(copies('block') + both, { missing: [act('stop', 'f')] })).toBe(name);
  expect(explain(copies('stop_only') + both, { missing: [act('stop', 'f')] })).toBeUndefined();
  expect(explain(copies('block') + state('n1'), { missing: [act('stop', 'f')] })).toBeUndefined();
});

test('what is first of a start on a node that joins is explained, of one elsewhere it is not', () => {
  const text = (join: string): string =>
    `<primitive id="a"/><primitive id="b"/><rsc_order first="a" then="b"/>
     <node_state uname="n2" join="${join}"><lrm_resource id="b">
     <lrm_rsc_op operation="start" op-status="-1" rc-code="193"/></lrm_resource></node_state>`;
  const missing = [act('stop', 'a')];
  expect(explain(text('pending'), { missing })).toBe(
    'What a blocked instance or member follows is not stopped',
  );
  expect(explain(text('member'), { missing })).toBeUndefined();
});

test('a stop that waits for a guest is explained elsewhere, on the guest and of what is tied to it not', () => {
  const text = (more: string): string =>
    '<primitive id="vm"><nvpair name="remote-node" value="g"/></primitive><primitive id="b"/>' +
    `<node_state uname="n1" crmd="online"/><node_state uname="g" remote_node="true"/>${more}`;
  const unordered = [['start vm n2', 'stop b n1'] as const];
  expect(explain(text(''), { unordered })).toBe(
    'What runs elsewhere does not wait for the probe of a machine',
  );
  expect(explain(text('<rsc_order first="vm" then="b"/>'), { unordered })).toBeUndefined();
  expect(explain(text(''), { unordered: [['start vm n2', 'stop b g']] })).toBeUndefined();
  expect(explain(text(''), { unordered: [['stop vm n2', 'stop b n1']] })).toBeUndefined();
});
