/**
 * A cluster picture in a few lines of text, for scenarios and tests:
 *
 *     node n1 dc [cpu=4 …]            flags: dc standby maintenance held lost leaving offline pending;
 *                                     its capacity
 *     quorum no
 *     option no-quorum-policy=freeze
 *     device fence-all
 *     primitive web monitor=10 [KEY=VALUE …]     other keys are meta attributes; monitor@Promoted=11
 *     primitive big uses.cpu=2                   what it takes of its node's capacity
 *     primitive disks provides=unfencing         a fence device in the manner of Pacemaker
 *     remote far [reconnect_interval=60]         a remote node with its connection
 *     group shop: web shop-ip
 *     clone pool: web interleave=true            promotable=true makes promotion possible
 *     bundle box: web replicas=2     its addresses from 10.0.0.1 on: box-ip-10.0.0.1, box-podman-0
 *     prefer web n1 100
 *     colocate web with db INFINITY [Promoted]   the role of the second
 *     order db then web [Optional|Serialize]     or: promoted dbs then web; web then promoted dbs
 *     order stopped db then web                  web starts after the stop of db; or it stops:
 *     order stopped db then stopped web
 *     order sets a b then c                      a before b, and both before c
 *     ticket site granted web stop               or: revoked; Promoted may follow
 *     running web n1 [promoted]                  elsewhere it is known to be stopped,
 *     unknown web n2                             but not here
 *     failed web n1 monitor 1                    the operation and its exit code
 *     failcount web n1 3
 *     history web n1 start=0 monitor@10=7    in place of what the lines above would say; `!` after
 *                                            it: with other parameters, `~`: by another agent,
 *                                            `?`: not confirmed, `*`: planned, with its number;
 *                                            `^` at the end: remembered as its last failure
 *     history web n1 migrate_to>n2=0         and there: migrate_from<n1=0
 *     attribute n1 KEY=VALUE
 */
import type {
  Clone,
  Configuration,
  Constraint,
  Group,
  OperationConfiguration,
  Primitive,
  Resource,
} from '../../model/configuration.ts';
import { nodeName, resourceId, wallMs } from '../../model/ids.ts';
import type { NodeStatus, OperationRecord, Picture, ResourceHistory } from '../../model/picture.ts';
import { digestOf } from '../digests/parameters.ts';
import { bundledAgent, bundleOf } from './bundles.ts';
import { readConstraint } from './constraints.ts';
import { withContainerDigests } from './container-digests.ts';
import { plainFenceDevice } from '../../model/testing/fence-device.ts';

interface Draft {
  readonly nodes: Map<string, Set<string>>;
  readonly options: Record<string, string>;
  readonly devices: string[];
  readonly primitives: Map<string, Primitive>;
  readonly groups: Map<
    string,
    { readonly members: string[]; readonly meta: Record<string, string> }
  >;
  readonly clones: Map<string, { readonly child: string; readonly meta: Record<string, string> }>;
  readonly bundles: Map<
    string,
    { readonly child: string; readonly settings: Record<string, string> }
  >;
  readonly constraints: Constraint[];
  readonly tickets: Map<string, boolean>;
  readonly running: Map<string, 'started' | 'promoted'>;
  readonly unknown: Set<string>;
  readonly failed: Map<string, { readonly operation: string; readonly exitCode: number }>;
  readonly attributes: Map<string, Record<string, string>>;
  readonly histories: Map<string, ResourceHistory>;
  quorate: boolean;
}

/** When what `history` tells of happened. */
const LONG_AGO = wallMs(1_700_000_000_000);
/** When what is planned was planned: after all that has ended. */
const LATELY = wallMs(1_700_000_060_000);
const DEVICE = { class: 'stonith', type: 'fence_dummy' } as const;
const REMOTE = { class: 'ocf', provider: 'pacemaker', type: 'remote' } as const;
const AGENT = { class: 'ocf', provider: 'heartbeat', type: 'Dummy' } as const;

