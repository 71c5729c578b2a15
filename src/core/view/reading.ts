/** What all views of one moment look things up in: built once from the state. */
import { childrenOf } from '../model/children.ts';
import type { Bundle, Clone, Resource } from '../model/configuration.ts';
import type { PlannedAction, Unplaced } from '../model/plan.ts';
import type { ClusterState, NodeRecord } from '../cluster/state.ts';
import type { Mark } from '../cluster/marks.ts';
import type { StoreView } from '../store/types.ts';
import { activityOf } from './activity.ts';
import type { Activity } from './activity.ts';
import { byCodeUnits, configuredId } from './names.ts';
import type { LocalFacts } from './types.ts';

export interface Reading {
  readonly cluster: ClusterState;
  readonly view: StoreView;
  readonly local: LocalFacts;
  /** Every configured resource, members of groups and clones included, with what it is in. */
  readonly resources: ReadonlyMap<string, Known>;
  /** Where each configured primitive has a history. */
  readonly traces: ReadonlyMap<string, readonly Trace[]>;
  readonly unplaced: ReadonlyMap<string, Unplaced>;
  /** Real actions that may be running now. */
  readonly ready: readonly PlannedAction[];
  /** The same by configured resource. */
  readonly readyOf: ReadonlyMap<string, readonly PlannedAction[]>;
  readonly waitingOf: ReadonlyMap<string, readonly PlannedAction[]>;
  readonly nodes: readonly NodeRecord[];
  readonly marks: readonly Mark[];
}

export interface Known {
  readonly resource: Resource;
  readonly parents: readonly Resource[];
  readonly promotable: boolean;
}

export interface Trace {
  readonly instance: string;
  readonly node: NodeRecord;
  readonly activity: Activity;
}

export function read(cluster: ClusterState, view: StoreView, local: LocalFacts): Reading {
  const resources = knownResources(cluster.configuration.model.resources);
  const nodes = Object.values(cluster.nodes).toSorted((a, b) => byCodeUnits(a.name, b.name));
  const ready = realActions(cluster, 'ready');
  return {
    cluster,
    view,
    local,
    resources,
    traces: tracesOf(nodes, resources),
    unplaced: unplacedOf(cluster.decision.unplaced),
    ready,
    readyOf: byResource(ready),
    waitingOf: byResource(realActions(cluster, 'waiting')),
    nodes,
    marks: Object.values(cluster.marks).toSorted((a, b) => byCodeUnits(a.id, b.id)),
  };
}

/** Every resource below these, by its id. */
export function knownResources(top: readonly Resource[]): Map<string, Known> {
  const known = new Map<string, Known>();
  const stack = top.map((resource): Known => ({ resource, parents: [], promotable: false }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    known.set(next.resource.id, next);
    const parents = [...next.parents, next.resource];
    const promotable = next.promotable || isPromotable(next.resource);
    for (const child of childrenOf(next.resource)) {
      stack.push({ resource: child, parents, promotable });
    }
  }
  return known;
}

export function isPromotable(resource: Resource): boolean {
  return resource.kind === 'clone' && (resource.promotable || metaIsTrue(resource, 'promotable'));
}

/** A meta attribute without its rules: enough for display. */
export function metaOf(resource: Resource, name: string): string | undefined {
  for (const block of resource.meta) {
    const value = block.values[name];
    if (value !== undefined) return value;
  }
  return undefined;
}

function metaIsTrue(resource: Clone | Bundle, name: string): boolean {
  return metaOf(resource, name) === 'true';
}

function tracesOf(
  nodes: readonly NodeRecord[],
  resources: ReadonlyMap<string, Known>,
): Map<string, Trace[]> {
  const traces = new Map<string, Trace[]>();
  for (const node of nodes) {
    for (const history of Object.values(node.history)) {
      const id = resources.has(history.resource)
        ? history.resource
        : configuredId(history.resource);
      const activity = activityOf(history, resources.get(id)?.promotable ?? false);
      const list = traces.get(id);
      const trace = { instance: history.resource, node, activity };
      if (list === undefined) traces.set(id, [trace]);
      else list.push(trace);
    }
  }
  return traces;
}

function unplacedOf(unplaced: readonly Unplaced[]): Map<string, Unplaced> {
  const found = new Map<string, Unplaced>();
  for (const entry of unplaced) {
    const id = configuredId(entry.resource);
    if (!found.has(id)) found.set(id, entry);
  }
  return found;
}

function realActions(cluster: ClusterState, state: 'ready' | 'waiting'): PlannedAction[] {
  const { transition } = cluster;
  if (transition === undefined) return [];
  return transition.actions.filter(
    (action, index) => !action.pseudo && transition.states[index] === state,
  );
}

function byResource(actions: readonly PlannedAction[]): Map<string, PlannedAction[]> {
  const found = new Map<string, PlannedAction[]>();
  for (const action of actions) {
    if (action.resource === undefined) continue;
    const id = configuredId(action.resource);
    const list = found.get(id);
    if (list === undefined) found.set(id, [action]);
    else list.push(action);
  }
  return found;
}
