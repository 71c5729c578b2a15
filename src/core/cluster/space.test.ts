import { describe, expect, it } from 'vitest';

import type { Primitive } from '../model/configuration.ts';
import { nodeName } from '../model/ids.ts';
import { spaceText } from '../model/space.ts';
import type { Pool } from '../model/space.ts';
import { ROOM } from '../scheduler/preferences/room.ts';
import { decide, schedule } from '../scheduler/schedule.ts';
import {
  LOCAL,
  clusterOf,
  configured,
  histories,
  history,
  node,
  primitive,
} from '../view/testing/states.ts';
import { pictureOf } from './picture.ts';
import type { ClusterState } from './state.ts';

const AGENT = { class: 'vm', type: '' };
const GIB = 1 << 30;
const pool = (more: Partial<Pool>): Pool => ({
  at: '/srv',
  type: 'ext4',
  shared: false,
  total: 100 * GIB,
  free: 50 * GIB,
  growth: 0,
  images: 1,
  rate: 0,
  ...more,
});
const short = pool({ free: 5 * GIB, growth: 20 * GIB });
const critical = pool({ free: GIB, growth: 20 * GIB });

function vm(parameters: Readonly<Record<string, string>> = {}): Primitive {
  const values = { disks: '/srv/a.raw,size=20G', ...parameters };
  return primitive('vm', {
    agent: AGENT,
    parameters: [{ id: 'p', score: 0, values }],
  });
}

const WITHOUT_FENCING = { id: 'o', score: 0, values: { 'stonith-enabled': 'false' } };

/** Each node with what it says of its pools; where the machine runs, if anywhere. */
function stateOf(machine: Primitive, pools: readonly (readonly Pool[])[], on?: string) {
  const nodes = pools.map((list, index) => {
    const name = `n${index + 1}`;
    const words = name === on ? ['monitor 7', 'start 0'] : ['monitor 7'];
    const text = spaceText(list);
    return node(name, {
      history: histories({ ...history('vm', ...words), agent: AGENT }),
      attributes: text === undefined ? {} : { '#space': text },
    });
  });
  return clusterOf(nodes, { configuration: configured([machine], { options: [WITHOUT_FENCING] }) });
}

/** The nodes that are preferred for the sake of disks: those with most for it. */
function preferredIn(state: ClusterState): readonly string[] {
  const world = decide(pictureOf(state, nodeName('n1'), false), LOCAL.wallMs);
  const told = world.contributions.filter(({ from }) => from === ROOM);
  const sums = world.hosts.map(({ index, name }) => {
    const scores = told.filter(({ host }) => host === index).map(({ score }) => score);
    return { name, sum: scores.reduce((sum, score) => sum + score, 0) };
  });
  const most = Math.max(...sums.map(({ sum }) => sum));
  return most === 0 ? [] : sums.filter(({ sum }) => sum === most).map(({ name }) => name);
}

const preferred = (...asked: Parameters<typeof stateOf>): readonly string[] =>
  preferredIn(stateOf(...asked));

describe('a machine that is to be started', () => {
  it('prefers nodes whose pool for its disk is not short', () => {
    expect(preferred(vm(), [[short], [pool({})], []])).toEqual(['n2', 'n3']);
    expect(preferred(vm(), [[pool({})], [pool({})]])).toEqual([]);
  });

  it('is placed there, and still runs where all are short', () => {
    const placed = (pools: readonly (readonly Pool[])[]): readonly string[] =>
      schedule(pictureOf(stateOf(vm(), pools), nodeName('n1'), false), LOCAL.wallMs).placements.map(
        ({ node: name }) => name,
      );
    expect(placed([[], []])).toEqual(['n1']);
    expect(placed([[short], []])).toEqual(['n2']);
    expect(placed([[critical], [critical]])).toEqual(['n1']);
  });

  it('does not mind a pool that it has nothing on, or that all nodes share', () => {
    expect(preferred(vm(), [[pool({}), { ...short, at: '/' }], []])).toEqual([]);
    const device = vm({ disks: '/dev/vg/shop' });
    expect(preferred(device, [[{ ...short, at: '/' }], []])).toEqual([]);
    expect(preferred(vm(), [[{ ...short, shared: true }], []])).toEqual([]);
  });

  it('minds the thin pool of its volume, where the group has only one', () => {
    const device = vm({ disks: '/dev/vg/shop' });
    const thin = { ...short, at: 'vg/pool', type: 'thin' };
    expect(preferred(device, [[thin], []])).toEqual(preferred(vm(), [[short], []]));
    expect(preferred(device, [[thin, { ...thin, at: 'vg/other' }], []])).toEqual([]);
    expect(preferred(vm({ disks: '/dev/data/shop' }), [[thin], []])).toEqual([]);
    expect(preferred(vm({ disks: '/other/a.raw' }), [[short], []])).toEqual([]);
  });
});

