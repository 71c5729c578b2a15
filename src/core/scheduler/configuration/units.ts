/** The tree of units from the configured resources: templates merged, clones multiplied. */
import type {
  Clone,
  Configuration,
  Group,
  Primitive,
  Resource,
} from '../../model/configuration.ts';
import { resourceId } from '../../model/ids.ts';
import type { AgentName } from '../../model/operation.ts';
import type { AttributeBlock } from '../../model/rule.ts';
import { INFINITY_SCORE } from '../../model/score.ts';
import { mergeBlocks } from '../values/blocks.ts';
import type { Values } from '../values/blocks.ts';
import type { RuleContext } from '../values/rules.ts';
import {
  isTrue,
  readBoolean,
  readDurationMs,
  readInteger,
  readRole,
  readScore,
} from '../values/text.ts';
import { note, ROLE } from '../world.ts';
import type { CloneSettings, Definition, Requirement, RoleLevel, Unit, World } from '../world.ts';
import { addBundle } from './bundles.ts';
import { addGuest } from './guests.ts';
import { guestNameOf, isRemoteConnection } from './hosts.ts';

const INSTANCES_MAX = 10_000;

/** Adds all configured resources to the world, in their order. */
export function buildUnits(world: World, context: RuleContext): void {
  for (const resource of world.picture.configuration.resources) {
    if (world.unitById.has(resource.id)) {
      note(world, 'duplicate-id', resource.id, `A second resource ${resource.id} is ignored.`);
      continue;
    }
    addResource(world, resource, context);
  }
  world.roots.sort((a, b) => b.priority - a.priority);
  attachContainers(world);
}

function addResource(world: World, resource: Resource, context: RuleContext): void {
  switch (resource.kind) {
    case 'primitive':
      world.roots.push(addPrimitive(world, resource, undefined, context));
      return;
    case 'group':
      world.roots.push(addGroup(world, resource, undefined, context));
      return;
    case 'clone':
      world.roots.push(addClone(world, resource, context));
      return;
    case 'bundle':
      addBundle(world, resource, context);
      return;
  }
}

export interface Place {
  readonly parent: Unit;
  /** Number of the clone's instance; undefined outside clones. */
  readonly number: number | undefined;
}

const suffixed = (id: string, place: Place | undefined): string =>
  place?.number === undefined ? id : `${id}:${place.number}`;

export function addPrimitive(
  world: World,
  primitive: Primitive,
  place: Place | undefined,
  context: RuleContext,
): Unit {
  const definition = mergeTemplate(world, primitive);
  const unit = addUnit(world, {
    id: suffixed(primitive.id, place),
    configId: primitive.id,
    kind: 'primitive',
    place,
    definition,
    metaBlocks: definition.meta,
    context,
    clone: undefined,
  });
  const guest = guestNameOf(primitive);
  if (guest !== undefined) addGuest(world, unit, guest, context);
  if (isRemoteConnection(primitive) && place?.number === undefined) {
    const host = world.hostByName.get(primitive.id);
    if (host !== undefined) {
      host.connection = unit;
      unit.connectionOf = host;
    }
  }
  return unit;
}

function mergeTemplate(world: World, primitive: Primitive): Definition {
  const template =
    primitive.template === undefined
      ? undefined
      : world.picture.configuration.templates.find((entry) => entry.id === primitive.template);
  if (primitive.template !== undefined && template === undefined) {
    note(
      world,
      'no-template',
      primitive.id,
      `${primitive.id} names the template ${primitive.template}, which does not exist.`,
    );
  }
  const agent = primitive.agent ?? template?.agent ?? UNKNOWN_AGENT;
  if (template === undefined) return { ...primitive, agent };
  const own = new Set(primitive.operations.map((op) => `${op.name} ${op.intervalMs}`));
  const inherited = template.operations.filter((op) => !own.has(`${op.name} ${op.intervalMs}`));
  return {
    id: primitive.id,
    agent,
    parameters: [...primitive.parameters, ...template.parameters],
    utilization: [...primitive.utilization, ...template.utilization],
    operations: [...primitive.operations, ...inherited],
    meta: [...primitive.meta, ...template.meta],
    template: template.id,
  };
}

const UNKNOWN_AGENT: AgentName = { class: 'ocf', type: 'unknown' };

