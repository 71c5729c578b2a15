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
import { nodeName, resourceId } from '../core/model/ids.ts';
import type { AttributeBlock } from '../core/model/rule.ts';
import { PILL_AGENT } from '../core/cluster/poison.ts';
import { containable } from './holds.ts';
import type { HostsSetting } from './outlets.ts';
import { outletSwitches } from './outlets.ts';
import { pillDevice } from './pill.ts';
import type { StorageSetting } from './storage-setting.ts';
import { storageDevice, withoutStorage } from './storage-setting.ts';

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

/** Each node has a copy of this, one of which is promoted, in those runs that are drawn for it. */
export const promotable = 'ledger';

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

const withShortStop = (primitiveOf: Primitive): Primitive => ({
  ...primitiveOf,
  operations: [
    ...primitiveOf.operations,
    {
      id: `${primitiveOf.id}-stop`,
      name: 'stop',
      intervalMs: 0,
      attributes: { timeout: '3s' },
      meta: [],
      parameters: [],
    },
  ],
});

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

/**
 * How a lost node is fenced: by one switch, by one for each of its power supplies, by its watchdog, by
 * a poison pill.
 */
export type Means = 'power' | 'plugs' | 'watchdog' | 'both' | 'pill' | 'pill-or-power';

/** The switches that a machine hangs on: it is off when all of them are. */
export const switchesOf = (means: Means): readonly string[] =>
  means === 'plugs' ? ['left-plug', 'right-plug'] : ['power'];

export interface Setting {
  readonly means: Means;
  readonly noQuorumPolicy: string;
  readonly contains?: boolean;
  /** A stop that hangs has timed out before the next thing happens. */
  readonly areStopsShort?: boolean;
  readonly delayMaxMs?: number;
  readonly delaysMs?: Readonly<Record<string, number>>;
  readonly loopLimit?: number;
  readonly hosts?: HostsSetting;
  readonly promotes?: Promotes;
  readonly storage?: StorageSetting;
  readonly monitors?: Monitors;
}

/**
 * Power switches are monitored: they answer as they switch; or they switch, and answer no monitor, as agents
 * that have none or not the rights for it.
 */
export type Monitors = 'answered' | 'unanswered';

/** Which node the promoted copy is rather on: none, or the first (the last, where that is changed). */
export type Promotes = 'anywhere' | 'in-order';

export function simulatedConfiguration(
  threshold: string,
  variant: Variant,
  setting: Setting,
): Configuration {
  const { means, noQuorumPolicy, contains = false, areStopsShort = false, loopLimit = 0 } = setting;
  const changed = variant === 'changed' ? { color: 'red' } : {};
  // Enough for a node to have more to do than it may do at a time.
  const others = ['one', 'two', 'three', 'four'].filter(
    (id) => variant !== 'removed' || id !== 'four',
  );
  return {
    ...emptyConfiguration,
    resources: [
      ...[
        primitive('db', changed),
        primitive('web'),
        ...others.map((id) =>
          primitive(
            id,
            {},
            {
              ...(contains && containable.includes(id) ? { containment: 'processes' } : {}),
              ...(setting.storage !== undefined && withoutStorage(setting.storage).includes(id)
                ? { requires: 'fencing' }
                : {}),
            },
          ),
        ),
        primitive('vm', {}, { 'allow-migrate': 'true' }),
        primitive('guest', {}, {}, { class: 'vm', type: '' }),
      ].map((each) => (areStopsShort ? withShortStop(each) : each)),
      stack,
      agents,
      ...(setting.promotes === undefined ? [] : [ledgers]),
    ],
    constraints: [dbBeforeWeb, ...promotedOn(variant, setting)],
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
        // Without a person who releases nodes, the faults of a run are a loop of their own.
        'fencing-loop-limit': String(loopLimit),
        ...(variant === 'stays-off' ? { 'fencing-action': 'off' } : {}),
        ...(means === 'watchdog' || means === 'both' ? { 'fencing-watchdog-timeout': '-1' } : {}),
      }),
    ],
    fenceDevices: devicesOf(setting).map((id) => fenceDevice(id, variant, setting)),
    fencingLevels: levelsOf(setting),
  };
}

