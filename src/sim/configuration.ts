/** The cluster that the simulator runs: something of each kind that can go wrong. */
import { emptyConfiguration } from '../core/cluster/machine.ts';
import type {
  Configuration,
  Constraint,
  FenceDevice,
  FencingLevel,
  OperationConfiguration,
  Primitive,
} from '../core/model/configuration.ts';
import { resourceId } from '../core/model/ids.ts';
import type { AttributeBlock } from '../core/model/rule.ts';

/** Primitives of which there must never be two copies. */
export const uniqueResources: readonly string[] = [
  'web',
  'db',
  'disk',
  'app',
  'one',
  'two',
  'three',
  'four',
  'vm',
  'guest',
];

const block = (id: string, values: Readonly<Record<string, string>>): AttributeBlock => ({
  id,
  score: 0,
  values,
});

function monitor(id: string): OperationConfiguration {
  return {
    id: `${id}-monitor`,
    name: 'monitor',
    intervalMs: 10_000,
    attributes: { timeout: '4s' },
    meta: [],
    parameters: [],
  };
}

function primitive(
  id: string,
  parameters: Readonly<Record<string, string>> = {},
  meta: Readonly<Record<string, string>> = {},
  agent: Primitive['agent'] = { class: 'ocf', provider: 'heartbeat', type: 'Dummy' },
): Primitive {
  return {
    kind: 'primitive',
    id: resourceId(id),
    agent,
    meta: [block(`${id}-meta`, meta)],
    parameters: [block(`${id}-parameters`, parameters)],
    utilization: [],
    operations: [monitor(id)],
  };
}

const dbBeforeWeb: Constraint = {
  kind: 'order',
  id: 'db-before-web',
  first: resourceId('db'),
  // oxlint-disable-next-line unicorn/no-thenable -- a string, and the field's own word
  then: resourceId('web'),
  firstAction: 'start',
  orderKind: 'Mandatory',
  requireAll: true,
};

/**
 * The configuration as it shall be in the end, or as somebody changes it for a while: something is
 * removed, something has other parameters and restarts, a device only switches off, lost nodes are
 * to stay off.
 */
export type Variant = 'standard' | 'removed' | 'changed' | 'off' | 'stays-off';

/** Those that are drawn. */
export const variants: readonly Variant[] = ['standard', 'removed', 'changed', 'off'];

/** How a lost node is fenced: by one switch, by one for each of its power supplies, by its watchdog. */
export type Means = 'power' | 'plugs' | 'watchdog' | 'both';

/** The switches that a machine hangs on: it is off when all of them are. */
export const switchesOf = (means: Means): readonly string[] =>
  means === 'plugs' ? ['left-plug', 'right-plug'] : ['power'];

export interface Setting {
  readonly means: Means;
  readonly noQuorumPolicy: string;
}

export function simulatedConfiguration(
  threshold: string,
  variant: Variant,
  { means, noQuorumPolicy }: Setting,
): Configuration {
  const changed = variant === 'changed' ? { color: 'red' } : {};
  // Enough for a node to have more to do than it may do at a time.
  const others = ['one', 'two', 'three', 'four'].filter(
    (id) => variant !== 'removed' || id !== 'four',
  );
  return {
    ...emptyConfiguration,
    resources: [
      primitive('db', changed),
      primitive('web'),
      ...others.map((id) => primitive(id)),
      primitive('vm', {}, { 'allow-migrate': 'true' }),
      primitive('guest', {}, {}, { class: 'vm', type: '' }),
      stack,
      agents,
    ],
    constraints: [dbBeforeWeb],
    resourceDefaults: [
      block('defaults', {
        'resource-stickiness': '100',
        'migration-threshold': threshold,
        'failure-timeout': '30s',
      }),
    ],
    options: [
      block('options', {
        'no-quorum-policy': noQuorumPolicy,
        // The faults of a run are a loop of their own: in the end all nodes are to take part.
        'fencing-loop-limit': '0',
        ...(variant === 'stays-off' ? { 'fencing-action': 'off' } : {}),
        ...(means === 'watchdog' || means === 'both' ? { 'fencing-watchdog-timeout': '-1' } : {}),
      }),
    ],
    fenceDevices: means === 'watchdog' ? [] : switchesOf(means).map(switchDevice(variant)),
    fencingLevels: means === 'plugs' ? [bothPlugs] : [],
  };
}

const switchDevice =
  (variant: Variant) =>
  (id: string): FenceDevice => ({
    id,
    agent: 'fence_simulated',
    parameters: {},
    hosts: {},
    hostCheck: 'none',
    action: variant === 'off' ? 'off' : 'reboot',
    timeoutMs: 20_000,
    retries: 2,
    monitorIntervalMs: 0,
    delayMs: 0,
  });

const bothPlugs: FencingLevel = {
  id: 'both-plugs',
  target: { kind: 'pattern', pattern: 'n.*' },
  index: 1,
  devices: switchesOf('plugs'),
};

const stack: Configuration['resources'][number] = {
  kind: 'group',
  id: resourceId('stack'),
  meta: [],
  parameters: [],
  members: [primitive('disk'), primitive('app')],
};

const agents: Configuration['resources'][number] = {
  kind: 'clone',
  id: resourceId('agents'),
  meta: [],
  parameters: [],
  promotable: false,
  child: primitive('agent'),
};
