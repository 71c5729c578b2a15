/** The tree of units from the configured resources: templates merged, clones multiplied. */
import type {
  Clone,
  Configuration,
  Group,
  OperationConfiguration,
  Primitive,
} from '../../model/configuration.ts';
import { givesAccess } from '../../model/fence-device.ts';
import { resourceId } from '../../model/ids.ts';
import type { AgentName } from '../../model/operation.ts';
import type { AttributeBlock } from '../../model/rule.ts';
import type { Values } from '../values/blocks.ts';
import type { RuleContext } from '../values/rules.ts';
import { isTrue, readBoolean, readInteger } from '../values/text.ts';
import { note } from '../world.ts';
import type { CloneSettings, Definition, Unit, World } from '../world.ts';
import { readMeta, roleLevel } from './blank.ts';
import { addGuest } from './guests.ts';
import { guestNameOf, isRemoteConnection } from './hosts.ts';
import type { Place } from './seed.ts';
import { addUnit } from './unit.ts';

/** Each costs time with each of the others; nobody has a thousand nodes. */
const INSTANCES_MAX = 1000;

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
  const own = new Set(primitive.operations.map(operationKind));
  const inherited = template.operations.filter((op) => !own.has(operationKind(op)));
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

/** A primitive's operation takes the place of the template's with its name and role. */
const operationKind = ({ name, attributes }: OperationConfiguration): string =>
  `${name} ${roleLevel(attributes['role']) ?? ''}`;

/** Alone it stays the list that it is: what was worked out of it is found again (digests). */
const both = (
  own: readonly AttributeBlock[],
  inherited: readonly AttributeBlock[],
): readonly AttributeBlock[] => (inherited.length === 0 ? own : [...own, ...inherited]);

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
    const inherited = { ...member, parameters: both(member.parameters, group.parameters) };
    unit.children.push(
      addPrimitive(world, inherited, { parent: unit, number: place?.number }, context),
    );
  }
  return unit;
}

/** A clone with its instances; `parent` is the bundle whose inner clone it is. */
export function addClone(world: World, clone: Clone, context: RuleContext, parent?: Unit): Unit {
  const extraMeta = distinguishable(world, clone) ? {} : { 'globally-unique': 'false' };
  const meta = readMeta(world, clone.meta, parent, context, extraMeta);
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
    extraMeta,
  });
  const count = Math.max(1, settings.instancesMax);
  for (let number = 0; number < count; number += 1) addInstance(world, unit, number, context);
  if (settings.instancesMax <= 0) for (const child of unit.children) child.removed = true;
  return unit;
}

/** Instances of services of the host's init system cannot be told apart: there is one per node. */
function distinguishable(world: World, clone: Clone): boolean {
  const members = clone.child.kind === 'group' ? clone.child.members : [clone.child];
  const { templates } = world.picture.configuration;
  return members.every((member) => {
    const template = templates.find((entry) => entry.id === member.template);
    const agentClass = (member.agent ?? template?.agent)?.class;
    return agentClass === undefined || !ONE_PER_NODE.has(agentClass);
  });
}

const ONE_PER_NODE: ReadonlySet<string> = new Set(['lsb', 'service', 'systemd', 'upstart']);

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
          { ...child, parameters: both(child.parameters, parameters) },
          place,
          context,
        )
      : addPrimitive(
          world,
          { ...child, parameters: both(child.parameters, parameters) },
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
    instancesMax: boundedInstances(world, clone, number('clone-max') ?? Math.max(1, hosts)),
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

function boundedInstances(world: World, { id }: Clone, wanted: number): number {
  if (wanted <= INSTANCES_MAX) return wanted;
  note(
    world,
    'too-many-instances',
    id,
    `${id} is to have ${wanted} instances (clone-max); ${INSTANCES_MAX} are made.`,
  );
  return INSTANCES_MAX;
}

/** Whether any fence device exists, and whether one of them unfences. Runs before the units. */
export function findFenceDevices(world: World): void {
  const { configuration } = world.picture;
  if (configuration.fenceDevices.length > 0 || world.options.watchdogFencing)
    world.haveFenceDevice = true;
  world.unfencesItself = configuration.fenceDevices.some(givesAccess);
  world.haveUnfencing = world.unfencesItself;
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
  if (!world.options.stopRemoved) {
    unit.managed = false;
    unit.wantedManaged = false;
  }
  world.roots.push(unit);
  return unit;
}
