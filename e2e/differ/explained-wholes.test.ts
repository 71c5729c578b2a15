/** What is explained about groups, clones, bundles and circles as wholes, and what is not. */
import { expect, test } from 'vitest';
import { act, explain } from './explaining.ts';

test('replicas that change places are explained, a replica that failed is not', () => {
  const text = (exit: number): string =>
    `<bundle id="b"><primitive id="a"/></bundle><node_state uname="n1"><lrm_resource id="b-podman-0">
     <lrm_rsc_op rc-code="${exit}"/></lrm_resource></node_state>`;
  const moved = [act('stop', 'b-podman-0'), act('start', 'b-podman-0', 'n2')];
  const [missing, extra] = [moved, [act('start', 'b-podman-1', 'n2'), act('monitor', 'a', 'b-1')]];
  const name = "A bundle's replicas change places";
  expect(explain(text(0), { missing, extra })).toBe(name);
  expect(explain(text(1), { missing, extra })).toBeUndefined();
  expect(explain(text(0), { missing })).toBeUndefined();
  expect(explain(text(0), { missing, extra: [...extra, act('stop', 'web')] })).toBeUndefined();
});

test('a stop in a replica on a fenced node is explained, on another one it is not', () => {
  const text =
    '<bundle id="b"><primitive id="a"/></bundle><node_state uname="n2"><lrm_resource id="b-podman-1"/></node_state>';
  const missing = [act('stop', 'a', 'b-1')];
  expect(explain(text, { missing }, 'fence reboot n2')).toBe(
    'What is in a replica ends with its node',
  );
  expect(explain(text, { missing }, 'fence reboot n3')).toBeUndefined();
  expect(explain(text, { missing: [act('stop', 'a', 'b-0')] }, 'fence reboot n2')).toBeUndefined();
  expect(explain(text, { extra: missing }, 'fence reboot n2')).toBeUndefined();
});

test('a late notice to what restarts is explained, one to what stays is not', () => {
  const text = '<clone id="c"><nvpair name="notify" value="true"/><primitive id="a"/></clone>';
  const missing = [{ ...act('notify', 'a'), detail: 'post-stop' }];
  const shared = ['fence reboot n2', 'stop a n1', 'start a n1'];
  const name = 'An instance that restarts is told of no stop elsewhere';
  expect(explain(text, { missing }, ...shared)).toBe(name);
  expect(explain(text, { missing }, 'fence reboot n2')).toBeUndefined();
  expect(explain(text, { missing }, 'stop a n1', 'start a n1')).toBeUndefined();
  expect(explain(text, { extra: missing }, ...shared)).toBeUndefined();
});

test('a minimum of instances in a set is explained, in a plain order it is not', () => {
  const clone = '<clone id="c"><nvpair name="clone-min" value="2"/><primitive id="a"/></clone>';
  const set = '<rsc_order><resource_ref id="c"/><resource_ref id="b"/></rsc_order>';
  const name = 'What follows a clone with a minimum waits for all of it';
  const extra = [act('stop', 'b')];
  expect(explain(`${clone}<primitive id="b"/>${set}`, { extra })).toBe(name);
  expect(explain(`${clone}<primitive id="b"/>`, { extra })).toBeUndefined();
  expect(explain(`${clone}${set}`, { missing: extra })).toBeUndefined();
  expect(explain(clone, { overOrdered: [['notify post-start a n1', 'start b n1']] })).toBe(name);
  expect(explain(clone, { overOrdered: [['start a n1', 'start b n1']] })).toBeUndefined();
});

test('who must be with a group that is not there is explained, with one that is there not', () => {
  const text = (score: string): string =>
    `<group id="g"><primitive id="a"/></group><primitive id="b"/>
     <rsc_colocation rsc="b" with-rsc="g" score="${score}"/>`;
  const missing = [act('start', 'b')];
  const name = 'What must run with a group does not run without it';
  expect(explain(text('INFINITY'), { missing })).toBe(name);
  expect(explain(text('100'), { missing })).toBeUndefined();
  expect(explain(text('INFINITY'), { missing }, 'start a n1')).toBeUndefined();
  expect(explain(text('INFINITY'), { extra: missing })).toBeUndefined();
});

test('a demotion before a stop that it follows is explained, one before nothing is not', () => {
  const text = (action: string): string =>
    `<clone id="c"><primitive id="a"/></clone><primitive id="b"/>
     <rsc_order first="b" then="c" then-action="${action}"/>`;
  const extra = [act('demote', 'a'), act('monitor', 'a')];
  const name = 'What is promoted after something is demoted before it stops';
  expect(explain(text('promote'), { extra }, 'stop b n1')).toBe(name);
  expect(explain(text('promote'), { extra }, 'start b n1')).toBeUndefined();
  expect(explain(text('start'), { extra }, 'stop b n1')).toBeUndefined();
  expect(explain(text('promote'), { missing: extra }, 'stop b n1')).toBeUndefined();
  expect(explain(text('promote'), { extra: [act('stop', 'a')] }, 'stop b n1')).toBeUndefined();
  const lost = '<node_state uname="n3"><lrm_resource id="b"/></node_state>';
  expect(explain(text('promote') + lost, { extra }, 'fence reboot n3')).toBe(name);
  expect(explain(text('promote') + lost, { extra }, 'fence reboot n2')).toBeUndefined();
});

test('what comes before a circle is explained, other order is not', () => {
  const unordered = [['start a n1', 'start b n1']] as const;
  const stuck = new Set(['start b n1']);
  expect(explain('', { unordered, stuck })).toBe('The order is a circle');
  expect(explain('', { unordered, stuck: new Set(['start a n1']) })).toBeUndefined();
  expect(explain('', { unordered, stuck, missing: [act('start', 'a')] })).toBeUndefined();
  expect(explain('', { overOrdered: unordered, stuck })).toBeUndefined();
});

test('a restart after a clone with a minimum is explained in a set, a stop or an order of two is not', () => {
  const text = (order: string): string =>
    `<clone id="c"><nvpair name="clone-min" value="1"/><primitive id="a"/></clone><primitive id="b"/>${order}`;
  const sets = text('<rsc_order><resource_ref id="c"/><resource_ref id="b"/></rsc_order>');
  const missing = [act('stop', 'b'), act('start', 'b')];
  const name = 'What follows a clone with a minimum waits for all of it';
  expect(explain(sets, { missing })).toBe(name);
  expect(explain(sets, { missing: [act('stop', 'b')] })).toBeUndefined();
  expect(explain(sets, { missing: [act('stop', 'b'), act('start', 'b', 'n2')] })).toBeUndefined();
  expect(explain(text('<rsc_order first="c" then="b"/>'), { missing })).toBeUndefined();
});
