import { describe, expect, it } from 'vitest';

import type { Mark } from '../cluster/marks.ts';
import { nodeName, resourceId, wallMs } from '../model/ids.ts';
import { statusView } from './status.ts';
import {
  LOCAL,
  NOON,
  action,
  chain,
  clone,
  clusterOf,
  configured,
  group,
  histories,
  history,
  node,
  primitive,
  viewOf,
} from './testing/states.ts';
import type { ResourceView } from './types.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';

const web = configured([primitive('web')]);
const running = node('n1', { history: histories(history('web', 'monitor 7', 'start 0')) });
const idle = node('n2', { history: histories(history('web', 'monitor 7')) });

function resourceOf(
  cluster: Parameters<typeof statusView>[0],
  view = viewOf(['n1', 'n2']),
): ResourceView {
  const found = statusView(cluster, view, LOCAL).resources[0];
  if (found === undefined) throw new Error('no resource');
  return found;
}

describe('a resource that runs', () => {
  it('says where, since when, and gives no reason', () => {
    const view = resourceOf(clusterOf([running, idle], { configuration: web }));
    expect(view).toMatchObject({ id: 'web', state: 'running', agent: 'ocf:heartbeat:Dummy' });
    expect(view.on).toEqual([
      { node: 'n1', state: 'running', role: 'Started', since: NOON - 598_000 },
    ]);
    expect(view.whyNot).toBeUndefined();
  });

  it('is not managed while the whole cluster is in maintenance', () => {
    const maintained = (value: string): ResourceView => {
      const values = { 'maintenance-mode': value };
      const options = [{ id: 'options', values }] as unknown as NonNullable<
        typeof web.model
      >['options'];
      const configuration = configured([primitive('web')], { options });
      return resourceOf(clusterOf([running, idle], { configuration }));
    };
    expect(maintained('true').managed).toBe(false);
    expect(maintained('false').managed).toBe(true);
  });

  it('counts its failures on the node', () => {
    const failed = { ...running, attributes: { 'fail-count-web#monitor_10000': '2' } };
    const view = resourceOf(clusterOf([failed], { configuration: web }));
    expect(view.on[0]?.failCount).toBe(2);
  });

  it('and is not configured any more is an alarm until it is stopped, and says whether it will be', () => {
    const left = { ...running, history: histories(history('old', 'start 0')) };
    const about = { code: 'removed', about: 'old', text: 'old is known.' };
    const decision = { ...clusterOf([]).decision, findings: [about] };
    const said = (...nodes: readonly (typeof running)[]) =>
      statusView(clusterOf(nodes, { decision }), viewOf(['n1']), LOCAL).alarms;
    expect(said(left)).toEqual([
      {
        severity: 'warning',
        text: 'old is not in the configuration any more, but runs on n1, and nobody watches it.',
        advice: 'put it back into the configuration, or stop it there by hand',
      },
    ]);
    const transition = chain([action('stop old n1', 0), 'ready']);
    expect(
      statusView(clusterOf([left], { decision, transition }), viewOf(['n1']), LOCAL).alarms,
    ).toEqual([
      { severity: 'info', text: 'old is not in the configuration any more: it is stopped on n1.' },
    ]);
    expect(said(node('n1', { history: histories(history('old', 'start 0', 'stop 0')) }))).toEqual(
      [],
    );
  });

  it('raises an alarm when it runs twice', () => {
    const twice = { ...idle, history: histories(history('web', 'monitor 0')) };
    const status = statusView(
      clusterOf([running, twice], { configuration: web }),
      viewOf(['n1', 'n2']),
      LOCAL,
    );
    expect(status.alarms).toContainEqual({
      severity: 'error',
      text: 'web runs on n1 and n2 at once.',
    });
  });

  it('is promoted where its instance is', () => {
    const configuration = configured([clone('db-clone', primitive('db'), true)]);
    const promoted = node('n1', { history: histories(history('db', 'start 0', 'promote 0')) });
    const other = node('n2', { history: histories(history('db', 'start 0')) });
    const view = resourceOf(clusterOf([promoted, other], { configuration }));
    expect(view.kind).toBe('promotable');
    expect(view.on.map((place) => [place.node, place.role])).toEqual([
      ['n1', 'Promoted'],
      ['n2', 'Unpromoted'],
    ]);
  });

  it('shows what its agent thinks of promoting it, of promotable clones alone', () => {
    const runs = histories(history('db', 'start 0'), history('web', 'start 0'));
    const attributes = { 'master-db': '10', 'master-web': '5' };
    const nodes = [node('n1', { history: runs, attributes }), node('n2', { history: runs })];
    const configuration = configured([
      clone('db-clone', primitive('db'), true),
      clone('web-clone', primitive('web')),
    ]);
    const views = statusView(clusterOf(nodes, { configuration }), viewOf(['n1', 'n2']), LOCAL);
    const [first, second] = views.resources.map(({ children }) => children[0]?.on ?? []);
    expect(first?.map(({ promotionScore }) => promotionScore)).toEqual(['10', undefined]);
    expect(second?.map(({ promotionScore }) => promotionScore)).toEqual([undefined, undefined]);
  });
});

