/** What is explained about places, restarts and surplus instances, and what is not. */
import { expect, test } from 'vitest';
import { act, explain } from './explaining.ts';

test('a frozen restart of a later member is explained with the stop of an earlier one, of no other', () => {
  const text =
    '<nvpair name="no-quorum-policy" value="freeze"/><clone id="c"><group id="g">' +
    '<primitive id="a"/><primitive id="b"/><primitive id="d"/></group></clone><primitive id="e"/>';
  const extra = [act('start', 'b')];
  const of = (operation: string, resource: string, node?: string): string | undefined =>
    explain(text, { extra, missing: [act(operation, resource, node)] }, 'stop b n1');
  expect(of('stop', 'a')).toBe('A restart ends half-way without quorum');
  expect(of('stop', 'd')).toBeUndefined();
  expect(of('stop', 'e')).toBeUndefined();
  expect(of('start', 'a')).toBeUndefined();
  expect(of('stop', 'a', 'n2')).toBeUndefined();
  expect(of('stop', 'b', 'n2')).toBeUndefined();
});

test('where no node takes a whole group, what the nodes name is explained under other strategies too', () => {
  const node = (name: string): string =>
    `<node><utilization><nvpair name="${name}" value="4"/></utilization></node>`;
  const text = (needed: number, strategy: string): string =>
    `<nvpair name="placement-strategy" value="${strategy}"/>${node('cpu')}${node('memory')}
     <group id="g"><primitive id="a"/><primitive id="b"><utilization>
     <nvpair name="cpu" value="${needed}"/></utilization></primitive></group>`;
  const difference = { missing: [act('start', 'a', 'n1')], extra: [act('start', 'a', 'n2')] };
  const name = 'Nodes with other capacities outdo neither';
  expect(explain(text(5, 'minimal'), difference)).toBe(name);
  expect(explain(text(4, 'minimal'), difference)).toBeUndefined();
  expect(explain(text(5, 'minimal'), { extra: [act('start', 'a')] })).toBeUndefined();
});

test('an instance that changes places beside one too many is explained, beside one that stays it is not', () => {
  const record =
    '<lrm_rsc_op operation="start" interval="0" rc-code="0" transition-key="1:1:0:k"/>';
  const text =
    '<clone id="c"><primitive id="a" type="D"/></clone><node_state uname="n1">' +
    `<lrm_resource id="a:0" type="D">${record}</lrm_resource>` +
    `<lrm_resource id="a:1" type="D">${record}</lrm_resource></node_state>`;
  const missing = [act('stop', 'a'), act('start', 'a')];
  const name = "An anonymous clone's instances change places";
  expect(explain(text, { missing }, 'stop a:1 n1')).toBe(name);
  expect(explain(text, { missing }, 'stop a:1 n2')).toBeUndefined();
  expect(explain(text, { missing }, 'stop a:0 n1', 'stop a:1 n1')).toBeUndefined();
});
