import { describe, expect, it } from 'vitest';
import { CAPACITY_ATTRIBUTE } from '../model/capacity.ts';
import { nodeName, resourceId, wallMs } from '../model/ids.ts';
import type { NodeStatus, Picture } from '../model/picture.ts';
import { schedule } from '../scheduler/schedule.ts';
import type { Mark } from './marks.ts';
import { pictureOf } from './picture.ts';
import type { ClusterState } from './state.ts';
import {
  apply,
  carryOut,
  fenced,
  fenceRequest,
  group,
  n1,
  n2,
  n3,
  openView,
  planCommand,
  primitive,
  probedNodes,
  threeNodes,
} from './testing/cluster.ts';

const web = resourceId('web');
const picture = (state: ClusterState): Picture => pictureOf(state, n1, false);
const status = (state: ClusterState, name: string): NodeStatus | undefined =>
  picture(state).status.nodes.find((node) => node.name === name);
const mark = (more: object): Mark =>
  ({ id: 'm', by: 'anna', setAt: wallMs(0), ...more }) as unknown as Mark;
const marked = (more: object, state = probedNodes()): Picture =>
  picture(apply(state, { kind: 'set-mark', mark: mark(more) }));
const metaOf = (made: Picture, id: string): Readonly<Record<string, string>> | undefined =>
  made.configuration.resources.find((each) => each.id === id)?.meta[0]?.values;

describe('the picture', () => {
  const running = carryOut(probedNodes(), 'start web n3');

  it('shows members as online, with what is known of them', () => {
    expect(status(running, 'n3')).toMatchObject({
      memberSince: 1,
      processSince: 1,
      join: 'member',
      expected: 'member',
    });
    expect(status(running, 'n3')?.held).toBeUndefined();
    const known = status(running, 'n3')?.history.find((entry) => entry.resource === 'web');
    expect(known?.operations.at(-1)).toMatchObject({ operation: 'start', status: 'done' });
  });

  it('shows a lost node as one that should be there, a node that left as one that should not', () => {
    const lost = openView(running, { stay: 'n1 n2', left: { n3: 'node-down' } });
    expect(status(lost, 'n3')).toMatchObject({ memberSince: 0, join: 'down', expected: 'member' });
    expect(status(lost, 'n3')?.history).not.toEqual([]);
    const shot = apply(lost, fenceRequest(lost, 'n3'));
    const down = apply(shot, fenced(shot, true));
    expect(status(down, 'n3')).toMatchObject({ memberSince: 0, join: 'down', expected: 'down' });
    expect(status(down, 'n3')?.history).toEqual([]);
  });

  it('shows a node whose daemon is away as held, with all that runs there', () => {
    const held = openView(running, { stay: 'n1 n2', left: { n3: 'process-down' } });
    expect(status(held, 'n3')).toMatchObject({ join: 'member', held: true });
    expect(status(held, 'n3')?.history).toEqual(status(running, 'n3')?.history);
  });

  it("puts what an agent has set for good over what is configured, and below people's commands", () => {
    const base = probedNodes();
    const site = { kind: 'node-attribute', id: 'a', node: n1, name: 'site', value: 'b' };
    const model = {
      ...base.configuration.model,
      nodes: [
        {
          id: 'n1',
          name: n1,
          type: 'member' as const,
          attributes: [{ id: 'own', score: 0, values: { site: 'a' } }],
          utilization: [],
        },
      ],
    };
    const made = marked(site, { ...base, configuration: { ...base.configuration, model } });
    const values = made.configuration.nodes.map(({ name, attributes }) => [
      name,
      ...attributes.map((block) => block.values),
    ]);
    expect(values).toContainEqual(['n1', { site: 'b' }, { site: 'a' }]);
    expect(values).toContainEqual(['n2']);
  });

  it('holds nothing of what an agent notes for the whole cluster', () => {
    const note = { kind: 'cluster-attribute', id: 'a', name: 'db_REPL_INFO', value: 'n1|5' };
    expect(JSON.stringify(marked(note))).not.toContain('REPL_INFO');
  });

  it('leaves out what was never seen: that it is missing is what the scheduler must know', () => {
    const added = apply(threeNodes(), { kind: 'nodes-configured', nodes: ['n4' as never] });
    expect(status(added, 'n4')).toBeUndefined();
    expect(picture(added).configuration.nodes.map((node) => node.name)).toContain('n4');
  });

  it('shows what runs as pending, so that it is not begun twice', () => {
    const starting = apply(running, planCommand(running, 'start db n2', 'notify web n3'));
    const known = status(starting, 'n2')?.history.find((entry) => entry.resource === 'db');
    expect(known?.operations.at(-1)).toMatchObject({
      operation: 'start',
      status: 'pending',
      callId: -1,
      digest: 'd1',
    });
    const notified = status(starting, 'n3')?.history.find((entry) => entry.resource === 'web');
    expect(notified?.operations.some((entry) => entry.status === 'pending')).toBe(false);
    const overtaken = apply(starting, planCommand(starting, 'start ip n1'));
    const later = status(overtaken, 'n2')?.history.find((entry) => entry.resource === 'db');
    expect(later?.operations.at(-1)?.status).toBe('pending');
  });

  it('has quorum only where the cluster may act', () => {
    expect(picture(running).status.quorate).toBe(true);
    const frozen = openView(running, { stay: 'n1 n2 n3', quorate: true, acting: false });
    expect(picture(frozen).status.quorate).toBe(false);
  });

  it('says that a node is to leave, by the second', () => {
    const asked = apply(running, { kind: 'shutdown-request', node: n2, by: 'anna' });
    expect(status(asked, 'n2')?.transient[0]?.values['shutdown']).toMatch(/^\d+$/);
    expect(status(asked, 'n1')?.transient[0]?.values['shutdown']).toBeUndefined();
  });

  it('does not say so of one that was lost before it had left: it is to be fenced', () => {
    const asked = apply(running, { kind: 'shutdown-request', node: n2, by: 'anna' });
    const lost = openView(asked, { stay: 'n1 n3', left: { n2: 'node-down' } });
    expect(status(lost, 'n2')).toMatchObject({ memberSince: 0, expected: 'member' });
    expect(status(lost, 'n2')?.transient[0]?.values['shutdown']).toBeUndefined();
  });

  it('is the same whatever the order in which the records came to be', () => {
    const turned = {
      ...running,
      nodes: Object.fromEntries(Object.entries(running.nodes).reverse()),
    };
    expect(picture(turned as ClusterState)).toEqual(picture(running));
  });
});