export function parsePicture(text: string): Picture {
  const draft: Draft = {
    nodes: new Map(),
    options: { 'fencing-enabled': 'true' },
    devices: [],
    primitives: new Map(),
    groups: new Map(),
    clones: new Map(),
    bundles: new Map(),
    constraints: [],
    tickets: new Map(),
    running: new Map(),
    unknown: new Set(),
    failed: new Map(),
    attributes: new Map(),
    histories: new Map(),
    quorate: true,
  };
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    if (words[0] === '' || words[0]?.startsWith('#') === true) continue;
    readLine(draft, words, line);
  }
  const picture = makePicture(draft);
  return draft.bundles.size === 0 ? picture : withContainerDigests(picture);
}

function pairs(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words
      .filter((word) => word.includes('='))
      .map((word) => {
        const at = word.indexOf('=');
        return [word.slice(0, at), word.slice(at + 1)] as const;
      }),
  );
}

function readLine(draft: Draft, words: readonly string[], line: string): void {
  const [verb = '', a = '', b = '', c = '', d = ''] = words;
  switch (verb) {
    case 'node':
      draft.nodes.set(a, new Set(words.slice(2)));
      return;
    case 'quorum':
      draft.quorate = a === 'yes';
      return;
    case 'option':
      Object.assign(draft.options, pairs(words));
      return;
    case 'device':
      draft.devices.push(a);
      return;
    case 'primitive':
      draft.primitives.set(a, readPrimitive(a, words.slice(2)));
      return;
    case 'remote':
      draft.primitives.set(a, readRemote(a, words.slice(2)));
      return;
    case 'group':
      draft.groups.set(a.replace(':', ''), {
        members: words.slice(2).filter((word) => !word.includes('=')),
        meta: pairs(words.slice(2)),
      });
      return;
    case 'clone':
      draft.clones.set(a.replace(':', ''), { child: b, meta: pairs(words.slice(3)) });
      return;
    case 'bundle':
      draft.bundles.set(a.replace(':', ''), { child: b, settings: pairs(words.slice(3)) });
      return;
    case 'running':
      draft.running.set(`${a} ${b}`, c === 'promoted' ? 'promoted' : 'started');
      return;
    case 'unknown':
      draft.unknown.add(`${a} ${b}`);
      return;
    case 'failed':
      draft.failed.set(`${a} ${b}`, { operation: c, exitCode: Number(d === '' ? 1 : d) });
      return;
    case 'history':
      draft.histories.set(`${a} ${b}`, readHistory(a, b, words.slice(3)));
      return;
    case 'failcount':
      attribute(draft, b, { [`fail-count-${a}#monitor_10000`]: c });
      return;
    case 'attribute':
      attribute(draft, a, pairs(words));
      return;
    default:
      readConstraint(draft, words, line);
  }
}

function attribute(draft: Draft, node: string, values: Record<string, string>): void {
  draft.attributes.set(node, { ...draft.attributes.get(node), ...values });
}

function readPrimitive(id: string, words: readonly string[]): Primitive {
  const operations: OperationConfiguration[] = [];
  const meta: Record<string, string> = {};
  const uses: Record<string, string> = {};
  for (const [name, value] of Object.entries(pairs(words))) {
    const monitor = /^monitor(?:@(\w+))?$/.exec(name);
    if (name.startsWith('uses.')) uses[name.slice('uses.'.length)] = value;
    else if (monitor === null) meta[name] = value;
    else operations.push(monitorOf(id, Number(value), monitor[1]));
  }
  return {
    kind: 'primitive',
    id: resourceId(id),
    agent: 'provides' in meta ? DEVICE : AGENT,
    parameters: [],
    utilization: [{ id: `${id}-uses`, score: 0, values: uses }],
    operations,
    meta: [{ id: `${id}-meta`, score: 0, values: meta }],
  };
}

/** Of what it is told `reconnect_interval` alone is a parameter. */
function readRemote(id: string, words: readonly string[]): Primitive {
  const isParameter = (word: string): boolean => word.startsWith('reconnect_interval=');
  return {
    ...readPrimitive(id, words),
    agent: REMOTE,
    parameters: [
      {
        id: `${id}-parameters`,
        score: 0,
        values: pairs(words.filter((word) => isParameter(word))),
      },
    ],
  };
}

