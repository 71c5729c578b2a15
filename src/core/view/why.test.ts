import { describe, expect, it } from 'vitest';

import { incarnation, nodeName, resourceId, wallMs } from '../model/ids.ts';
import type { ClusterState, FencingRequest } from '../cluster/state.ts';
import type { PlannedAction } from '../model/plan.ts';
import type { ActionState } from '../transition/types.ts';
import type { Location } from '../model/configuration.ts';
import {
  LOCAL,
  NOON,
  action,
  chain,
  clusterOf,
  configured,
  histories,
  history,
  node,
  primitive,
  viewOf,
} from './testing/states.ts';
import { whyView } from './why.ts';

const away: Location = {
  kind: 'location',
  id: 'not-n3',
  target: { kind: 'resource', resource: resourceId('web') },
  node: nodeName('n3'),
  score: -1_000_000,
  rules: [],
  discovery: 'always',
};

const cluster = clusterOf(
  [
    node('n1', { history: histories(history('web', 'start 0')) }),
    node('n2', {
      history: histories(history('web', 'start 1 port 80 is in use', 'stop 0')),
      attributes: { 'fail-count-web#start_0': 'INFINITY' },
    }),
    node('n3'),
    node('n4', { condition: 'down', because: 'it left in good order' }),
  ],
  { configuration: configured([primitive('web')], { constraints: [away] }) },
);
const state = {
  cluster: {
    ...cluster,
    decision: {
      ...cluster.decision,
      placements: [{ resource: resourceId('web'), node: nodeName('n1'), role: 'Started' as const }],
    },
  },
  view: viewOf(['n1', 'n2', 'n3']),
  local: LOCAL,
};

it('says where it runs, and of each other node what speaks against it', () => {
  const why = whyView(state, 'web');
  expect(why?.answer).toBe('web runs on n1.');
  expect(why?.nodes).toEqual([
    {
      node: 'n1',
      chosen: true,
      possible: true,
      facts: ['the last decision placed it here', 'it runs here'],
    },
    {
      node: 'n2',
      chosen: false,
      possible: false,
      facts: [
        'web has failed here: fail count INFINITY',
        'The start of web on n2 exited 1 (error): port 80 is in use',
      ],
    },
    {
      node: 'n3',
      chosen: false,
      possible: false,
      facts: ['the location constraint "not-n3" avoids it (score -INFINITY)'],
    },
    {
      node: 'n4',
      chosen: false,
      possible: false,
      facts: ['the node is down: it left in good order'],
    },
  ]);
});

it('tells its actions of the running transition: what made them necessary, what they wait for', () => {
  const transition = chain(
    [action('fence n2', 0, { fenceMethod: 'off' }), 'ready'],
    [action('stop other n1', 1), 'ready'],
    [action('start web n3', 2, { reason: 'n2 is lost.' }), 'waiting'],
  );
  const before = [[], [], [0, 1]];
  const moving = { ...state.cluster, transition: { ...transition, before } };
  expect(whyView({ ...state, cluster: moving }, 'web')?.actions).toEqual([
    {
      text: 'start web on n3',
      state: 'waiting',
      reason: 'n2 is lost.',
      waitsFor: ['fence n2 (off)', 'stop other on n1'],
    },
  ]);
});

describe('of a node that answers and is to be fenced, it says so, and that it is no place for it', () => {
  const factsOf = (more: Partial<ClusterState>) =>
    whyView({ ...state, cluster: { ...state.cluster, ...more } }, 'web', { node: 'n1' })?.nodes[0];
  const stopFailed = { reason: 'web did not stop on n1' };
  const request: FencingRequest = {
    id: 'f1',
    target: nodeName('n1'),
    incarnation: incarnation('n1-life'),
    method: 'reboot',
    device: 'power',
    executor: nodeName('n2'),
    begunAt: wallMs(NOON),
    attempt: 1,
    ...stopFailed,
  };
  const shot = (active: FencingRequest): Partial<ClusterState> => ({
    fencing: { ...state.cluster.fencing, active: [active] },
  });
  const planned = (at: ActionState, more: Partial<PlannedAction> = {}): Partial<ClusterState> => ({
    transition: chain([
      action('fence n1', 0, { fenceMethod: 'reboot', ...stopFailed, ...more }),
      at,
    ]),
  });

  it.each([
    [shot(request), 'it is being fenced: web did not stop on n1'],
    [planned('ready'), 'it is to be fenced: web did not stop on n1'],
    [planned('waiting'), 'it is to be fenced: web did not stop on n1'],
    [{ nodes: { ...cluster.nodes, ...nodesAsked() } }, 'it is to be fenced: somebody asked for it'],
  ])('%#', (more, text) => {
    const facts = factsOf(more);
    expect(facts?.possible).toBe(false);
    expect(facts?.facts).toContain(text);
  });

  it.each([
    shot({ ...request, method: 'on' }),
    shot({ ...request, target: nodeName('n2') }),
    planned('done'),
    planned('waiting', { fenceMethod: 'on' }),
  ])('not where it only gets its access, or is over: %#', (more) => {
    expect(factsOf(more)?.possible).toBe(true);
  });

  function nodesAsked(): ClusterState['nodes'] {
    return { [nodeName('n1')]: node('n1', { attributes: { terminate: 'true' } }) };
  }
});

it('keeps to one node when asked', () => {
  expect(whyView(state, 'web', { node: 'n3' })?.nodes.map((entry) => entry.node)).toEqual(['n3']);
});

it('knows no resource that is not configured', () => {
  expect(whyView(state, 'wbe')).toBeUndefined();
});