describe('the picture of a node that is alone', () => {
  const running = carryOut(probedNodes(), 'start web n1', 'start db n3');
  const alone = pictureOf(running, n1, true);

  it('has no quorum and the policy stop, whatever is configured', () => {
    const values = { 'no-quorum-policy': 'ignore' };
    const options = [{ id: 'cib-bootstrap-options', score: 1_000_000, values }];
    const ignoring = pictureOf(probedNodes({ options }), n1, true);
    for (const made of [alone, ignoring]) {
      expect(made.status.quorate).toBe(false);
      const [first] = made.configuration.options;
      expect(first?.values).toEqual({ 'no-quorum-policy': 'stop' });
      // The scheduler takes it before all others.
      expect(first?.id).toBe('cib-bootstrap-options');
    }
  });

  it('knows nothing of the others, so that its stops wait for nobody', () => {
    const other = alone.status.nodes.find((node) => node.name === n3);
    expect(other).toMatchObject({ memberSince: 0, expected: 'down', history: [], transient: [] });
    const self = alone.status.nodes.find((node) => node.name === n1);
    expect(self?.history.map((entry) => entry.resource)).toContain('web');
  });
});

describe('the picture without quorum', () => {
  const policyOf = (policy: string, view: { quorate: boolean; acting?: boolean }): unknown => {
    const options = [{ id: 'o', score: 0, values: { 'no-quorum-policy': policy } }];
    const state = openView(probedNodes({ options }), { stay: 'n1 n2 n3', ...view });
    return picture(state).configuration.options[0]?.values['no-quorum-policy'];
  };

  it.each([
    ['fence', 'stop'],
    ['suicide', 'stop'],
    ['ignore', 'freeze'],
    ['freeze', 'freeze'],
    ['demote', 'demote'],
    ['stop', 'stop'],
  ])('has for the policy %s what can be done: %s', (policy, done) => {
    expect(policyOf(policy, { quorate: false })).toBe(done);
    expect(policyOf(policy, { quorate: true, acting: false })).toBe(done);
    expect(policyOf(policy, { quorate: true })).toBe(policy);
  });
});