function monitorOf(id: string, seconds: number, role: string | undefined): OperationConfiguration {
  return {
    id: `${id}-monitor-${seconds}`,
    name: 'monitor',
    intervalMs: seconds * 1000,
    attributes: role === undefined ? {} : { role },
    meta: [],
    parameters: [],
  };
}

function makePicture(draft: Draft): Picture {
  return {
    configuration: makeConfiguration(draft),
    status: {
      quorate: draft.quorate,
      ...dcOf(draft),
      nodes: [...draft.nodes.keys()].map((name) => makeNode(draft, name)),
      tickets: [...draft.tickets].map(([id, granted]) => ({
        id,
        granted,
        standby: false,
        attributes: {},
      })),
    },
    findings: [],
  };
}

function dcOf(draft: Draft): Pick<Picture['status'], 'dc'> {
  for (const [name, flags] of draft.nodes) if (flags.has('dc')) return { dc: nodeName(name) };
  return {};
}

function makeConfiguration(draft: Draft): Configuration {
  const block = (values: Record<string, string>): Configuration['options'] => [
    { id: 'values', score: 0, values },
  ];
  return {
    options: block(draft.options),
    nodes: [...draft.nodes].map(([name, flags]) => ({
      id: name,
      name: nodeName(name),
      type: 'member',
      attributes: block({
        ...(flags.has('standby') ? { standby: 'on' } : {}),
        ...(flags.has('maintenance') ? { maintenance: 'true' } : {}),
      }),
      utilization: block(pairs([...flags])),
    })),
    resources: makeResources(draft),
    templates: [],
    constraints: draft.constraints,
    resourceDefaults: [],
    operationDefaults: [],
    tags: [],
    fenceDevices: draft.devices.map((id) => ({
      ...plainFenceDevice,
      id,
      agent: 'fence_dummy',
      monitorIntervalMs: 60_000,
    })),
    fencingLevels: [],
  };
}

function makeResources(draft: Draft): readonly Resource[] {
  const used = new Set<string>();
  const primitive = (id: string): Primitive => {
    used.add(id);
    const found = draft.primitives.get(id);
    if (found === undefined) throw new Error(`no primitive ${id}`);
    return found;
  };
  const group = (id: string): Group => {
    const found = draft.groups.get(id);
    used.add(id);
    return {
      kind: 'group',
      id: resourceId(id),
      members: (found?.members ?? []).map(primitive),
      meta: [{ id: `${id}-meta`, score: 0, values: found?.meta ?? {} }],
      parameters: [],
    };
  };
  const clones = [...draft.clones].map(([id, { child, meta }]): Clone => ({
    kind: 'clone',
    id: resourceId(id),
    child: draft.groups.has(child) ? group(child) : primitive(child),
    meta: [{ id: `${id}-meta`, score: 0, values: meta }],
    parameters: [],
    promotable: false,
  }));
  const groups = [...draft.groups.keys()].filter((id) => !used.has(id)).map(group);
  const bundles = [...draft.bundles].map(([id, { child, settings }]) =>
    bundleOf(id, primitive(child), settings),
  );
  const single = [...draft.primitives.values()].filter((entry) => !used.has(entry.id));
  return [...single, ...groups, ...clones, ...bundles];
}

function makeNode(draft: Draft, name: string): NodeStatus {
  const flags = draft.nodes.get(name) ?? new Set();
  const up = !flags.has('lost') && !flags.has('offline');
  return {
    id: name,
    name: nodeName(name),
    memberSince: up ? 1 : 0,
    processSince: up ? 1 : 0,
    join: up ? (flags.has('pending') ? 'pending' : 'member') : 'down',
    expected: flags.has('offline') ? 'down' : 'member',
    ...(flags.has('held') ? { held: true } : {}),
    transient: [
      {
        id: 'transient',
        score: 0,
        values: {
          ...draft.attributes.get(name),
          ...(flags.has('leaving') ? { shutdown: '1' } : {}),
        },
      },
    ],
    history: historiesOf(draft, name),
  };
}

