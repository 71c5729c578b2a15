/** The tree of resources: what runs where, and for the rest why not. */
import { agentText, parseBoolean } from '../model/value.ts';
import type { Resource } from '../model/configuration.ts';
import { instancesOf } from './instances.ts';
import { childrenOf } from '../model/children.ts';
import { isPromotable, metaOf } from './reading.ts';
import type { Reading } from './reading.ts';
import type { InstanceView, ResourceState, ResourceView } from './types.ts';
import { whyNot } from './why-not.ts';
import { whyUnpromoted } from './promotion.ts';

export function resourceViews(reading: Reading): readonly ResourceView[] {
  return reading.cluster.configuration.model.resources.map((resource) =>
    resourceView(reading, resource),
  );
}

/** Nesting is at most clone → group → primitive, so this depth is bounded. */
export function resourceView(reading: Reading, resource: Resource): ResourceView {
  const children = childrenOf(resource).map((child) => resourceView(reading, child));
  const own = resource.kind === 'primitive' || resource.kind === 'bundle';
  const on = own ? instancesOf(reading, resource.id) : placesOf(children);
  const reached = own ? ownState(reading, resource, on) : combinedState(children);
  const unpromoted = reached === 'running' ? whyUnpromoted(reading, resource, on) : undefined;
  const state = unpromoted === undefined ? reached : 'partly';
  const reason = unpromoted ?? whyNot(reading, resource, state, children);
  return {
    id: resource.id,
    kind: isPromotable(resource) ? 'promotable' : resource.kind,
    ...agentOf(resource),
    ...(resource.description === undefined ? {} : { description: resource.description }),
    state,
    on,
    managed: isManaged(reading, resource),
    ...(reason === undefined ? {} : { whyNot: reason }),
    children,
  };
}

function agentOf(resource: Resource): { agent?: string } {
  if (resource.kind === 'bundle') return { agent: resource.engine };
  if (resource.kind !== 'primitive' || resource.agent === undefined) return {};
  return { agent: agentText(resource.agent) };
}

/** The state of something that agents run, from where it is. */
function ownState(
  reading: Reading,
  resource: Resource,
  on: readonly InstanceView[],
): ResourceState {
  const states = new Set(on.map((instance) => instance.state));
  const running = on.filter((instance) => instance.state === 'running').length;
  if (running > 0) return running >= wantedCount(reading, resource) ? 'running' : 'partly';
  for (const state of ['changing', 'starting', 'stopping', 'unclean', 'failed'] as const) {
    if (states.has(state)) return state;
  }
  const traces = reading.traces.get(resource.id) ?? [];
  const probed = traces.some((trace) => trace.activity.state !== 'unknown');
  return probed || reading.unplaced.has(resource.id) ? 'stopped' : 'unknown';
}

/** How many instances the last decision wants to run: at least one. */
function wantedCount(reading: Reading, resource: Resource): number {
  const inClone = reading.resources
    .get(resource.id)
    ?.parents.some((parent) => parent.kind === 'clone' || parent.kind === 'bundle');
  if (inClone !== true) return 1;
  const placed = reading.cluster.decision.placements.filter(
    ({ resource: instance }) => instance === resource.id || instance.startsWith(`${resource.id}:`),
  );
  return Math.max(1, placed.length);
}

function combinedState(children: readonly ResourceView[]): ResourceState {
  const states = children.map((child) => child.state);
  if (states.length === 0) return 'stopped';
  if (states.every((state) => state === 'running')) return 'running';
  for (const state of ['failed', 'unclean', 'changing', 'starting', 'stopping'] as const) {
    if (states.includes(state)) return state;
  }
  if (states.some((state) => state === 'running' || state === 'partly')) return 'partly';
  return states.every((state) => state === 'unknown') ? 'unknown' : 'stopped';
}

/** Where a group or clone is: on each node where a member is, in the least advanced state. */
function placesOf(children: readonly ResourceView[]): readonly InstanceView[] {
  const places = new Map<string, InstanceView>();
  for (const instance of children.flatMap((child) => child.on)) {
    const { failCount: _, promotionScore: __, ...place } = instance;
    const known = places.get(instance.node);
    if (known === undefined || known.state === 'running') places.set(instance.node, place);
  }
  return [...places.values()];
}

function isManaged(reading: Reading, resource: Resource): boolean {
  if (isInMaintenance(reading)) return false;
  const parents = reading.resources.get(resource.id)?.parents ?? [];
  return [resource, ...parents].every(
    (entry) =>
      metaOf(entry, 'is-managed') !== 'false' &&
      metaOf(entry, 'maintenance') !== 'true' &&
      !reading.marks.some(
        (mark) => mark.kind === 'resource-maintenance' && mark.resource === entry.id,
      ),
  );
}

/** The whole cluster is. */
function isInMaintenance({ cluster }: Reading): boolean {
  const { options } = cluster.configuration.model;
  const value = options.find(({ values }) => 'maintenance-mode' in values)?.values;
  return parseBoolean(value?.['maintenance-mode'] ?? 'false') === true;
}