describe('marks in the picture', () => {
  it('of nodes become attributes of theirs alone', () => {
    const made = marked({ kind: 'node-standby', node: n2 });
    const values = made.configuration.nodes.map((node) => node.attributes[0]?.values);
    expect(values).toEqual([undefined, { standby: 'on' }, undefined]);
    const kept = marked({ kind: 'node-maintenance', node: n2 });
    expect(kept.configuration.nodes[1]?.attributes[0]?.values).toEqual({ maintenance: 'true' });
    const evacuated = (evacuation: 'wanted' | 'done') =>
      marked({ kind: 'node-maintenance', node: n2, evacuation }).configuration.nodes[1]
        ?.attributes[0]?.values;
    expect(evacuated('wanted')).toEqual({ standby: 'on' });
    expect(evacuated('done')).toEqual({ standby: 'on', maintenance: 'true' });
  });

  it('of resources count more than what is configured', () => {
    const meta = [{ id: 'c', score: 1_000_000, values: { 'target-role': 'Stopped' } }];
    const stopped = probedNodes({ resources: [primitive('web', { meta })] });
    const made = marked({ kind: 'target-role', resource: web, role: 'Started' }, stopped);
    expect(metaOf(made, 'web')).toEqual({ 'target-role': 'Started' });
    expect(metaOf(marked({ kind: 'resource-maintenance', resource: web }), 'web')).toEqual({
      maintenance: 'true',
    });
    expect(metaOf(marked({ kind: 'resource-maintenance', resource: web }), 'db')).toBeUndefined();
  });

  it('reach the members of groups', () => {
    const grouped = probedNodes({ resources: [group('stack', 'web', 'db')] });
    const made = marked({ kind: 'target-role', resource: web, role: 'Stopped' }, grouped);
    const [stack] = made.configuration.resources;
    if (stack?.kind !== 'group') throw new Error('there must be a group');
    expect(stack.members.map((member) => member.meta[0]?.values)).toEqual([
      { 'target-role': 'Stopped' },
      undefined,
    ]);
  });

  it('of moves become a location with infinity, for or against', () => {
    const to = marked({
      kind: 'move',
      id: 'move:web',
      resource: web,
      to: n2,
      expiresAt: wallMs(9),
    });
    expect(to.configuration.constraints).toMatchObject([
      { kind: 'location', id: 'move:web', node: 'n2', score: 1_000_000, expiresAtWallMs: 9 },
    ]);
    const away = marked({ kind: 'move', resource: web, away: n2 });
    expect(away.configuration.constraints).toMatchObject([{ node: 'n2', score: -1_000_000 }]);
    expect(marked({ kind: 'move', resource: web }).configuration.constraints).toEqual([]);
  });

  it('of a restart stop it', () => {
    const running = carryOut(probedNodes(), 'start web n3');
    const made = marked({ kind: 'restart', resource: web }, running);
    expect(metaOf(made, 'web')).toEqual({ 'target-role': 'Stopped' });
  });
});

describe('what a node has', () => {
  const block = (values: Readonly<Record<string, string>>) => ({ id: 'b', score: 0, values });
  const machines = ['vma', 'vmb', 'vmc'].map((id, at) =>
    primitive(id, {
      meta: [block({ priority: String(at) })],
      utilization: [block({ memory: '800', cpu: '2' })],
    }),
  );
  const told = (strategy: string, ...nodes: readonly string[]): ClusterState =>
    nodes.reduce(
      (state, node) =>
        apply(state, {
          kind: 'attribute',
          node: nodeName(node),
          name: CAPACITY_ATTRIBUTE,
          value: 'memory=1000 cpu=1',
        }),
      probedNodes({
        resources: machines,
        options: [block({ 'placement-strategy': strategy, 'stonith-enabled': 'false' })],
      }),
    );
  const starts = (state: ClusterState): readonly string[] =>
    schedule(picture(state), wallMs(0))
      .actions.filter(({ kind }) => kind === 'start')
      .map(({ resource, node }) => `${resource ?? ''} ${node ?? ''}`)
      .toSorted();

  it('counts as its daemon has found it, where utilization counts: not all fit, the important do', () => {
    expect(starts(told('utilization', 'n1', 'n2'))).toHaveLength(2);
    expect(starts(told('utilization', 'n1', 'n2')).join()).toMatch(/^vmb n\d,vmc n\d$/);
    expect(starts(told('utilization', 'n1', 'n2', 'n3'))).toHaveLength(3);
  });

  it('does not count otherwise, nor does it make the leader think', () => {
    expect(starts(told('default', 'n1', 'n2'))).toHaveLength(3);
    const wanted = (state: ClusterState): number => state.decision.wanted;
    expect(wanted(told('default', 'n1'))).toBe(wanted(told('default')));
    expect(wanted(told('utilization', 'n1'))).toBe(wanted(told('utilization')) + 1);
  });

  it('is not known yet: what runs there stays, nothing comes', () => {
    const running = carryOut(told('utilization', 'n1'), 'start vma n3');
    const { nodes } = picture(running).configuration;
    const memory = (name: string) =>
      nodes.find((node) => node.name === name)?.utilization.at(-1)?.values['memory'];
    expect([memory('n1'), memory('n2'), memory('n3')]).toEqual(['900', '0', '1000000000']);
  });

  it('is what is configured, where it is', () => {
    const configured = { id: 'n1', name: nodeName('n1'), type: 'member', attributes: [] } as const;
    const node = { ...configured, utilization: [block({ memory: '5' })] };
    const state = probedNodes({
      nodes: [node],
      options: [block({ 'placement-strategy': 'balanced' })],
    });
    const [first] = picture(state).configuration.nodes;
    expect(first?.utilization[0]?.values['memory']).toBe('5');
  });
});