describe('a resource that does not run says why', () => {
  it('no quorum', () => {
    const view = viewOf(['n1'], { quorate: false, phase: { kind: 'open', acting: false } });
    expect(resourceOf(clusterOf([idle], { configuration: web }), view).whyNot).toEqual({
      reason: 'Nothing is started: there is no quorum.',
      advice: expect.stringContaining('bring other nodes back'),
    });
  });

  it('an operation is under way', () => {
    const transition = chain([action('start web n2', 0), 'ready']);
    const view = resourceOf(clusterOf([idle], { configuration: web, transition }));
    expect(view.state).toBe('starting');
    expect(view.whyNot?.reason).toBe('Under way: start web on n2.');
  });

  it('a start waits for a fencing, through pseudo actions', () => {
    const transition = chain(
      [action('fence n1', 0, { fenceMethod: 'off' }), 'ready'],
      [action('pseudo all n2', 1, { pseudo: true }), 'waiting'],
      [action('start web n2', 2), 'waiting'],
    );
    const view = resourceOf(clusterOf([idle], { configuration: web, transition }));
    expect(view.whyNot?.reason).toBe('Planned: start web on n2, after: fence n1 (off).');
  });

  it('an order has it wait for what does not run', () => {
    const [base, app] = [resourceId('base'), resourceId('web')];
    const resources = [primitive('web'), primitive('base')];
    const orders = (orderKind: 'Mandatory' | 'Optional') => [
      // oxlint-disable-next-line unicorn/no-thenable -- the field's own word
      { kind: 'order', id: 'o', first: base, then: app, firstAction: 'start', orderKind } as const,
    ];
    const shown = (orderKind: 'Mandatory' | 'Optional', ...nodes: readonly (typeof idle)[]) => {
      const constraints = orders(orderKind).map((order) => ({ ...order, requireAll: true }));
      const configuration = configured(resources, { constraints });
      return resourceOf(clusterOf(nodes, { configuration })).whyNot;
    };
    expect(shown('Mandatory', idle)).toEqual({
      reason: 'It waits for base, which does not run (order o).',
      advice: 'holdfast why base',
    });
    const started = node('n2', { history: histories(history('base', 'start 0')) });
    for (const other of [shown('Optional', idle), shown('Mandatory', started)]) {
      expect(other?.reason).toBe('The last decision gave no reason.');
    }
  });

  it('an order of sets has it wait for what does not run of the set before', () => {
    const resources = ['web', 'base', 'other'].map((id) => primitive(id));
    const shown = (requireAll: boolean, ...nodes: readonly (typeof idle)[]) => {
      const set = (id: string, ...members: readonly string[]) =>
        ({ id, resources: members.map(resourceId), sequential: false, requireAll }) as const;
      const sets = [set('x', 'base', 'other'), set('y', 'web')];
      const order = { kind: 'order-sets', id: 'o', sets, orderKind: 'Mandatory' } as const;
      const configuration = configured(resources, { constraints: [order] });
      return resourceOf(clusterOf(nodes, { configuration })).whyNot?.reason;
    };
    const started = node('n2', { history: histories(history('base', 'start 0')) });
    expect(shown(true, started)).toBe('It waits for other, which does not run (order o).');
    expect(shown(false, idle)).toBe(
      'It waits for any of base, other, none of which runs (order o).',
    );
    expect(shown(false, started)).toBe('The last decision gave no reason.');
  });

  it('may still run on a lost node', () => {
    const lost = { ...running, condition: 'lost' as const };
    const view = resourceOf(clusterOf([lost, idle], { configuration: web }));
    expect(view.state).toBe('unclean');
    expect(view.whyNot).toEqual({
      reason: 'It may still be running on n1, which is lost and not confirmed to be off.',
      advice: 'make sure that n1 is off, then: holdfast fence confirm n1',
    });
  });

  it('the decision gives a reason and an advice', () => {
    const unplaced = [
      { resource: resourceId('web'), reason: 'It failed 3 times.', advice: 'clean up' },
    ];
    const cluster = clusterOf([idle], { configuration: web });
    const view = resourceOf({ ...cluster, decision: { ...cluster.decision, unplaced } });
    expect(view).toMatchObject({
      state: 'stopped',
      whyNot: { reason: 'It failed 3 times.', advice: 'clean up' },
    });
  });

  it('a member takes the reason of its group when it has none of its own', () => {
    const unplaced = [{ resource: resourceId('site'), reason: 'The group is stopped.' }];
    const cluster = clusterOf([idle], {
      configuration: configured([group('site', [primitive('web')])]),
    });
    const view = resourceOf({ ...cluster, decision: { ...cluster.decision, unplaced } });
    expect(view.whyNot?.reason).toBe('The group is stopped.');
    expect(view.children[0]?.whyNot?.reason).toBe('The group is stopped.');
  });

  it('a decision is being made', () => {
    const cluster = clusterOf([idle], { configuration: web });
    const decision = { ...cluster.decision, wanted: 2, because: 'n3 joined' };
    expect(resourceOf({ ...cluster, decision }).whyNot?.reason).toBe(
      'A decision is being made, because n3 joined.',
    );
  });

  it("its agent failed, in the agent's own words", () => {
    const failed = node('n1', { history: histories(history('web', 'start 1 port 80 is in use')) });
    const view = resourceOf(clusterOf([failed], { configuration: web }));
    expect(view.state).toBe('failed');
    expect(view.whyNot).toEqual({
      reason: 'The start of web on n1 exited 1 (error): port 80 is in use.',
      advice: 'mend the cause, then: holdfast resource cleanup web',
    });
  });

  it('the scheduler failed', () => {
    const cluster = clusterOf([idle], { configuration: web });
    const decision = { ...cluster.decision, frozen: 'assertion in colocation' };
    const view = resourceOf({ ...cluster, decision });
    expect(view.whyNot?.reason).toContain('assertion in colocation');
  });
});