export function addGroup(
  world: World,
  group: Group,
  place: Place | undefined,
  context: RuleContext,
): Unit {
  const unit = addUnit(world, {
    id: suffixed(group.id, place),
    configId: group.id,
    kind: 'group',
    place,
    definition: undefined,
    metaBlocks: group.meta,
    context,
    clone: undefined,
  });
  const seen = new Set<string>();
  for (const member of group.members) {
    if (seen.has(member.id)) continue;
    seen.add(member.id);
    const inherited = { ...member, parameters: [...member.parameters, ...group.parameters] };
    unit.children.push(
      addPrimitive(world, inherited, { parent: unit, number: place?.number }, context),
    );
  }
  return unit;
}

/** A clone with its instances; `parent` is the bundle whose inner clone it is. */
export function addClone(world: World, clone: Clone, context: RuleContext, parent?: Unit): Unit {
  const meta = readMeta(world, clone.meta, parent, context, undefined);
  const settings = cloneSettings(world, clone, meta);
  const unit = addUnit(world, {
    id: clone.id,
    configId: clone.id,
    kind: 'clone',
    place: parent === undefined ? undefined : { parent, number: undefined },
    definition: undefined,
    metaBlocks: clone.meta,
    context,
    clone: settings,
  });
  const count = Math.max(1, settings.instancesMax);
  for (let number = 0; number < count; number += 1) addInstance(world, unit, number, context);
  if (settings.instancesMax <= 0) for (const child of unit.children) child.removed = true;
  return unit;
}

/** One more instance of a clone: a configured one, or one found beyond `clone-max`. */
export function addInstance(
  world: World,
  clone: Unit,
  number: number,
  context: RuleContext,
): Unit | undefined {
  const source = clone.clone?.source;
  if (source === undefined) return undefined;
  const child = source.child;
  const place: Place = { parent: clone, number };
  const parameters = source.parameters;
  const instance =
    child.kind === 'group'
      ? addGroup(
          world,
          { ...child, parameters: [...child.parameters, ...parameters] },
          place,
          context,
        )
      : addPrimitive(
          world,
          { ...child, parameters: [...child.parameters, ...parameters] },
          place,
          context,
        );
  clone.children.push(instance);
  return instance;
}

function cloneSettings(world: World, clone: Clone, meta: Values): CloneSettings {
  const number = (name: string): number | undefined => readInteger(meta.get(name));
  const promotable = clone.promotable || isTrue(meta.get('promotable'));
  const perNode = number('clone-node-max') ?? 1;
  const unique = readBoolean(meta.get('globally-unique')) ?? perNode > 1;
  const hosts = world.hosts.length;
  return {
    instancesMax: Math.min(INSTANCES_MAX, number('clone-max') ?? Math.max(1, hosts)),
    perNodeMax: unique || number('clone-node-max') === 0 ? perNode : Math.min(perNode, 1),
    instancesMin: number('clone-min') ?? 0,
    interleave: isTrue(meta.get('interleave')),
    ordered: isTrue(meta.get('ordered')),
    promotable,
    promotedMax: promotable ? (number('promoted-max') ?? number('master-max') ?? 1) : 0,
    promotedPerNodeMax: promotable
      ? (number('promoted-node-max') ?? number('master-node-max') ?? 1)
      : 0,
    source: clone,
  };
}

export interface UnitSeed {
  readonly id: string;
  readonly configId: string;
  readonly kind: Unit['kind'];
  readonly place: Place | undefined;
  readonly definition: Definition | undefined;
  readonly metaBlocks: readonly AttributeBlock[];
  readonly context: RuleContext;
  readonly clone: CloneSettings | undefined;
  readonly extraMeta?: Readonly<Record<string, string>>;
}

/** Makes a unit and registers it under its id and, where free, its configured id. */
export function addUnit(world: World, seed: UnitSeed): Unit {
  const parent = seed.place?.parent;
  const agent = seed.definition?.agent;
  const meta = readMeta(world, seed.metaBlocks, parent, seed.context, agent, seed.extraMeta);
  const unit = blankUnit(world, seed, meta);
  world.units.push(unit);
  if (!world.unitById.has(unit.id)) world.unitById.set(unit.id, unit);
  if (!world.unitById.has(unit.configId)) world.unitById.set(unit.configId, unit);
  return unit;
}

