import { expect, it } from 'vitest';

import { nodeName, resourceId } from '../model/ids.ts';
import type { Location } from '../model/configuration.ts';
import {
  LOCAL,
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

it('keeps to one node when asked', () => {
  expect(whyView(state, 'web', { node: 'n3' })?.nodes.map((entry) => entry.node)).toEqual(['n3']);
});

it('knows no resource that is not configured', () => {
  expect(whyView(state, 'wbe')).toBeUndefined();
});
