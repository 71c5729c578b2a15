/** What a smaller picture has to keep: what the difference is about, and whether there is fencing. */
import { expect, test } from 'vitest';
import { act } from './explaining.ts';
import type { Difference } from './graph.ts';
import { isPartOf } from './kinds.ts';
import { shrink } from './shrink.ts';
import { parseXml, walk } from './xml.ts';

const nothing: Difference = {
  missing: [],
  extra: [],
  unordered: [],
  overOrdered: [],
  shared: new Set(),
};

test('a part of a difference is about the same resources, on any node', () => {
  const larger = { ...nothing, missing: [act('stop', 'a'), act('start', 'b:1')] };
  const shows = (...missing: Difference['missing']): boolean =>
    isPartOf({ ...nothing, missing }, larger);
  expect(shows(act('stop', 'a', 'n2'))).toBe(true);
  expect(shows(act('start', 'b:0'))).toBe(true);
  expect(shows(act('stop', 'b'))).toBe(false);
  expect(shows(act('stop', 'a'), act('start', 'a'))).toBe(false);
  expect(isPartOf({ ...nothing, extra: [act('stop', 'a')] }, larger)).toBe(false);
});

test('a part of a difference in order alone has some of its pairs and no others', () => {
  const larger = { ...nothing, unordered: [['stop a n1', 'stop b n1'] as const] };
  expect(isPartOf(larger, larger)).toBe(true);
  expect(isPartOf({ ...nothing, overOrdered: larger.unordered }, larger)).toBe(false);
  expect(isPartOf({ ...nothing, unordered: [['stop a n1', 'start c n1']] }, larger)).toBe(false);
  expect(isPartOf({ ...nothing, missing: [act('stop', 'a')] }, larger)).toBe(false);
});

const cluster = (option: string, ...devices: string[]): string => `<cib><configuration>
  <crm_config><cluster_property_set id="o">
    <nvpair id="o-1" name="stonith-enabled" value="${option}"/>
  </cluster_property_set></crm_config>
  <nodes><node id="1" uname="n1"/></nodes>
  <resources>${devices.map((id) => `<primitive id="${id}" class="stonith" type="fence_xvm"/>`).join('')}
    <primitive id="a" class="ocf" provider="pacemaker" type="Dummy"/></resources>
  <constraints/></configuration><status/></cib>`;

const left = (text: string): readonly string[] => {
  const { cib } = shrink(parseXml(text), () => true, 100);
  const kept = [...walk(cib)].filter(([{ name }]) => name === 'primitive' || name === 'nvpair');
  return kept.map(([{ attributes }]) => attributes['name'] ?? attributes['id'] ?? '');
};

test('one fence device stays, and where there is none, that there is no fencing', () => {
  expect(left(cluster('true', 'f1', 'f2'))).toEqual(['f2']);
  expect(left(cluster('false'))).toEqual(['stonith-enabled']);
  expect(left(cluster('true'))).toEqual([]);
});
