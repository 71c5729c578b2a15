/** What is explained by the peer's own documents, and what is not. */
import { expect, test } from 'vitest';
import { act, explain } from './explaining.ts';
import { explanationOf } from './explanations.ts';
import { parseXml } from './xml.ts';

test('a rule for the role Started is explained, one for another role is not', () => {
  const text = (role: string): string =>
    `<primitive id="a"/><primitive id="b"/>
     <rsc_location rsc="a"><rule role="${role}"/></rsc_location>`;
  const name = 'A rule for the role Started counts';
  expect(explain(text('Started'), { extra: [act('stop', 'a')] })).toBe(name);
  expect(explain(text('Unpromoted'), { extra: [act('stop', 'a')] })).toBeUndefined();
  expect(explain(text('Started'), { extra: [act('stop', 'b')] })).toBeUndefined();
  expect(explain(text('Started'), { overOrdered: [['stop a n1', 'stop b n1']] })).toBeUndefined();
});

test('a connection that moves with its machine is explained, one that moves alone is not', () => {
  const text =
    '<primitive id="vm"><nvpair name="remote-node" value="guest"/></primitive><primitive id="a"/>';
  const extra = [act('migrate_to', 'guest'), act('migrate_from', 'guest', 'n2')];
  const missing = [act('start', 'guest', 'n2'), act('monitor', 'a', 'guest')];
  const name = "A guest's connection moves with its machine";
  expect(explain(text, { extra, missing }, 'migrate_to vm n1')).toBe(name);
  expect(explain(text, { extra, missing })).toBeUndefined();
  const more = [...missing, act('stop', 'a')];
  expect(explain(text, { extra, missing: more }, 'migrate_to vm n1')).toBeUndefined();
});

test('more order inside an ordered clone is explained, less order or order with others is not', () => {
  const text = (ordered: boolean): string =>
    `<clone id="c"><nvpair name="ordered" value="${String(ordered)}"/><primitive id="a"/></clone>
     <primitive id="b"/>`;
  const own: readonly [string, string] = ['start a n1', 'start a n3'];
  const name = "An ordered clone's instances follow all before them";
  expect(explain(text(true), { overOrdered: [own] })).toBe(name);
  expect(explain(text(false), { overOrdered: [own] })).toBeUndefined();
  expect(explain(text(true), { unordered: [own] })).toBeUndefined();
  expect(explain(text(true), { overOrdered: [own, ['start a n1', 'start b n1']] })).toBeUndefined();
  const back = ['start a n3', 'start a n1'] as const;
  expect(explain(text(true), { overOrdered: [own], unordered: [back] })).toBe(name);
});

test('more order between the replicas of a bundle is explained, with another container it is not', () => {
  const text = '<bundle id="b"><podman replicas="3"/><primitive id="a"/></bundle>';
  const pair = (then: string) => ({ overOrdered: [['stop a b-2', then] as const] });
  const name = "An ordered clone's instances follow all before them";
  expect(explain(text, pair('stop a b-0'))).toBe(name);
  expect(explain(text, pair('stop b-podman-0 n2'))).toBe(name);
  expect(explain(text, pair('stop c-podman-0 n2'))).toBeUndefined();
  expect(explain(text, { overOrdered: [['stop b-podman-2 n1', 'stop a b-0']] })).toBeUndefined();
});

test('a follower of a group with another agent is explained, of a primitive it is not', () => {
  const text = (first: string, type: string): string =>
    `<group id="g"><primitive id="a" type="New"/></group><primitive id="b"/>
     <rsc_order first="${first}" then="b"/>
     <node_state uname="n1"><lrm_resource id="a" type="${type}"/></node_state>`;
  const extra = [act('stop', 'b'), act('start', 'b')];
  const shared = ['stop a n1', 'start a n1'];
  const name = 'What follows a group or clone restarts when its agent is another one';
  expect(explain(text('g', 'Old'), { extra }, ...shared)).toBe(name);
  expect(explain(text('g', 'New'), { extra }, ...shared)).toBeUndefined();
  expect(explain(text('a', 'Old'), { extra }, ...shared)).toBeUndefined();
  expect(explain(text('g', 'Old'), { extra })).toBeUndefined();
});

test('a half done migration that goes on is explained, one that begins is not', () => {
  const text = (target: string): string =>
    `<primitive id="a"/><node_state uname="n1"><lrm_resource id="a">
     <lrm_rsc_op operation_key="a_migrate_to_0" migrate_target="${target}" rc-code="0"/>
     </lrm_resource></node_state>`;
  const [extra, missing] = [
    [act('migrate_from', 'a', 'n2')],
    [act('start', 'a'), act('stop', 'a')],
  ];
  const name = 'A half done migration goes on among equals';
  expect(explain(text('n2'), { extra, missing })).toBe(name);
  expect(explain(text('n3'), { extra, missing })).toBeUndefined();
  expect(explain(text('n2'), { extra })).toBeUndefined();
});

test('a monitor of what is left alone is explained without quorum, with it or managed it is not', () => {
  const reason = (quorum: string, policy: string, managed: string): string | undefined => {
    const cib = parseXml(
      `<cib have-quorum="${quorum}"><nvpair name="no-quorum-policy" value="${policy}"/>` +
        `<primitive id="a"><nvpair name="is-managed" value="${managed}"/></primitive>` +
        '<node_state uname="n1"><lrm_resource id="a"/></node_state></cib>',
    );
    const extra = [{ ...act('monitor', 'a'), intervalMs: 10_000 }];
    const nothing = { missing: [], unordered: [], overOrdered: [], shared: new Set<string>() };
    return explanationOf(cib, { ...nothing, extra });
  };
  expect(reason('0', 'stop', 'false')).toBe('What is left alone is watched without quorum');
  expect(reason('1', 'stop', 'false')).toBeUndefined();
  expect(reason('0', 'freeze', 'false')).toBeUndefined();
  expect(reason('0', 'stop', 'true')).toBeUndefined();
});

test('a follower of an instance with another agent is explained under its own number', () => {
  const text = `<clone id="c"><primitive id="a" type="New"/></clone><primitive id="b"/>
     <rsc_order first="c" then="b"/>
     <node_state uname="n1"><lrm_resource id="a:1" type="Old"/></node_state>`;
  const extra = [act('stop', 'b'), act('start', 'b')];
  const name = 'What follows a group or clone restarts when its agent is another one';
  expect(explain(text, { extra }, 'stop a:1 n1', 'start a:1 n1')).toBe(name);
  expect(explain(text, { extra }, 'stop a:0 n1', 'start a:0 n1')).toBeUndefined();
});

test('a start that is only serialized with a minimum is explained, one that must follow it is not', () => {
  const text = (kind: string, more = ''): string =>
    `<clone id="c"><nvpair name="clone-min" value="2"/><primitive id="a"/></clone>
     <primitive id="b"/><rsc_order first="c" then="b" kind="${kind}"/>${more}`;
  const extra = [act('start', 'b')];
  const name = 'What is serialized waits for no minimum';
  expect(explain(text('Serialize'), { extra })).toBe(name);
  expect(explain(text('Mandatory'), { extra })).toBeUndefined();
  expect(explain(text('Serialize', '<rsc_order first="c" then="b"/>'), { extra })).toBeUndefined();
  expect(explain(text('Serialize'), { missing: extra })).toBeUndefined();
});
