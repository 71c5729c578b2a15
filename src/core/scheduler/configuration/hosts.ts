/** The hosts of a decision: configured nodes, remote nodes and guests, sorted by name. */
import type {
  Configuration,
  NodeConfiguration,
  Primitive,
  Resource,
} from '../../model/configuration.ts';
import type { NodeStatus, Picture } from '../../model/picture.ts';
import { mergeBlocks, readBlocks } from '../values/blocks.ts';
import type { Values } from '../values/blocks.ts';
import type { RuleContext } from '../values/rules.ts';
import { compareText, readInteger } from '../values/text.ts';
import type { Host } from '../world.ts';

interface Seed {
  readonly id: string;
  readonly name: string;
  readonly kind: Host['kind'];
  readonly configuration: NodeConfiguration | undefined;
}

/** Hosts by index; the index is their rank by name, which breaks ties of placement. */
export function buildHosts(picture: Picture, context: RuleContext): Host[] {
  const seeds = new Map<string, Seed>();
  const guests = guestNames(picture.configuration);
  const remotes = remoteNames(picture.configuration);
  for (const node of picture.configuration.nodes) {
    if (node.type === 'ping' || seeds.has(node.name)) continue;
    const guest = guests.has(node.name);
    const remote = node.type === 'remote' || remotes.has(node.name);
    const kind = guest ? 'guest' : remote ? 'remote' : 'member';
    seeds.set(node.name, { id: node.id, name: node.name, kind, configuration: node });
  }
  for (const [names, kind] of [
    [remotes, 'remote'],
    [guests, 'guest'],
    [removedRemotes(picture), 'remote'],
  ] as const) {
    for (const name of names) {
      if (!seeds.has(name)) seeds.set(name, { id: name, name, kind, configuration: undefined });
    }
  }
  const states = new Map<string, NodeStatus>();
  for (const state of picture.status.nodes) {
    if (!states.has(state.id)) states.set(state.id, state);
    if (!states.has(state.name)) states.set(state.name, state);
  }
  const sorted = [...seeds.values()].sort((a, b) => compareNames(a.name, b.name));
  return sorted.map((seed, index) =>
    buildHost(seed, index, states.get(seed.id) ?? states.get(seed.name), picture, context),
  );
}

/** Remote nodes that are not configured any more, but whose connections are known in histories. */
function removedRemotes(picture: Picture): ReadonlySet<string> {
  const connections = new Set<string>();
  for (const { history } of picture.status.nodes) {
    for (const { resource, agent } of history) {
      if (agent.provider === 'pacemaker' && agent.type === 'remote') connections.add(resource);
    }
  }
  const names = picture.status.nodes.map((state) => state.name);
  return new Set(names.filter((name) => connections.has(name)));
}

function buildHost(
  seed: Seed,
  index: number,
  state: NodeStatus | undefined,
  picture: Picture,
  context: RuleContext,
): Host {
  const attributes = readAttributes(seed, state, picture, context);
  return {
    index,
    id: seed.id,
    name: seed.name,
    kind: seed.kind,
    attributes,
    capacity: readCapacity(seed.configuration, state, context),
    connection: undefined,
    container: undefined,
    state,
    seen: state !== undefined,
    online: false,
    pending: false,
    unclean: false,
    standby: false,
    standbyByFailure: false,
    maintenance: false,
    shutdown: false,
    held: state?.held ?? false,
    expectedUp: false,
    isDc: picture.status.dc !== undefined && picture.status.dc === seed.name,
    probesDisabled: false,
    resetNeeded: false,
    remoteFenced: state?.remoteFenced ?? false,
    health: 0,
    fenceReason: undefined,
    fencePriorityDelay: false,
    fencePriority: 0,
    active: [],
    load: 0,
    unfenceAgain: undefined,
  };
}

