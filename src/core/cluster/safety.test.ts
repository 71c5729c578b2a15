import { describe, expect, it } from 'vitest';
import type { Configuration, Location, Resource } from '../model/configuration.ts';
import { resourceId } from '../model/ids.ts';
import { otherCopies } from './safety.ts';
import type { ClusterState } from './state.ts';
import {
  apply,
  carryOut,
  clone,
  fenced,
  fenceRequest,
  group,
  n1,
  n2,
  n3,
  openView,
  planCommand,
  primitive,
  probe,
  probedNodes,
  results,
  threeNodes,
} from './testing/cluster.ts';

/** Where another copy of web may be, for a start on n1: `n3: it runs there …`. */
const copies = (state: ClusterState, resource = 'web'): readonly string[] =>
  otherCopies(state, resourceId(resource), n1).map((copy) => `${copy.node}: ${copy.why}`);

const running = carryOut(probedNodes(), 'start web n3');
const UNKNOWN = 'it is not known whether it runs there';

describe('another copy', () => {
  it('is nowhere when every node has said so', () => {
    expect(copies(probedNodes())).toEqual([]);
  });

  it('is not looked for on the node itself', () => {
    expect(copies(carryOut(probedNodes(), 'start web n1'))).toEqual([]);
  });

  it('may be where nobody has looked yet', () => {
    expect(copies(probe(threeNodes(), ['web'], ['n1', 'n2']))).toEqual([`n3: ${UNKNOWN}`]);
  });

  it('is where it was started, found, promoted or watched', () => {
    const there = ['n3: it runs there (the node is online)'];
    expect(copies(running)).toEqual(there);
    const planned = apply(threeNodes(), planCommand(threeNodes(), 'probe web n3'));
    const found = apply(planned, results(planned, 'probe web n3: 0'));
    expect(copies(probe(found, ['web'], ['n2']))).toEqual(there);
    for (const kind of ['promote', 'demote', 'monitor/10000', 'reload']) {
      expect(copies(carryOut(running, `${kind} web n3`))).toEqual(there);
    }
  });

  it('is gone after a stop, and after it has moved away', () => {
    expect(copies(carryOut(running, 'stop web n3'))).toEqual([]);
    expect(copies(carryOut(running, 'migrate_to web n3'))).toEqual([]);
  });

  it.each(['1', 'timed-out', 'unkillable'])(
    'may be there after a stop that ended with %s',
    (end) => {
      const stopping = apply(running, planCommand(running, 'stop web n3'));
      expect(copies(apply(stopping, results(stopping, `stop web n3: ${end}`)))).toEqual([
        `n3: ${UNKNOWN}`,
      ]);
    },
  );

  it.each(['1', 'timed-out'])('may be there after a start that ended with %s', (end) => {
    const starting = apply(probedNodes(), planCommand(probedNodes(), 'start web n3'));
    expect(copies(apply(starting, results(starting, `start web n3: ${end}`)))).toEqual([
      `n3: ${UNKNOWN}`,
    ]);
  });

  it('may be there after a probe that gave no answer, but not where it is not installed', () => {
    const planned = apply(threeNodes(), planCommand(threeNodes(), 'probe web n2', 'probe web n3'));
    const answer = (text: string): ClusterState =>
      apply(planned, results(planned, 'probe web n2'), results(planned, `probe web n3: ${text}`));
    expect(copies(answer('1'))).toEqual([`n3: ${UNKNOWN}`]);
    expect(copies(answer('timed-out'))).toEqual([`n3: ${UNKNOWN}`]);
    expect(copies(answer('5'))).toEqual([]);
  });

  it.each(['start', 'promote', 'migrate_from'])('is coming while a %s is under way', (kind) => {
    const starting = apply(probedNodes(), planCommand(probedNodes(), `${kind} web n3`));
    expect(copies(starting)).toEqual(['n3: it is being started there']);
    const overtaken = apply(starting, planCommand(starting, 'start db n2'));
    expect(copies(overtaken)).toEqual(['n3: it is being started there']);
  });

  it('is still there while a stop is under way', () => {
    const stopping = apply(running, planCommand(running, 'stop web n3'));
    expect(copies(stopping)).toEqual(['n3: it runs there (the node is online)']);
  });
});