describe('nodes', () => {
  const nodesOf = (cluster: Parameters<typeof statusView>[0], view = viewOf(['n1', 'n2'])) =>
    statusView(cluster, view, LOCAL).nodes.map(({ name, state }) => `${name} ${state}`);

  it('are joined from what is configured, seen and joining, in order', () => {
    const configuration = configured([], {
      nodes: [{ id: 'n9', name: nodeName('n9'), type: 'member', attributes: [], utilization: [] }],
    });
    const view = viewOf(['n1'], { joining: [nodeName('n3')] });
    expect(
      nodesOf(clusterOf([node('n2', { condition: 'lost' }), node('n1')], { configuration }), view),
    ).toEqual(['n1 online', 'n2 lost', 'n3 joining', 'n9 unseen']);
  });

  it('show standby, maintenance and leaving', () => {
    const mark: Mark = {
      kind: 'node-standby',
      id: 'standby:n1',
      node: nodeName('n1'),
      by: 'anna@n1',
      setAt: wallMs(NOON),
      expiresAt: wallMs(NOON + 3_600_000),
    };
    const cluster = clusterOf(
      [
        node('n1'),
        node('n2', { attributes: { maintenance: 'true' } }),
        node('n3', { shutdownRequested: true }),
      ],
      { marks: { [mark.id]: mark } },
    );
    expect(nodesOf(cluster)).toEqual(['n1 standby', 'n2 maintenance', 'n3 leaving']);
    const status = statusView(cluster, viewOf(['n1', 'n2']), LOCAL);
    expect(status.nodes[0]).toMatchObject({ until: NOON + 3_600_000, because: 'set by anna@n1' });
    expect(status.marks[0]?.undo).toBe('holdfast node online n1');
    expect(status.next[0]).toMatchObject({ kind: 'time', at: NOON + 3_600_000 });
  });

  it('show what agents have set for good, and how it is taken back', () => {
    const common = { by: 'db@n1', setAt: wallMs(NOON) };
    const own: Mark = {
      ...common,
      kind: 'node-attribute',
      id: 'a',
      node: nodeName('n1'),
      name: 'data',
      value: 'LATEST',
    };
    const shared: Mark = {
      ...common,
      kind: 'cluster-attribute',
      id: 'b',
      name: 'info',
      value: '7',
    };
    const cluster = clusterOf([node('n1')], { marks: { a: own, b: shared } });
    expect(statusView(cluster, viewOf(['n1']), LOCAL).marks).toMatchObject([
      {
        text: 'data of n1 is "LATEST"',
        node: 'n1',
        undo: 'holdfast attribute remove data --permanent --node n1',
      },
      { text: 'info of the cluster is "7"', undo: 'holdfast attribute remove info' },
    ]);
  });
});