/** Own blocks, then the parent's values, then the defaults; the first value of a name wins. */
export function readMeta(
  world: World,
  blocks: readonly AttributeBlock[],
  parent: Unit | undefined,
  context: RuleContext,
  agent: AgentName | undefined,
  extra: Readonly<Record<string, string>> = {},
): Values {
  const meta: Values = new Map(Object.entries(extra));
  const withAgent: RuleContext = { ...context, agent };
  mergeBlocks(meta, blocks, withAgent);
  for (const [name, value] of parent?.meta ?? []) if (!meta.has(name)) meta.set(name, value);
  return mergeBlocks(meta, world.picture.configuration.resourceDefaults, withAgent);
}

function blankUnit(world: World, seed: UnitSeed, meta: Values): Unit {
  const { options } = world;
  const hosts = world.hosts.length;
  const parent = seed.place?.parent;
  const role = readRole(meta.get('target-role') ?? meta.get('target_role'));
  const maintenance = options.maintenance || isTrue(meta.get('maintenance'));
  const managed = readBoolean(meta.get('is-managed') ?? meta.get('is_managed')) ?? true;
  const clone = seed.clone ?? parent?.clone;
  return {
    index: world.units.length,
    id: seed.id,
    configId: seed.configId,
    kind: seed.kind,
    parent,
    children: [],
    definition: seed.definition,
    meta,
    instanceNumber: seed.place?.number ?? -1,
    clone: seed.clone,
    bundle: undefined,
    unique: readUnique(meta, clone, parent),
    notify: isTrue(meta.get('notify')),
    critical: readBoolean(meta.get('critical')) ?? true,
    migratable: isTrue(meta.get('allow-migrate') ?? meta.get('allow_migrate')),
    requires: readRequirement(world, seed, meta),
    multipleActive: readMultipleActive(meta.get('multiple-active')),
    priority: readScore(meta.get('priority')),
    stickiness: readScore(
      meta.get('resource-stickiness'),
      seed.place?.number === undefined ? 0 : 1,
    ),
    failureTimeoutMs: reconnectDelayMs(seed) ?? readDurationMs(meta.get('failure-timeout')) ?? 0,
    migrationThreshold: readThreshold(meta.get('migration-threshold')),
    targetRole: roleLevel(role),
    removed: parent?.removed ?? false,
    managed: managed && !maintenance,
    blocked: false,
    maintenance,
    failed: false,
    failureIgnored: false,
    stopNeeded: false,
    reloadNeeded: false,
    role: ROLE.stopped,
    nextRole: undefined,
    nextRoleReason: undefined,
    activeOn: [],
    knownOn: sharedKnowledge(seed, clone, meta, parent),
    pendingTask: undefined,
    pendingOn: undefined,
    partialTarget: undefined,
    partialSource: undefined,
    dangling: [],
    scores: new Int32Array(hosts).fill(options.symmetric ? 0 : -INFINITY_SCORE),
    present: new Uint8Array(hosts).fill(options.symmetric ? 1 : 0),
    discoveryNever: undefined,
    discoveryExclusive: undefined,
    provisional: true,
    assigning: false,
    assigned: undefined,
    unplacedReason: undefined,
    thisWith: [],
    withThis: [],
    failures: [],
    expiredRecords: new Set(),
    histories: new Map(),
    historyName: undefined,
    promotionScore: -1,
    containerUnit: undefined,
    fillers: [],
    connectionOf: undefined,
    lockedTo: undefined,
    lockedAtMs: 0,
    tickets: [],
    shutdownReason: undefined,
  };
}

/** Instances of an anonymous clone share what is known of nodes: one probe answers for all. */
function sharedKnowledge(
  seed: UnitSeed,
  clone: CloneSettings | undefined,
  meta: Values,
  parent: Unit | undefined,
): Set<number> {
  const collective = parent?.kind === 'clone' ? parent : parent?.parent;
  if (collective?.kind !== 'clone' || readUnique(meta, clone, parent)) return new Set();
  const first = collective.children[0];
  const sibling =
    first?.configId === seed.configId
      ? first
      : first?.children.find((part) => part.configId === seed.configId);
  return sibling?.knownOn ?? new Set();
}

function readUnique(
  meta: Values,
  clone: CloneSettings | undefined,
  parent: Unit | undefined,
): boolean {
  if (clone === undefined && parent === undefined) return true;
  return (
    readBoolean(meta.get('globally-unique')) ?? (readInteger(meta.get('clone-node-max')) ?? 1) > 1
  );
}

