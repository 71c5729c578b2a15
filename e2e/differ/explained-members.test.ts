/** What is explained of members of groups, numbers of instances, and guests, and what is not. */
import { expect, test } from 'vitest';
import { act, explain } from './explaining.ts';

test('a group that goes where a later member must is explained, one whose first must is not', () => {
  const text = (member: string, score: string): string =>
    `<group id="g"><primitive id="a"/><primitive id="b"/></group><primitive id="c"/>
     <rsc_colocation rsc="${member}" with-rsc="c" score="${score}"/>`;
  const extra = [act('stop', 'a', 'n3'), act('start', 'a'), act('start', 'b')];
  const name = 'A group goes where a later member must';
  expect(explain(text('b', 'INFINITY'), { extra })).toBe(name);
  expect(explain(text('a', 'INFINITY'), { extra })).toBeUndefined();
  expect(explain(text('b', '100'), { extra })).toBeUndefined();
  expect(explain(text('b', 'INFINITY'), { extra: [...extra, act('start', 'c')] })).toBeUndefined();
  const missing = [act('start', 'b', 'n2')];
  expect(explain(text('b', 'INFINITY'), { extra, missing })).toBeUndefined();
});

test('swapped numbers of a unique clone are explained on the same nodes with advice alone', () => {
  const text = (score: string): string =>
    `<clone id="u"><nvpair name="globally-unique" value="true"/><primitive id="a" class="ocf"/></clone>
     <primitive id="c"/><rsc_colocation rsc="u" with-rsc="c" score="${score}"/>`;
  const missing = [act('start', 'a:0', 'n1'), act('start', 'a:1', 'n2')];
  const swapped = [act('start', 'a:0', 'n2'), act('start', 'a:1', 'n1')];
  const name = 'Which number an instance gets is of no meaning to a colocation';
  expect(explain(text('100'), { missing, extra: swapped })).toBe(name);
  expect(explain(text('INFINITY'), { missing, extra: swapped })).toBeUndefined();
  expect(explain(text('100'), { missing, extra: swapped.slice(1) })).toBeUndefined();
  const stopped = [act('stop', 'a:0', 'n1')];
  expect(
    explain(text('100'), { missing: [...missing, ...stopped], extra: [...swapped, ...stopped] }),
  ).toBeUndefined();
});

test('a fence device that starts beside a frozen machine is explained, beside another it is not', () => {
  const text = (policy: string): string =>
    `<primitive id="f" class="stonith"/><primitive id="vm"><nvpair name="remote-node" value="g"/></primitive>
     <rsc_ticket rsc="vm" ticket="t" loss-policy="${policy}"/>
     <node_state uname="n2"><lrm_resource id="vm"/></node_state>`;
  const extra = [act('start', 'f')];
  const name = 'A fence device does not wait for a guest that cannot be fenced';
  expect(explain(text('freeze'), { extra }, 'fence reboot n2')).toBe(name);
  expect(explain(text('stop'), { extra }, 'fence reboot n2')).toBeUndefined();
  expect(explain(text('freeze'), { extra }, 'fence reboot n3')).toBeUndefined();
  expect(
    explain(text('freeze'), { extra: [act('start', 'vm')] }, 'fence reboot n2'),
  ).toBeUndefined();
});