describe('on a node that is away, another copy', () => {
  const gone = (before: ClusterState, reason: 'node-down' | 'process-down'): ClusterState =>
    openView(before, { stay: 'n1 n2', left: { n3: reason } });

  it('runs on as long as the node is not confirmed to be off', () => {
    const lost = gone(running, 'node-down');
    expect(copies(lost)).toEqual(['n3: it runs there (the node is lost)']);
    const shot = apply(lost, fenceRequest(lost, 'n3'));
    expect(copies(shot)).toEqual(['n3: it runs there (the node is lost)']);
    expect(copies(apply(shot, fenced(shot, false)))).toHaveLength(1);
    expect(copies(apply(shot, fenced(shot, true)))).toEqual([]);
  });

  it('runs on while only its daemon is away', () => {
    expect(copies(gone(running, 'process-down'))).toEqual(['n3: it runs there (the node is held)']);
  });

  it('may run if it was just being started', () => {
    const starting = apply(probedNodes(), planCommand(probedNodes(), 'start web n3'));
    expect(copies(gone(starting, 'node-down'))).toEqual([`n3: ${UNKNOWN}`]);
    expect(copies(gone(starting, 'process-down'))).toEqual([`n3: ${UNKNOWN}`]);
  });

  it('is not there if it was not there before', () => {
    expect(copies(gone(probedNodes(), 'node-down'))).toEqual([]);
  });

  it('may run on a node that came back, until that is probed', () => {
    const back = openView(gone(running, 'process-down'), { stay: 'n1 n2', join: 'n3/2' });
    expect(copies(back)).toEqual([`n3: ${UNKNOWN}`]);
    expect(copies(probe(back, ['web'], ['n3']))).toEqual([]);
  });

  it('may run on a node that was never seen', () => {
    const added = apply(threeNodes(), { kind: 'nodes-configured', nodes: ['n4' as never] });
    const probed = probe(added, ['web'], ['n1', 'n2', 'n3']);
    expect(copies(probed)).toEqual(['n4: the node was never seen, anything may run there']);
  });

  it('is not on a node that has left in good order', () => {
    const { incarnation } = probedNodes().nodes[n3] ?? { incarnation: '' as never };
    const state = apply(running, { kind: 'node-leaves', node: n3, incarnation });
    expect(copies(state)).toEqual([]);
  });
});

describe('a copy that moves', () => {
  /** From n3 to n2; asked for a start on n1. */
  function moving(): ClusterState {
    const command = planCommand(running, 'migrate_to web n3');
    const actions = command.plan.actions.map((action) => ({
      ...action,
      migrateSource: n3,
      migrateTarget: n2,
    }));
    return apply(running, { ...command, plan: { ...command.plan, actions } });
  }
  const key = 'migrate_to web n3 0 n2';
  const end = (text: string): ClusterState =>
    apply(moving(), results(moving(), `migrate_to web n3${text}`, { key }));
  const ARRIVED = 'n2: it may have moved there';

  it('may be at both ends while it moves', () => {
    expect(copies(moving())).toEqual([ARRIVED, 'n3: it runs there (the node is online)']);
  });

  it('may be at its target as soon as it has left, until the target says something', () => {
    expect(copies(end(''))).toEqual([ARRIVED]);
    const arrived = carryOut(end(''), 'migrate_from web n2');
    expect(copies(arrived)).toEqual(['n2: it runs there (the node is online)']);
    expect(copies(carryOut(end(''), 'stop web n2'))).toEqual([]);
    expect(copies(probe(end(''), ['web'], ['n2']))).toEqual([]);
  });

  it('may be at both ends when it failed to move', () => {
    expect(copies(end(': 1'))).toEqual([ARRIVED, `n3: ${UNKNOWN}`]);
  });

  // The simulator found it: the source was stopped, and then nobody knew of the target any more.
  it('may still be at its target after a stop on the source', () => {
    const stopped = carryOut(end(''), 'stop web n3');
    expect(copies(stopped)).toEqual([ARRIVED]);
    expect(copies(carryOut(stopped, 'stop web n2'))).toEqual([]);
  });

  // The simulator found it: the sending went on, and it arrived after the target's stop.
  it('may still arrive after a stop on the target, while nobody knows how its sending has ended', () => {
    const lost = openView(moving(), { stay: 'n1 n2', left: { n3: 'node-down' } });
    const stopped = carryOut(lost, 'stop web n2');
    expect(copies(stopped).map((each) => each.split(' (')[0])).toContain(ARRIVED);
    const { incarnation } = stopped.nodes[n3] ?? { incarnation: '' as never };
    const gone = apply(stopped, { kind: 'node-leaves', node: n3, incarnation });
    expect(copies(gone)).toContain(`n2: ${UNKNOWN}`);
  });

  it('is looked for at its target when the source is forgotten', () => {
    const gone = (state: ClusterState): ClusterState =>
      openView(state, { stay: 'n1 n2', left: { n3: 'node-down' } });
    const offByHand = (state: ClusterState): readonly string[] =>
      copies(apply(gone(state), { kind: 'fence-confirm', node: n3, by: 'anna' }));
    const offAt = (state: ClusterState): readonly string[] => {
      const lost = gone(state);
      expect(copies(lost)).toContain(ARRIVED);
      const shot = apply(lost, fenceRequest(lost, 'n3'));
      return copies(apply(shot, fenced(shot, true)));
    };
    for (const state of [moving(), end(''), end(': 1')]) {
      expect(offAt(state)).toEqual([`n2: ${UNKNOWN}`]);
      const again = openView(state, { stay: 'n1 n2 n3/2' });
      expect(copies(again)).toEqual([`n2: ${UNKNOWN}`, `n3: ${UNKNOWN}`]);
      expect(offByHand(state)).toEqual([`n2: ${UNKNOWN}`]);
    }
    const settled = carryOut(end(''), 'migrate_from web n2', 'stop web n2');
    expect(offByHand(settled)).toEqual([]);
  });
});