/** Rules of transient attributes may ask for permanent ones; built-in names start with `#`. */
function readAttributes(
  seed: Seed,
  state: NodeStatus | undefined,
  picture: Picture,
  context: RuleContext,
): Values {
  const attributes: Values = new Map([
    ['#uname', seed.name],
    ['#id', seed.id],
    ['#kind', seed.kind === 'member' ? 'cluster' : seed.kind === 'guest' ? 'container' : 'remote'],
    ['#is_dc', picture.status.dc === seed.name ? 'true' : 'false'],
  ]);
  const cluster = context.meta?.('cluster-name');
  if (cluster !== undefined) attributes.set('#cluster-name', cluster);
  const site = readBlocks(seed.configuration?.attributes ?? [], context).get('site-name');
  if (site ?? cluster) attributes.set('#site-name', site ?? cluster ?? '');
  const withNode: RuleContext = { ...context, attribute: (name) => attributes.get(name) };
  for (const [name, value] of readBlocks(state?.transient ?? [], withNode)) {
    attributes.set(name, value);
  }
  for (const [name, value] of readBlocks(seed.configuration?.attributes ?? [], withNode)) {
    if (!attributes.has(name)) attributes.set(name, value);
  }
  return attributes;
}

function readCapacity(
  configuration: NodeConfiguration | undefined,
  state: NodeStatus | undefined,
  context: RuleContext,
): Map<string, number> {
  const capacity = new Map<string, number>();
  const values = readBlocks(state?.transientUtilization ?? [], context);
  for (const [name, value] of mergeBlocks(values, configuration?.utilization ?? [], context)) {
    capacity.set(name, readInteger(value) ?? 0);
  }
  return capacity;
}

/** Names with runs of digits compared as numbers, so that node9 comes before node10. */
export function compareNames(left: string, right: string): number {
  const a = left.toLowerCase().match(/\d+|\D+/g) ?? [];
  const b = right.toLowerCase().match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const x = a[i] ?? '';
    const y = b[i] ?? '';
    const numeric = /^\d/.test(x) && /^\d/.test(y);
    const order = numeric ? Number(x) - Number(y) : compareText(x, y);
    if (order !== 0) return order;
  }
  return a.length - b.length || compareText(left, right);
}

function primitives(configuration: Configuration): readonly Primitive[] {
  return configuration.resources.flatMap(primitivesIn);
}

function primitivesIn(resource: Resource): readonly Primitive[] {
  switch (resource.kind) {
    case 'primitive':
      return [resource];
    case 'group':
      return resource.members;
    case 'clone':
      return resource.child.kind === 'group' ? resource.child.members : [resource.child];
    case 'bundle':
      return [];
  }
}

export function isRemoteConnection(primitive: Primitive): boolean {
  const agent = primitive.agent;
  return agent?.class === 'ocf' && agent.provider === 'pacemaker' && agent.type === 'remote';
}

/** The guest node's name that a primitive's meta attributes give. */
export function guestNameOf(primitive: Primitive): string | undefined {
  return primitive.meta
    .map((block) => block.values['remote-node'])
    .find((name) => name !== undefined && name !== '');
}

function remoteNames(configuration: Configuration): ReadonlySet<string> {
  const names = new Set<string>();
  for (const resource of configuration.resources) {
    if (resource.kind === 'clone') continue;
    for (const primitive of primitivesIn(resource)) {
      if (isRemoteConnection(primitive)) names.add(primitive.id);
    }
  }
  return names;
}

function guestNames(configuration: Configuration): ReadonlySet<string> {
  const names = new Set<string>();
  const ids = new Set<string>(configuration.resources.map((resource) => resource.id));
  for (const primitive of primitives(configuration)) {
    const name = guestNameOf(primitive);
    if (name !== undefined && !ids.has(name)) names.add(name);
  }
  for (const resource of configuration.resources) {
    if (resource.kind !== 'bundle' || resource.child === undefined) continue;
    for (let i = 0; i < bundleReplicas(resource.container); i += 1)
      names.add(`${resource.id}-${i}`);
  }
  return names;
}

export function bundleReplicas(container: Readonly<Record<string, string>>): number {
  const promoted = readInteger(container['promoted-max'] ?? container['masters']) ?? 0;
  const replicas = readInteger(container['replicas']) ?? 0;
  return Math.min(REPLICAS_MAX, Math.max(1, replicas > 0 ? replicas : promoted));
}

const REPLICAS_MAX = 1000;