/** A remote connection's `reconnect_interval` is its failure timeout. */
export function reconnectDelayMs(seed: {
  readonly definition: Definition | undefined;
}): number | undefined {
  const agent = seed.definition?.agent;
  if (agent?.provider !== 'pacemaker' || agent.type !== 'remote') return undefined;
  const text = (seed.definition?.parameters ?? [])
    .map((block) => block.values['reconnect_interval'])
    .find((value) => value !== undefined);
  const delay = readDurationMs(text);
  return delay === undefined || delay <= 0 ? undefined : delay;
}

export function roleLevel(role: string | undefined): RoleLevel | undefined {
  switch (readRole(role)) {
    case 'Stopped':
      return ROLE.stopped;
    case 'Started':
      return ROLE.started;
    case 'Unpromoted':
      return ROLE.unpromoted;
    case 'Promoted':
      return ROLE.promoted;
    case undefined:
      return undefined;
  }
}

function readThreshold(text: string | undefined): number {
  const value = readScore(text, INFINITY_SCORE);
  return value < 0 ? INFINITY_SCORE : value;
}

function readMultipleActive(text: string | undefined): Unit['multipleActive'] {
  switch (text) {
    case 'stop_only':
    case 'block':
    case 'stop_unexpected':
      return text;
    default:
      return 'stop_start';
  }
}

function readRequirement(world: World, seed: UnitSeed, meta: Values): Requirement {
  const { options } = world;
  const fenceDevice = seed.definition?.agent.class === 'stonith';
  const text = meta.get('requires');
  switch (text) {
    case 'nothing':
    case 'quorum':
      return text;
    case 'fencing':
      return options.fencing ? 'fencing' : 'quorum';
    case 'unfencing':
      if (!fenceDevice && options.fencing) return 'unfencing';
      break;
    default:
      break;
  }
  if (fenceDevice || isConnection(seed)) return 'quorum';
  if (options.fencing && world.haveUnfencing) return 'unfencing';
  if (options.fencing) return 'fencing';
  return options.quorumPolicy === 'ignore' ? 'nothing' : 'quorum';
}

/** The connection of a remote node; a guest's counts as what it is: part of a machine. */
function isConnection(seed: UnitSeed): boolean {
  if (seed.extraMeta?.['container'] !== undefined) return false;
  const agent = seed.definition?.agent;
  return agent?.provider === 'pacemaker' && agent.type === 'remote';
}

/** Primitives by `container` meta attribute sit inside another resource: its restart is theirs. */
function attachContainers(world: World): void {
  for (const unit of world.units) {
    const name = unit.kind === 'primitive' ? unit.meta.get('container') : undefined;
    if (name === undefined || unit.containerUnit !== undefined) continue;
    const container = world.unitById.get(name);
    if (container === undefined || container === unit) continue;
    unit.containerUnit = container;
    container.fillers.push(unit);
  }
}

/** Whether any fence device exists, and whether one of them unfences. Runs before the units. */
export function findFenceDevices(world: World): void {
  const { configuration } = world.picture;
  if (configuration.fenceDevices.length > 0 || world.options.watchdogFencing)
    world.haveFenceDevice = true;
  for (const primitive of allPrimitives(configuration)) {
    const agent =
      primitive.agent ??
      configuration.templates.find((entry) => entry.id === primitive.template)?.agent;
    if (agent?.class !== 'stonith') continue;
    world.haveFenceDevice = true;
    const blocks = [...primitive.meta, ...primitive.parameters];
    if (blocks.some((block) => block.values['provides'] === 'unfencing'))
      world.haveUnfencing = true;
  }
}

function allPrimitives(configuration: Configuration): readonly Primitive[] {
  return configuration.resources.flatMap((resource) => {
    if (resource.kind === 'primitive') return [resource];
    if (resource.kind === 'group') return resource.members;
    if (resource.kind === 'bundle') return resource.child === undefined ? [] : [resource.child];
    return resource.child.kind === 'group' ? resource.child.members : [resource.child];
  });
}

/** A resource that the history knows and the configuration does not. */
export function addRemoved(world: World, id: string, agent: AgentName, context: RuleContext): Unit {
  const primitive: Primitive = {
    kind: 'primitive',
    id: resourceId(id),
    agent,
    meta: [],
    parameters: [],
    utilization: [],
    operations: [],
  };
  const unit = addPrimitive(world, primitive, undefined, context);
  unit.removed = true;
  if (!world.options.stopRemoved) unit.managed = false;
  world.roots.push(unit);
  return unit;
}