describe('failures', () => {
  it('carry the last line of output from the story', () => {
    const failed = node('n1', {
      history: histories(history('web', 'start 0', 'monitor/10000 7')),
    });
    const cluster = clusterOf([failed], {
      configuration: web,
      story: [
        {
          kind: 'action',
          number: 1,
          time: wallMs(NOON),
          text: '',
          severity: 'error',
          node: nodeName('n1'),
          resource: resourceId('web'),
          operation: 'monitor',
          durationMs: 20,
          outcome: 'not running',
          output: 'looking\nno process 4711\n',
        },
      ],
    });
    expect(statusView(cluster, viewOf(['n1']), LOCAL).failures).toEqual([
      {
        resource: 'web',
        node: 'n1',
        operation: 'monitor',
        intervalMs: 10_000,
        at: NOON - 598_000,
        text: 'exited 7 (not running)',
        lastLine: 'no process 4711',
      },
    ]);
  });

  it('are shown while they count, also when the recovery has settled them', () => {
    const recovered = node('n1', {
      history: histories(history('web', 'stop 0', 'start 0')),
      attributes: { 'fail-count-web#monitor_10000': '1', 'last-failure-web#monitor_10000': '9' },
    });
    const cluster = clusterOf([recovered], { configuration: web });
    expect(statusView(cluster, viewOf(['n1']), LOCAL).failures).toEqual([
      {
        resource: 'web',
        node: 'n1',
        operation: 'monitor',
        intervalMs: 10_000,
        at: 9000,
        text: 'failed',
      },
    ]);
  });

  it('do not include a probe that found nothing', () => {
    const cluster = clusterOf([idle], { configuration: web });
    expect(statusView(cluster, viewOf(['n1']), LOCAL).failures).toEqual([]);
  });
});