describe('a newcomer', () => {
  // The others may take 40 of the 50 GiB that are free.
  const taken = pool({ growth: 40 * GIB });

  it('rather goes where its image of 20 GiB fits beside what the others may grow to', () => {
    expect(preferred(vm(), [[taken], [pool({})], []])).toEqual(['n2', 'n3']);
    expect(preferred(vm({ disks: '/srv/a.raw,size=10G' }), [[taken], [], []])).toEqual([]);
    expect(
      preferred(vm({ disks: '/srv/a.raw,size=6G /srv/b.raw,size=6G' }), [[taken], []]),
    ).toEqual(['n2']);
    expect(preferred(vm({ disks: '/srv/a.raw,size=9216M,bus=scsi' }), [[taken], []])).toEqual([]);
  });

  it('is placed there, and still runs where it fits nowhere', () => {
    const placed = (pools: readonly (readonly Pool[])[]): readonly string[] =>
      schedule(pictureOf(stateOf(vm(), pools), nodeName('n1'), false), LOCAL.wallMs).placements.map(
        ({ node: name }) => name,
      );
    expect(placed([[taken], []])).toEqual(['n2']);
    expect(placed([[taken], [taken]])).toEqual(['n1']);
  });

  it('counts neither where it has run, nor for an image that has to be there', () => {
    const state = stateOf(vm(), [[taken], []]);
    const was = { ...history('vm', 'monitor 7', 'start 0', 'stop 0'), agent: AGENT };
    const name = nodeName('n1');
    const n1 = { ...state.nodes[name]!, history: histories(was) };
    expect(preferredIn({ ...state, nodes: { ...state.nodes, [name]: n1 } })).toEqual([]);
    expect(preferred(vm({ disks: '/srv/a.raw' }), [[taken], []])).toEqual([]);
    expect(preferred(vm(), [[{ ...taken, shared: true }], []])).toEqual([]);
  });

  it('goes where a person prefers it: its image may be there already', () => {
    const machine = vm();
    const rules = { kind: 'location', rules: [], discovery: 'always' } as const;
    const here = { id: 'here', target: { kind: 'resource', resource: machine.id } } as const;
    const state = stateOf(machine, [[taken], []]);
    const constraints = [{ ...rules, ...here, node: nodeName('n1'), score: 2 }];
    const { configuration } = state;
    const preferring = {
      ...state,
      configuration: { ...configuration, model: { ...configuration.model, constraints } },
    };
    const { placements } = schedule(pictureOf(preferring, nodeName('n1'), false), LOCAL.wallMs);
    expect(placements.map(({ node: name }) => name)).toEqual(['n1']);
  });

  it('does not make it leave where it runs', () => {
    expect(preferred(vm({ migration_storage: 'copy' }), [[taken], []], 'n1')).toEqual([]);
  });
});

describe('a machine that runs', () => {
  const copies = vm({ migration_storage: 'copy' });

  it('leaves a pool that is about to be full, if it takes its disk along', () => {
    expect(preferred(copies, [[critical], []], 'n1')).toEqual(['n2']);
    expect(preferred(copies, [[pool({ rate: 60 * 1024 * 1024, free: GIB })], []], 'n1')).toEqual([
      'n2',
    ]);
  });

  it('stays while that is not urgent, or where its disk stays behind', () => {
    expect(preferred(copies, [[short], []], 'n1')).toEqual([]);
    expect(preferred(vm(), [[critical], []], 'n1')).toEqual([]);
  });

  it('does not go where it is as short', () => {
    expect(preferred(copies, [[critical], [short], []], 'n1')).toEqual(['n3']);
    expect(preferred(copies, [[critical], [short]], 'n1')).toEqual(['n1']);
  });

  it('moves live, by itself', () => {
    const state = stateOf(copies, [[critical], []], 'n1');
    const { actions } = schedule(pictureOf(state, nodeName('n1'), false), LOCAL.wallMs);
    const moves = actions.filter(({ kind, pseudo }) => kind === 'migrate_to' && !pseudo);
    expect(moves.map(({ migrateTarget }) => migrateTarget)).toEqual(['n2']);
  });
});