function historiesOf(draft: Draft, node: string): readonly ResourceHistory[] {
  const given = [...draft.histories].filter(([key]) => key.endsWith(` ${node}`));
  const other = [...draft.primitives.values()].filter(
    ({ id }) => !draft.histories.has(`${id} ${node}`),
  );
  return [
    ...given.map(([, history]) => history),
    ...other.flatMap((entry) => makeHistory(draft, entry, node)),
  ];
}

/** `start=0`, `monitor@10=7`, `monitor=7` (a probe): operation, interval in seconds, exit code. */
function readHistory(resource: string, node: string, words: readonly string[]): ResourceHistory {
  const operations = words.map((text, position): OperationRecord => {
    const word = text.replace(/\^$/, '');
    const [, name = '', seconds = '0', way, other = '', exit = ''] =
      /^(\w+)(?:@(\d+))?(?:([<>])(\w+))?=(\d+)/.exec(word) ?? [];
    const isProbe = name === 'monitor' && seconds === '0';
    const made = {
      ...record(name, Number(seconds) * 1000, position + 2, Number(exit), isProbe ? 7 : 0),
      ...(word !== text && { id: `${resource}_last_failure_0` }),
      lastChangeAt: LONG_AGO,
      ...(way === '>' && { migrateSource: nodeName(node), migrateTarget: nodeName(other) }),
      ...(way === '<' && { migrateSource: nodeName(other), migrateTarget: nodeName(node) }),
    };
    if (word.endsWith('?')) return { ...made, status: 'pending', callId: -1 };
    if (word.endsWith('*')) return { ...made, status: 'pending', lastChangeAt: LATELY };
    return word.endsWith('!') ? { ...made, digest: 'of other parameters' } : made;
  });
  const isOther = words.some((word) => word.endsWith('~'));
  const agent = isOther ? { ...AGENT, type: 'Other' } : (bundledAgent(resource) ?? AGENT);
  return { resource: resourceId(resource), agent, operations };
}

function makeHistory(draft: Draft, primitive: Primitive, node: string): readonly ResourceHistory[] {
  const key = `${primitive.id} ${node}`;
  if (draft.unknown.has(key)) return [];
  const state = draft.running.get(key);
  const operations: OperationRecord[] =
    state === undefined
      ? [record('monitor', 0, 1, 7, 7)]
      : [
          record('start', 0, 2, 0, 0),
          ...(state === 'promoted' ? [record('promote', 0, 3, 0, 0)] : []),
          ...monitorsOf(primitive, state),
        ];
  const failure = draft.failed.get(key);
  if (failure !== undefined) {
    const monitor = primitive.operations.find((entry) => entry.name === failure.operation);
    const interval = monitor?.intervalMs ?? (failure.operation === 'monitor' ? 10_000 : 0);
    operations.push(record(failure.operation, interval, 9, failure.exitCode, 0));
  }
  return [{ resource: primitive.id, agent: primitive.agent ?? AGENT, operations }];
}

function monitorsOf(
  primitive: Primitive,
  state: 'started' | 'promoted',
): readonly OperationRecord[] {
  return primitive.operations
    .filter((entry) => (entry.attributes['role'] === 'Promoted') === (state === 'promoted'))
    .map((entry) => {
      const expected = state === 'promoted' ? 8 : 0;
      return record('monitor', entry.intervalMs, 5, expected, expected);
    });
}

function record(
  operation: string,
  intervalMs: number,
  callId: number,
  exitCode: number,
  expectedExitCode: number,
): OperationRecord {
  const parameters = new Map(intervalMs > 0 ? [['CRM_meta_timeout', '20000']] : []);
  return {
    id: `${operation}-${intervalMs}`,
    operation,
    intervalMs,
    callId,
    status: 'done',
    exitCode,
    expectedExitCode,
    digest: digestOf(parameters),
  };
}
