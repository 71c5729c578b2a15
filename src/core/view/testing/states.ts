/** Hand-made states for tests of the views and of what shows them. */
import type { ClusterState, NodeRecord } from '../../cluster/state.ts';
import type { Configuration, Group, Primitive, Resource } from '../../model/configuration.ts';
import { incarnation, nodeName, resourceId, wallMs } from '../../model/ids.ts';
import type { OperationRecord, ResourceHistory } from '../../model/picture.ts';
import type { PlannedAction } from '../../model/plan.ts';
import type { StoreView } from '../../store/types.ts';
import type { ActionState, Transition } from '../../transition/types.ts';
import type { LocalFacts } from '../types.ts';

/** 2026-11-20T12:00:00Z. */
export const NOON = 1_795_176_000_000;

const NO_CONFIGURATION: Configuration = {
  options: [],
  nodes: [],
  resources: [],
  templates: [],
  constraints: [],
  resourceDefaults: [],
  operationDefaults: [],
  tags: [],
  fenceDevices: [],
  fencingLevels: [],
};

export function configured(
  resources: readonly Resource[],
  more: Partial<Configuration> = {},
): ClusterState['configuration'] {
  return {
    version: 4,
    model: { ...NO_CONFIGURATION, ...more, resources },
    source: '# the cluster\n',
    appliedAt: wallMs(NOON - 3_600_000),
    appliedBy: 'anna@n1',
  };
}

export function primitive(id: string, more: Partial<Primitive> = {}): Primitive {
  return {
    kind: 'primitive',
    id: resourceId(id),
    agent: { class: 'ocf', provider: 'heartbeat', type: 'Dummy' },
    meta: [],
    parameters: [],
    utilization: [],
    operations: [],
    ...more,
  };
}

export function group(id: string, members: readonly Primitive[]): Group {
  return { kind: 'group', id: resourceId(id), members, meta: [], parameters: [] };
}

export function clone(id: string, child: Primitive | Group, promotable = false): Resource {
  return { kind: 'clone', id: resourceId(id), child, meta: [], parameters: [], promotable };
}

export function node(name: string, more: Partial<NodeRecord> = {}): NodeRecord {
  return {
    name: nodeName(name),
    condition: 'online',
    because: 'it joined',
    since: wallMs(NOON - 7_200_000),
    incarnation: incarnation(`${name}-life`),
    boot: `${name}-boot`,
    history: {},
    attributes: {},
    shutdownRequested: false,
    ...more,
  };
}

/** "start 0", "monitor/10000 7 not running": one record in the notation of the tests. */
function record(text: string, callId: number): OperationRecord {
  const [what = '', code = '0', ...reason] = text.split(' ');
  const [operation = '', interval = '0'] = what.split('/');
  const exitReason = reason.join(' ');
  const timeout = code === 'timeout';
  return {
    id: `${operation}_${interval}_${callId}`,
    operation,
    intervalMs: Number(interval),
    callId: code === 'pending' ? -1 : callId,
    status: timeout ? 'timeout' : code === 'pending' ? 'pending' : 'done',
    exitCode: timeout ? 1 : Number(code) || 0,
    lastChangeAt: wallMs(NOON - 600_000 + callId * 1000),
    ...(exitReason === '' ? {} : { exitReason }),
  };
}

export function history(resource: string, ...records: readonly string[]): ResourceHistory {
  return {
    resource: resourceId(resource),
    agent: { class: 'ocf', provider: 'heartbeat', type: 'Dummy' },
    operations: records.map((text, index) => record(text, index + 1)),
  };
}

export function histories(...list: readonly ResourceHistory[]): NodeRecord['history'] {
  return Object.fromEntries(list.map((entry) => [entry.resource, entry]));
}

/** An action and its state, "start web n1 ready". */
export function action(text: string, id: number, more: Partial<PlannedAction> = {}): PlannedAction {
  const [kind = 'start', resource = '', where = ''] = text.split(' ');
  return {
    id,
    kind: kind as PlannedAction['kind'],
    pseudo: false,
    name: `${resource}_${kind}_0 ${where}`,
    ...(kind === 'fence' ? {} : { resource: resourceId(resource), instance: resourceId(resource) }),
    node: nodeName(kind === 'fence' ? resource : where),
    intervalMs: 0,
    reason: `${resource} is to be on ${where}`,
    priority: 0,
    ...more,
  };
}

/** Actions with their states, each one ordered after the one before. */
export function chain(...steps: readonly (readonly [PlannedAction, ActionState])[]): Transition {
  return {
    id: '1.1',
    actions: steps.map(([step]) => step),
    before: steps.map((_, index) => (index === 0 ? [] : [index - 1])),
    after: steps.map((_, index) => (index === steps.length - 1 ? [] : [index + 1])),
    states: steps.map(([, state]) => state),
    leftOver: [],
    because: 'web failed',
  };
}

/** Fencing by all its devices was tried an hour ago, unless `more` says otherwise. */
export function clusterOf(
  nodes: readonly NodeRecord[],
  more: Partial<ClusterState> = {},
): ClusterState {
  const proofs = (more.configuration?.model.fenceDevices ?? []).flatMap(({ id }) =>
    nodes.map(({ name }) => ({
      device: id,
      target: name,
      answeredAt: wallMs(NOON - 3_600_000),
    })),
  );
  const fencing = { active: [], ended: [], failures: {}, retryAt: {}, ...more.fencing };
  return {
    time: wallMs(NOON),
    epoch: 1,
    view: '1.1.1',
    acting: true,
    quorate: true,
    featureLevel: 1,
    configuration: configured([]),
    nodes: Object.fromEntries(nodes.map((entry) => [entry.name, entry])),
    marks: {},
    tickets: {},
    transition: undefined,
    decision: {
      wanted: 1,
      because: '',
      answered: 1,
      placements: [],
      unplaced: [],
      findings: [],
      nextChangeAt: undefined,
      frozen: undefined,
    },
    story: [],
    storyCount: 0,
    changeCount: 0,
    recentChanges: [],
    ...more,
    fencing: { ...fencing, proofs: fencing.proofs ?? proofs },
  };
}

export function viewOf(names: readonly string[], more: Partial<StoreView> = {}): StoreView {
  return {
    phase: { kind: 'open', acting: true },
    ring: undefined,
    epoch: 1,
    quorate: true,
    members: names.map((name) => ({
      node: nodeName(name),
      incarnation: incarnation(`${name}-life`),
      boot: `${name}-boot`,
      featureLevel: 1,
    })),
    dc: nodeName('n1'),
    self: nodeName('n1'),
    silent: [],
    joining: [],
    findings: [],
    refused: {},
    ...more,
  };
}

export const LOCAL: LocalFacts = {
  clusterName: 'web',
  engine: 'corosync',
  self: nodeName('n1'),
  version: '0.0.0',
  wallMs: wallMs(NOON),
  startedAt: wallMs(NOON - 7_200_000),
  loopBlockMaxMs: 4,
  daemonGraceMs: 30_000,
  notes: [],
};
