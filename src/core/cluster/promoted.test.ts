import { describe, expect, it } from 'vitest';
import type { Clone, Resource } from '../model/configuration.ts';
import { resourceId } from '../model/ids.ts';
import { otherPromoted } from './promoted.ts';
import type { ClusterState } from './state.ts';
import {
  apply,
  carryOut,
  clone,
  fenced,
  fenceRequest,
  n1,
  openView,
  planCommand,
  primitive,
  probe,
  results,
  threeNodes,
} from './testing/cluster.ts';

const block = (values: Readonly<Record<string, string>>) => [{ id: 'b', score: 0, values }];
const dbs = (more: Partial<Clone> = {}): Resource =>
  ({ ...clone('dbs', 'db'), promotable: true, ...more }) as Clone;
const before = (more: Partial<Clone> = {}): ClusterState =>
  probe(threeNodes({ resources: [dbs(more)] }), ['db'], ['n1', 'n2', 'n3']);

/** Where another copy of db may be promoted, for a promotion on n1: `n3: it is promoted there …`. */
const copies = (state: ClusterState, instance = 'db'): readonly string[] =>
  otherPromoted(state, resourceId(instance), n1).map((copy) => `${copy.node}: ${copy.why}`);

const started = carryOut(before(), 'start db n1', 'start db n2', 'start db n3');
const promoted = carryOut(started, 'promote db n3');
const THERE = 'n3: it is promoted there (the node is online)';
const UNKNOWN = 'n3: it is not known whether it is promoted there';

/** `demote db n3: 1`: planned and ended so. */
const ended = (state: ClusterState, text: string): ClusterState => {
  const planned = apply(state, planCommand(state, text.split(': ')[0] ?? ''));
  return apply(planned, results(planned, text));
};

describe('another promoted copy', () => {
  it('is nowhere when every node has said so, whatever runs there', () => {
    expect(copies(before())).toEqual([]);
    expect(copies(started)).toEqual([]);
  });

  it('is not looked for on the node itself', () => {
    expect(copies(carryOut(started, 'promote db n1'))).toEqual([]);
  });

  it('is where it was promoted or found, until it is demoted or stopped there', () => {
    expect(copies(promoted)).toEqual([THERE]);
    expect(copies(ended(before(), 'probe db n3: 8'))).toEqual([THERE]);
    expect(copies(ended(promoted, 'monitor/9000 db n3: 9'))).toEqual([THERE]);
    expect(copies(carryOut(promoted, 'demote db n3'))).toEqual([]);
    expect(copies(carryOut(promoted, 'stop db n3'))).toEqual([]);
  });

  it('has the same name whichever instance of its clone it is', () => {
    const state = carryOut(started, 'promote db:2 n3');
    expect(copies(state, 'db:0')).toEqual([THERE]);
    expect(copies(state, 'db')).toEqual([THERE]);
  });

  it.each(['1', 'timed-out', 'unkillable'])('may be there after what ended with %s', (end) => {
    expect(copies(ended(started, `promote db n3: ${end}`))).toEqual([UNKNOWN]);
    expect(copies(ended(promoted, `demote db n3: ${end}`))).toEqual([UNKNOWN]);
    expect(copies(ended(promoted, `stop db n3: ${end}`))).toEqual([UNKNOWN]);
  });

  it('is not there after a start that failed, nor because a monitor fails', () => {
    expect(copies(ended(before(), 'start db n3: 1'))).toEqual([]);
    expect(copies(ended(started, 'monitor/10000 db n3: 1'))).toEqual([]);
    expect(copies(ended(promoted, 'monitor/9000 db n3: 1'))).toEqual([THERE]);
  });

  it('may be where nobody has looked yet', () => {
    const unseen = probe(threeNodes({ resources: [dbs()] }), ['db'], ['n1', 'n2']);
    expect(copies(unseen)).toEqual([UNKNOWN]);
  });

  it('is coming while a promotion is under way, and there while a demotion is', () => {
    const coming = apply(started, planCommand(started, 'promote db n3'));
    expect(copies(coming)).toEqual(['n3: it is being promoted there']);
    expect(copies(apply(promoted, planCommand(promoted, 'demote db n3')))).toEqual([THERE]);
  });
});

describe('on a node that is away, another promoted copy', () => {
  const gone = (state: ClusterState, reason: 'node-down' | 'process-down'): ClusterState =>
    openView(state, { stay: 'n1 n2', left: { n3: reason } });

  it('stays promoted as long as the node is not confirmed to be off', () => {
    const lost = gone(promoted, 'node-down');
    expect(copies(lost)).toEqual(['n3: it is promoted there (the node is lost)']);
    const shot = apply(lost, fenceRequest(lost, 'n3'));
    expect(copies(apply(shot, fenced(shot, false)))).toHaveLength(1);
    expect(copies(apply(shot, fenced(shot, true)))).toEqual([]);
  });

  it('stays promoted while only its daemon is away', () => {
    const held = gone(promoted, 'process-down');
    expect(copies(held)).toEqual(['n3: it is promoted there (the node is held)']);
  });

  it('may be there if it was just being promoted, and is not if it only ran', () => {
    const coming = apply(started, planCommand(started, 'promote db n3'));
    expect(copies(gone(coming, 'node-down'))).toEqual([UNKNOWN]);
    expect(copies(gone(started, 'node-down'))).toEqual([]);
  });

  it('may be there on a node that came back, until that is probed', () => {
    const back = openView(gone(promoted, 'process-down'), { stay: 'n1 n2', join: 'n3/2' });
    expect(copies(back)).toEqual([UNKNOWN]);
    expect(copies(probe(back, ['db'], ['n3']))).toEqual([]);
  });

  it('may be on a node that was never seen', () => {
    const state = threeNodes({ resources: [dbs()] });
    const added = apply(state, { kind: 'nodes-configured', nodes: ['n4' as never] });
    expect(copies(probe(added, ['db'], ['n1', 'n2', 'n3']))).toEqual([
      'n4: the node was never seen, anything may run there',
    ]);
  });
});

describe('which promotions are looked at', () => {
  it('those of members of a cloned group', () => {
    const members = [primitive('db'), primitive('log')];
    const group = { id: resourceId('pair'), meta: [], parameters: [], members };
    const state = before({ child: { kind: 'group', ...group } });
    expect(copies(carryOut(state, 'start db n3', 'promote db n3'))).toEqual([THERE]);
  });

  it('not where more than one may be promoted', () => {
    for (const name of ['promoted-max', 'master-max']) {
      const state = before({ meta: block({ [name]: '2' }) });
      expect(copies(carryOut(state, 'start db n3', 'promote db n3'))).toEqual([]);
      const one = before({ meta: block({ [name]: '1' }) });
      expect(copies(carryOut(one, 'start db n3', 'promote db n3'))).toEqual([THERE]);
    }
  });
});
