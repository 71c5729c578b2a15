/** What is explained as being as good, or as kept in its role, and what is not. */
import { expect, test } from 'vitest';
import { act, explain } from './explaining.ts';

test('replicas that change numbers are explained, replicas that go elsewhere or stop are not', () => {
  const text = '<bundle id="b"><primitive id="in"/></bundle><primitive id="a"/>';
  const replica = (number: number, node: string): ReturnType<typeof act>[] => [
    act('start', `b-podman-${number}`, node),
    act('start', `b-${number}`, node),
  ];
  const missing = [...replica(0, 'n1'), ...replica(1, 'n2')];
  const extra = [...replica(1, 'n1'), ...replica(0, 'n2')];
  expect(explain(text, { missing, extra })).toBe('Which replica starts where is of no meaning');
  expect(explain(text, { missing, extra: [...extra, act('start', 'a')] })).toBeUndefined();
  expect(explain(text, { missing: replica(0, 'n1'), extra: replica(0, 'n2') })).toBeUndefined();
  const stopped = { missing: [act('stop', 'b-podman-0')], extra: [act('stop', 'b-podman-1')] };
  expect(explain(text, stopped)).toBeUndefined();
});

const promoted = (node: string, id: string): string =>
  `<node_state uname="${node}"><lrm_resource id="${id}">
   <lrm_rsc_op operation="promote" rc-code="0"/></lrm_resource></node_state>`;

test('a second promotion beside one in maintenance is explained of a clone of groups alone', () => {
  const clone = (inside: string): string =>
    `<node uname="n2"><nvpair name="maintenance" value="true"/></node><clone id="c">${inside}</clone>`;
  const grouped = clone('<group id="g"><primitive id="a"/></group>');
  const missing = [act('promote', 'a')];
  const name = 'What is promoted in maintenance counts, of a clone of groups too';
  expect(explain(grouped + promoted('n2', 'a'), { missing })).toBe(name);
  expect(explain(grouped + promoted('n3', 'a'), { missing })).toBeUndefined();
  expect(explain(grouped, { missing })).toBeUndefined();
  const plain = clone('<primitive id="a"/>') + promoted('n2', 'a');
  expect(explain(plain, { missing })).toBeUndefined();
  expect(explain(grouped + promoted('n2', 'a'), { extra: missing })).toBeUndefined();
});

test('a demotion before what is left promoted is explained, before what is managed it is not', () => {
  const text = (managed: string): string =>
    `<clone id="c"><group id="g"><primitive id="a"/><primitive id="b">
     <nvpair name="is-managed" value="${managed}"/></primitive></group></clone>`;
  const missing = [act('demote', 'a')];
  const name = 'A member that is left alone keeps the role of those before it';
  expect(explain(text('false') + promoted('n1', 'b'), { missing })).toBe(name);
  expect(explain(text('true') + promoted('n1', 'b'), { missing })).toBeUndefined();
  expect(explain(text('false') + promoted('n2', 'b'), { missing })).toBeUndefined();
  expect(explain(text('false'), { missing })).toBeUndefined();
  expect(explain(text('false') + promoted('n1', 'b'), { extra: missing })).toBeUndefined();
});

test('what goes where its dependent is weakly advised against is explained, a strong advice is not', () => {
  const text = (score: number, location: number): string =>
    `<primitive id="a"/><primitive id="b"/><rsc_colocation rsc="a" with-rsc="b" score="${score}"/>
     <rsc_location rsc="a" node="n1" score="${location}"/>`;
  const missing = [act('stop', 'b', 'n2'), act('start', 'b', 'n1')];
  const name = 'A weak advice against a node stays one';
  expect(explain(text(10, -100), { missing })).toBe(name);
  expect(explain(text(10, -100_000), { missing })).toBeUndefined();
  expect(explain(text(10, 100), { missing })).toBeUndefined();
  expect(explain(text(-10, 100), { missing })).toBeUndefined();
  expect(explain(text(10, -100), { extra: missing })).toBeUndefined();
  expect(explain(text(10, -100), { missing: [act('start', 'b', 'n3')] })).toBeUndefined();
});
