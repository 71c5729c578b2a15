/** States of a cluster that the scenarios of scenarios/cli are about, by the file's name. */
import type { ClusterState } from '../../core/cluster/state.ts';
import type { FenceDevice } from '../../core/model/configuration.ts';
import type { StoryEvent } from '../../core/cluster/story.ts';
import type { ResourceHistory } from '../../core/model/picture.ts';
import { incarnation, nodeName, resourceId, wallMs } from '../../core/model/ids.ts';
import { testBackend } from '../../api/testing/backend.ts';
import type { TestBackend } from '../../api/testing/backend.ts';
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
  history as plainHistory,
  node,
  primitive,
  viewOf,
} from '../../core/view/testing/states.ts';

const agent = (type: string) => ({ agent: { class: 'ocf', provider: 'heartbeat', type } });

const site = group('web', [
  primitive('address', agent('IPaddr2')),
  primitive('server', agent('nginx')),
]);
const database = clone(
  'db-clone',
  primitive('db', { agent: { class: 'ocf', provider: 'pacemaker', type: 'Stateful' } }),
  true,
);
/** A history under the agent that the configuration has: another one's failures would not count. */
const AGENTS: Readonly<Record<string, readonly [provider: string, type: string]>> = {
  address: ['heartbeat', 'IPaddr2'],
  server: ['heartbeat', 'nginx'],
  db: ['pacemaker', 'Stateful'],
};

function history(resource: string, ...records: readonly string[]): ResourceHistory {
  const [provider, type] = AGENTS[resource] ?? ['heartbeat', 'Dummy'];
  return { ...plainHistory(resource, ...records), agent: { class: 'ocf', provider, type } };
}

const power: FenceDevice = {
  id: 'power',
  agent: 'fence_power',
  parameters: {},
  hosts: {},
  action: 'off',
  timeoutMs: 20_000,
  retries: 2,
  monitorIntervalMs: 60_000,
  delayMs: 0,
};

const configuration = configured([site, database, primitive('report')], {
  fenceDevices: [power],
});

const runsWeb = [
  history('address', 'monitor 7', 'start 0'),
  history('server', 'monitor 7', 'start 0', 'monitor/1000 0'),
];
const calm: ClusterState = {
  ...clusterOf(
    [
      node('n1', {
        history: histories(
          ...runsWeb,
          history('db', 'start 0', 'promote 0'),
          history('report', 'monitor 7'),
        ),
        attributes: { 'master-db': '10' },
      }),
      node('n2', {
        history: histories(history('db', 'start 0'), history('report', 'start 0')),
        attributes: { 'master-db': '5' },
      }),
      node('n3', { history: histories(history('db', 'start 0'), history('report', 'monitor 7')) }),
    ],
    { configuration },
  ),
  story: story([
    { kind: 'configuration', severity: 'info', text: 'anna@n1 applied configuration version 4' },
    {
      kind: 'decision',
      decision: '3.12',
      severity: 'info',
      text: 'anna@n1 applied configuration version 4: 2 actions',
      actions: [
        'address_start_0 n1: address starts on n1.',
        'server_start_0 n1: server starts on n1.',
      ],
    },
    {
      kind: 'action',
      severity: 'good',
      text: 'start of address on n1: ok',
      operation: 'start',
      outcome: 'ok',
      durationMs: 52,
      node: nodeName('n1'),
      resource: resourceId('address'),
    },
  ]),
};

type Told = StoryEvent extends infer E
  ? E extends StoryEvent
    ? Omit<E, 'number' | 'time'>
    : never
  : never;

function story(events: readonly Told[]): readonly StoryEvent[] {
  return events.map((event, index) => ({
    ...event,
    number: index + 1,
    time: wallMs(NOON - 600_000 + index * 100),
  }));
}

const three = viewOf(['n1', 'n2', 'n3']);