describe('which resources run once', () => {
  it('those of groups as well as those alone', () => {
    const state = threeNodes({ resources: [group('stack', 'web', 'db')] });
    expect(copies(state)).toEqual([`n2: ${UNKNOWN}`, `n3: ${UNKNOWN}`]);
  });

  it('not the instances of clones: their number is the plan’s', () => {
    const state = carryOut(threeNodes({ resources: [clone('webs', 'web')] }), 'start web n3');
    expect(copies(state)).toEqual([]);
  });
});

describe('resource discovery', () => {
  const state = (more: Partial<Location>, rest: Partial<Configuration> = {}): readonly string[] =>
    copies(
      threeNodes({
        constraints: [
          {
            kind: 'location',
            id: 'l',
            target: { kind: 'resource', resource: resourceId('web') },
            rules: [],
            discovery: 'never',
            ...more,
          },
        ],
        ...rest,
      }),
    );
  const both = [`n2: ${UNKNOWN}`, `n3: ${UNKNOWN}`];

  it('never: is the word of the administrator for that node, and no other', () => {
    expect(state({ node: n3 })).toEqual([`n2: ${UNKNOWN}`]);
  });

  it('exclusive: leaves only the named node to be asked', () => {
    expect(state({ node: n3, discovery: 'exclusive' })).toEqual([`n3: ${UNKNOWN}`]);
  });

  it('by a rule: is the scheduler’s to say', () => {
    expect(state({})).toEqual([]);
  });

  it('is believed only for its own resource', () => {
    const target = { kind: 'resource', resource: resourceId('db') } as const;
    expect(state({ node: n3, target })).toEqual(both);
    expect(state({ node: n3, discovery: 'always' })).toEqual(both);
  });

  it('reaches it through a group, a tag, a template, a set or a pattern', () => {
    const about = (
      target: Location['target'],
      rest: Partial<Configuration> = {},
    ): readonly string[] => state({ node: n3, target }, rest);
    const resource = (id: string): Location['target'] => ({
      kind: 'resource',
      resource: resourceId(id),
    });
    const only = [`n2: ${UNKNOWN}`];
    const stack: readonly Resource[] = [group('stack', 'web')];
    expect(about(resource('stack'), { resources: stack })).toEqual(only);
    expect(about(resource('slow'), { tags: [{ id: 'slow', references: ['web'] }] })).toEqual(only);
    const templated: readonly Resource[] = [primitive('web', { template: 'vm' })];
    expect(about(resource('vm'), { resources: templated })).toEqual(only);
    const sets = [{ id: 's', resources: [resourceId('web')], sequential: true, requireAll: true }];
    expect(about({ kind: 'sets', sets })).toEqual(only);
    expect(about({ kind: 'pattern', pattern: '^w', negated: false })).toEqual(only);
    expect(about({ kind: 'pattern', pattern: '^w', negated: true })).toEqual(both);
    expect(about({ kind: 'pattern', pattern: '(', negated: false })).toEqual(both);
  });

  it('can be switched off for a node, and for all', () => {
    const values = { 'resource-discovery-enabled': 'false' };
    const attributes = [{ id: 'a', score: 0, values }];
    const nodes = [{ id: '3', name: n3, type: 'member', attributes, utilization: [] } as const];
    expect(state({ discovery: 'always' }, { nodes })).toEqual([`n2: ${UNKNOWN}`]);
    const options = [{ id: 'o', score: 0, values: { 'enable-startup-probes': 'no' } }];
    expect(state({ discovery: 'always' }, { options })).toEqual([]);
  });
});
