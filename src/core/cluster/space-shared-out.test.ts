/** What is placed in one decision counts for what is placed after it. */
import { expect, it } from 'vitest';

import type { Group, Location, Primitive, Resource } from '../model/configuration.ts';
import { nodeName, resourceId } from '../model/ids.ts';
import type { Plan } from '../model/plan.ts';
import { spaceText } from '../model/space.ts';
import { explainResource } from '../scheduler/explain.ts';
import { schedule } from '../scheduler/schedule.ts';
import {
  LOCAL,
  clusterOf,
  configured,
  group,
  histories,
  history,
  node,
  primitive,
} from '../view/testing/states.ts';
import { pictureOf } from './picture.ts';
import type { ClusterState } from './state.ts';

const GIB = 1 << 30;
const AGENT = { class: 'vm', type: '' };

function vm(name: string, size = '20G'): Primitive {
  const values = { disks: `/srv/${name}.raw,size=${size}`, migration_storage: 'copy' };
  return primitive(name, { agent: AGENT, parameters: [{ id: 'p', score: 0, values }] });
}

interface Story {
  readonly resources: readonly Resource[];
  /** GiB that each node has on /srv, beside what is there already. */
  readonly left: readonly number[];
  /** All of them run here. */
  readonly on?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly constraints?: readonly Location[];
  /** It is to be emptied. */
  readonly standby?: string;
}

function stateOf({ resources, left, on, options, constraints, standby }: Story): ClusterState {
  const machines = resources.flatMap((top) =>
    top.kind === 'group' ? top.members : top.kind === 'primitive' ? [top] : [],
  );
  const nodes = left.map((gib, index) => {
    const name = `n${index + 1}`;
    const words = name === on ? ['monitor 7', 'start 0'] : ['monitor 7'];
    const known = machines.map(({ id }) => ({ ...history(id, ...words), agent: AGENT }));
    const pool = { at: '/srv', type: 'ext4', shared: false, images: 1, rate: 0 };
    const space = { ...pool, total: 500 * GIB, free: (gib + 90) * GIB, growth: 90 * GIB };
    return node(name, {
      history: histories(...known),
      attributes: { '#space': spaceText([space]) ?? '', standby: name === standby ? 'on' : 'off' },
    });
  });
  const values = { 'stonith-enabled': 'false', ...options };
  return clusterOf(nodes, {
    configuration: configured(resources, {
      options: [{ id: 'o', score: 0, values }],
      constraints: constraints ?? [],
    }),
  });
}

const planOf = (story: Story): Plan =>
  schedule(pictureOf(stateOf(story), nodeName('n1'), false), LOCAL.wallMs);

const placesIn = (story: Story): readonly string[] =>
  planOf(story).placements.map(({ resource, node: name }) => `${resource} ${name}`);

const four = ['a', 'b', 'c', 'd'].map((name) => vm(name));

it('machines that are placed together do not take the same room', () => {
  // By their number alone every second one would go to n1, which has room for one.
  expect(placesIn({ resources: four, left: [25, 100] })).toEqual(['a n1', 'b n2', 'c n2', 'd n2']);
  expect(placesIn({ resources: four, left: [100, 100] })).toEqual(['a n1', 'b n2', 'c n1', 'd n2']);
});

it('where one node has no room from the beginning it is the same', () => {
  expect(placesIn({ resources: four, left: [10, 25, 100] })).toEqual([
    'a n2',
    'b n3',
    'c n3',
    'd n3',
  ]);
});

it('all run where there is not room for all', () => {
  const places = placesIn({ resources: four, left: [25, 25] });
  expect(places).toEqual(['a n1', 'b n2', 'c n1', 'd n2']);
});

it('a node that is emptied sends its machines to where their disks have room together', () => {
  const story = { resources: four, left: [500, 25, 100], on: 'n1', standby: 'n1' } as const;
  expect(placesIn(story)).toEqual(['a n2', 'b n3', 'c n3', 'd n3']);
  const moves = planOf(story).actions.filter(
    ({ kind, pseudo }) => kind === 'migrate_to' && !pseudo,
  );
  expect(moves).toHaveLength(4);
});

it('a group has room for all its disks or goes elsewhere', () => {
  const pair = (name: string): Group => group(name, [vm(`${name}1`, '10G'), vm(`${name}2`, '10G')]);
  const resources = [pair('a'), pair('b'), pair('c')];
  expect(placesIn({ resources, left: [25, 100] }).filter((place) => place.endsWith(' n1'))).toEqual(
    ['a1 n1', 'a2 n1'],
  );
});

it("a person's word counts more", () => {
  const rest = { kind: 'location', rules: [], discovery: 'always' } as const;
  const constraints = four.map(({ id }): Location => {
    const target = { kind: 'resource', resource: id } as const;
    return { ...rest, id: `here-${id}`, target, node: nodeName('n1'), score: 2 };
  });
  const places = placesIn({ resources: four, left: [25, 100], constraints });
  expect(places).toEqual(['a n1', 'b n1', 'c n1', 'd n1']);
});

it('no node is opened by it where nothing is allowed that nobody has named', () => {
  const rest = { kind: 'location', rules: [], discovery: 'always' } as const;
  const target = { kind: 'resource', resource: resourceId('a') } as const;
  const here: Location = { ...rest, id: 'here', target, node: nodeName('n1'), score: 0 };
  const options = { 'symmetric-cluster': 'false' };
  const story = { resources: [vm('a')], left: [10, 100], constraints: [here], options };
  expect(placesIn(story)).toEqual(['a n1']);
});

it('says so in words, and does not advise to take out what nobody has written', () => {
  const picture = pictureOf(
    stateOf({ resources: [vm('a')], left: [10, 100] }),
    nodeName('n1'),
    false,
  );
  const told = (name: string): string =>
    JSON.stringify(explainResource(picture, LOCAL.wallMs, { resource: 'a', node: name }));
  expect(told('n2')).toContain('{"source":"space","from":"room for its disks","score":1}');
  expect(told('n1')).toContain('it were moved to n1');
  expect(told('n1')).not.toContain('constraint');
});