function devicesOf({ means, hosts, storage }: Setting): readonly string[] {
  if (storage !== undefined) return withStorage(means, storage);
  if (means === 'watchdog') return [];
  const pill = means.startsWith('pill') ? [pillDevice] : [];
  if (means === 'pill') return pill;
  return [...pill, ...(hosts === undefined ? switchesOf(means) : outletSwitches)];
}

const fenceDevice = (
  id: string,
  variant: Variant,
  { hosts, delayMaxMs, delaysMs, storage, monitors }: Setting,
): FenceDevice => ({
  id,
  agent: id === pillDevice ? PILL_AGENT : 'fence_simulated',
  parameters: {},
  hosts: {},
  hostCheck: hosts ?? 'none',
  action: isOff(id, variant) ? 'off' : 'reboot',
  timeoutMs: 20_000,
  retries: 2,
  monitorIntervalMs: monitors === undefined || isNoSwitch(id) ? 0 : monitorMs,
  delayMs: 0,
  ...(delayMaxMs === undefined ? {} : { delayMaxMs }),
  ...(delaysMs === undefined ? {} : { delaysMs }),
  ...(id === storageDevice && storage !== undefined ? { unfencing: storage.on } : {}),
});

const monitorMs = 10_000;
const isNoSwitch = (id: string): boolean => id === pillDevice || id === storageDevice;

/** Access is taken and not given back; a pill always begins another boot. */
const isOff = (id: string, variant: Variant): boolean =>
  id === storageDevice || (variant === 'off' && id !== pillDevice);

const withStorage = (means: Means, { isAlone }: StorageSetting): readonly string[] =>
  isAlone ? [storageDevice] : [storageDevice, ...switchesOf(means)];

function levelsOf({ means, storage }: Setting): readonly FencingLevel[] {
  if (storage !== undefined) return [level('all', 1, withStorage(means, storage))];
  if (means === 'plugs') return [bothPlugs];
  return means === 'pill-or-power' ? [level('pills', 1, [pillDevice]), ...powerSecond] : [];
}

const level = (id: string, index: number, devices: readonly string[]): FencingLevel => ({
  id,
  target: { kind: 'pattern', pattern: 'n.*' },
  index,
  devices,
});

const bothPlugs = level('both-plugs', 1, switchesOf('plugs'));
const powerSecond = [level('power-then', 2, switchesOf('power'))];

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

const roleMonitor = (role: string, intervalMs: number): OperationConfiguration => ({
  ...monitor(promotable),
  id: `${promotable}-monitor-${role}`,
  intervalMs,
  attributes: { timeout: '4s', role },
});

const ledgers: Configuration['resources'][number] = {
  ...agents,
  id: resourceId('ledgers'),
  promotable: true,
  child: {
    ...primitive(promotable),
    operations: [roleMonitor('Unpromoted', 10_000), roleMonitor('Promoted', 9000)],
  },
};

const nodesMax = 5;

/** Instead of the scores that an agent sets. */
function promotedOn(variant: Variant, { promotes }: Setting): readonly Constraint[] {
  if (promotes === undefined) return [];
  return Array.from({ length: nodesMax }, (_, at) => {
    const rank = variant === 'changed' ? at : nodesMax - at;
    return {
      kind: 'location',
      id: `promoted-${at + 1}`,
      target: { kind: 'resource', resource: resourceId('ledgers') },
      node: nodeName(`n${at + 1}`),
      score: promotes === 'anywhere' ? 10 : 10 + 200 * rank,
      rules: [],
      role: 'Promoted',
      discovery: 'always',
    } as const;
  });
}