export const stories: Readonly<Record<string, () => TestBackend>> = {
  calm: () => testBackend(calm, { storeView: three, plan: async () => PLAN, ...CONFIGURATIONS }),

  'node-lost': () =>
    testBackend(
      {
        ...calm,
        nodes: {
          ...calm.nodes,
          [nodeName('n1')]: node('n1', {
            condition: 'lost',
            because: 'it left the group without a word',
            since: wallMs(NOON - 1500),
            history: histories(...runsWeb),
          }),
        },
        fencing: {
          ...calm.fencing,
          active: [
            {
              id: 'f7',
              target: nodeName('n1'),
              incarnation: incarnation('n1-life'),
              method: 'off',
              device: 'power',
              executor: nodeName('n2'),
              reason: 'n1 left the group without a word',
              begunAt: wallMs(NOON - 1200),
              attempt: 1,
            },
          ],
          ended: [],
          failures: {},
          retryAt: {},
        },
        transition: chain(
          [action('fence n1', 0, { fenceMethod: 'off', reason: 'n1 is lost.' }), 'ready'],
          [action('start address n2', 1, { reason: 'n1 is lost.' }), 'waiting'],
          [action('start server n2', 2, { reason: 'n1 is lost.' }), 'waiting'],
        ),
      },
      {
        storeView: { ...viewOf(['n2', 'n3']), dc: nodeName('n2'), self: nodeName('n2') },
        local: () => ({ ...LOCAL, self: nodeName('n2') }),
      },
    ),

  'agent-fails': () =>
    testBackend(
      {
        ...calm,
        nodes: {
          ...calm.nodes,
          [nodeName('n1')]: node('n1', {
            history: histories(
              history('address', 'monitor 7', 'start 0'),
              history('server', 'monitor 7', 'start 1 port 80 is in use by apache2', 'stop 0'),
            ),
            attributes: { 'fail-count-server#start_0': 'INFINITY' },
          }),
        },
        decision: {
          ...calm.decision,
          unplaced: [
            {
              resource: resourceId('server'),
              reason: 'It failed to start on n1, and its group is on n1.',
              advice: 'repair the cause, then: holdfast resource cleanup server',
            },
          ],
        },
      },
      { storeView: three },
    ),

  'no-quorum': () =>
    testBackend(
      {
        ...calm,
        quorate: false,
        nodes: {
          [nodeName('n1')]: node('n1', {
            history: histories(history('server', 'start 0', 'stop 0')),
          }),
          [nodeName('n2')]: node('n2', {
            condition: 'lost',
            because: 'it left the group without a word',
            since: wallMs(NOON - 60_000),
          }),
          [nodeName('n3')]: node('n3', {
            condition: 'lost',
            because: 'it left the group without a word',
            since: wallMs(NOON - 60_000),
          }),
        },
      },
      { storeView: viewOf(['n1'], { quorate: false, phase: { kind: 'open', acting: false } }) },
    ),

  'fencing-fails': () => testBackend(unfenced, { storeView: viewOf(['n2', 'n3']) }),

  commands: () => testBackend(calm, { storeView: three }),

  removed: () =>
    testBackend(calm, {
      storeView: three,
      checkConfiguration: async () => ({
        configuration: configured([database]).model,
        findings: [],
      }),
      plan: async () => ({
        ...PLAN,
        actions: [
          action('stop address n1', 0, { reason: 'address is no longer configured.' }),
          action('delete-history address n1', 1, { reason: 'address is no longer configured.' }),
        ],
      }),
    }),

  'removed-unfenced': () =>
    testBackend(calm, {
      storeView: three,
      checkConfiguration: async () => ({ configuration: configured([]).model, findings: [] }),
      plan: async () => ({
        ...PLAN,
        actions: [],
        order: [],
        findings: [{ code: 'no-fence-device', about: '', text: 'There is no fence device.' }],
      }),
    }),
};

const shot = {
  target: nodeName('n1'),
  incarnation: incarnation('n1-life'),
  method: 'off',
  device: 'power',
  executor: nodeName('n2'),
  reason: 'it left the group without a word',
  ok: false,
  text: 'Ipmitool not found or not accessible (fence_power off ended with exit code 1)',
  durationMs: 300,
} as const;

/** The device has failed three times: twice for one reason, before that for another. */
const unfenced: ClusterState = {
  ...calm,
  nodes: {
    ...calm.nodes,
    [nodeName('n1')]: node('n1', {
      condition: 'lost',
      because: 'it left the group without a word',
      since: wallMs(NOON - 9000),
      history: histories(...runsWeb),
    }),
  },
  fencing: {
    ...calm.fencing,
    active: [],
    ended: [1, 2, 3].map((attempt) => ({
      ...shot,
      id: `f${attempt}`,
      attempt,
      ...(attempt === 1 ? { text: 'no route to host' } : {}),
      begunAt: wallMs(NOON - 9000 + 2000 * attempt),
      endedAt: wallMs(NOON - 8700 + 2000 * attempt),
    })),
    failures: { [nodeName('n1')]: 3 },
    retryAt: { [nodeName('n1')]: wallMs(NOON + 8000) },
  },
};

const CONFIGURATIONS = {
  checkConfiguration: async (source: string, name: string) =>
    source.includes('monitr')
      ? {
          findings: [
            {
              severity: 'error' as const,
              where: `${name}:8:5`,
              text: 'unknown key "monitr"',
              advice: 'did you mean "monitor"?',
            },
          ],
        }
      : { configuration: configuration.model, findings: [] },
  compareConfigurations: () => [
    {
      kind: 'changed' as const,
      path: ['resources', 'server', 'operations', 'monitor', 'timeout'],
      text: 'resources.server.operations.monitor.timeout: 20s → 30s',
    },
    {
      kind: 'added' as const,
      path: ['resources', 'cache'],
      text: 'resources.cache (ocf:heartbeat:Dummy) is added',
    },
  ],
};

const PLAN = {
  actions: [
    action('start cache n3', 0, { reason: 'cache is new, and n3 has the fewest resources.' }),
    action('monitor cache n3', 1, { intervalMs: 10_000, reason: 'cache has a monitor every 10s.' }),
  ],
  order: [[0, 1]] as const,
  placements: [],
  unplaced: [],
  findings: [],
};