it('what was stopped on purpose names what is to be started: the group, not its member', () => {
  const stopped: Mark = {
    kind: 'target-role',
    id: 'target:site',
    resource: resourceId('site'),
    role: 'Stopped',
    by: 'anna@n1',
    setAt: wallMs(NOON),
  };
  const configuration = configured([group('site', [primitive('web')])]);
  const byCommand = clusterOf([idle], { configuration, marks: { [stopped.id]: stopped } });
  expect(resourceOf(byCommand).whyNot).toEqual({
    reason: 'site is stopped, by anna@n1.',
    advice: 'holdfast resource start site',
    onPurpose: true,
  });
  const meta = [{ id: 'm', score: 0, values: { 'target-role': 'Stopped' } }];
  const byFile = clusterOf([idle], { configuration: configured([primitive('web', { meta })]) });
  expect(resourceOf(byFile).whyNot).toEqual({
    reason: 'The configuration has web stopped (target-role).',
    advice: 'holdfast resource start web',
    onPurpose: true,
  });
});

it('a group is down on purpose where each of its members that is down is', () => {
  const meta = [{ id: 'm', score: 0, values: { 'target-role': 'Stopped' } }];
  const configuration = configured([group('site', [primitive('web', { meta }), primitive('app')])]);
  const shown = (...operations: readonly string[]) => {
    const known = node('n1', { history: histories(history('app', ...operations)) });
    return resourceOf(clusterOf([known], { configuration })).whyNot?.onPurpose;
  };
  expect(shown('start 0')).toBe(true);
  expect(shown('start 1 no disk')).toBeUndefined();
});

it('a failure says nothing twice', () => {
  const ended = (text: string) => ({
    kind: 'action' as const,
    number: 1,
    time: wallMs(NOON),
    text: '',
    severity: 'error' as const,
    node: nodeName('n1'),
    resource: resourceId('web'),
    operation: 'monitor',
    durationMs: 20,
    outcome: text,
    output: 'SIGKILL\n',
  });
  const known = node('n1', {
    history: histories(history('web', 'start 0', 'monitor/10000 7 SIGKILL')),
  });
  const counted = node('n1', {
    history: histories(history('web', 'stop 0', 'start 0')),
    attributes: { 'fail-count-web#monitor_10000': '1' },
  });
  const story = [ended('not running (exit 7): SIGKILL')];
  const [first, second] = [known, counted].map((failed) => {
    const cluster = clusterOf([failed], { configuration: web, story });
    return statusView(cluster, viewOf(['n1']), LOCAL).failures[0];
  });
  expect(first).toMatchObject({ text: 'exited 7 (not running)', exitReason: 'SIGKILL' });
  expect(first?.lastLine).toBeUndefined();
  expect(second?.text).toBe('failed: not running (exit 7): SIGKILL');
  expect(second?.lastLine).toBeUndefined();
});

it('a planned fencing says what its device will do', () => {
  const device = (id: string, does: 'off' | 'reboot', hosts = {}) => ({
    ...plainFenceDevice,
    id,
    agent: 'fence_power',
    hosts,
    action: does,
    timeoutMs: 1000,
  });
  const planned = action('fence n1', 0, { fenceMethod: 'reboot' });
  const text = (...fenceDevices: readonly ReturnType<typeof device>[]) =>
    statusView(
      clusterOf([idle], {
        configuration: configured([primitive('web')], { fenceDevices }),
        transition: chain([planned, 'waiting']),
      }),
      viewOf(['n2']),
      LOCAL,
    ).next[0]?.text;
  expect(text(device('a', 'off'))).toBe('fence n1 (off)');
  expect(text(device('a', 'reboot'), device('b', 'off', { n2: 'n2' }))).toBe('fence n1 (reboot)');
  expect(text(device('a', 'reboot'), device('b', 'off'))).toBe('fence n1');
});

it('the cluster has the name that its configuration gives it', () => {
  const named = [{ id: 'options', score: 0, values: { 'cluster-name': 'shop' } }];
  const nameOf = (configuration: typeof web) =>
    statusView(clusterOf([running], { configuration }), viewOf(['n1']), LOCAL).cluster.name;
  expect(nameOf(web)).toBe('web');
  expect(nameOf(configured([primitive('web')], { options: named }))).toBe('shop');
});
