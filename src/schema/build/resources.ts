/** Makes resources and templates of their shapes. */
import type {
  Bundle,
  Clone,
  Group,
  Primitive,
  Resource,
  Template,
} from '../../core/model/configuration.ts';
import { resourceId } from '../../core/model/ids.ts';
import type { AgentName } from '../../core/model/operation.ts';
import { parseAgent } from '../../core/model/value.ts';
import { ownedBlockBase } from '../ids.ts';
import { ENGINES } from '../shape/resources.ts';
import type {
  AgentShape,
  BundleShape,
  CloneShape,
  GroupShape,
  PrimitiveShape,
  ResourceShape,
  TemplateShape,
} from '../shape/resources.ts';
import type { Path } from '../tree/tree.ts';
import { optional, orderedEntries } from './context.ts';
import type { BuildContext } from './context.ts';
import { buildOperations } from './operations.ts';
import { buildBlocks } from './rules.ts';

export function buildResource(
  context: BuildContext,
  id: string,
  shape: ResourceShape,
  path: Path,
): Resource {
  if ('group' in shape) return buildGroup(context, id, shape, path);
  if ('clone' in shape) return buildClone(context, id, shape, path);
  if ('bundle' in shape) return buildBundle(context, id, shape, path);
  return buildPrimitive(context, id, shape, path);
}

function buildPrimitive(
  context: BuildContext,
  id: string,
  shape: PrimitiveShape,
  path: Path,
): Primitive {
  context.place('resource', id, path);
  if (shape.agent === undefined && shape.template === undefined) {
    context.problem(
      path,
      `"${id}" needs an agent`,
      'write for example "agent: ocf:heartbeat:IPaddr2"; `holdfast agents` lists them',
    );
  }
  return {
    kind: 'primitive',
    id: resourceId(id),
    ...optional('template', shape.template),
    ...buildParts(context, id, shape, path),
  };
}

export function buildTemplate(
  context: BuildContext,
  id: string,
  shape: TemplateShape,
  path: Path,
): Template {
  context.place('template', id, path);
  return { id, ...buildParts(context, id, shape, path) };
}

function buildParts(
  context: BuildContext,
  id: string,
  shape: TemplateShape,
  path: Path,
): Omit<Template, 'id'> {
  const blocks = (
    key: 'parameters' | 'meta' | 'utilization',
    place: 'instance_attributes' | 'meta_attributes' | 'utilization',
  ): Template['meta'] =>
    buildBlocks(context, shape[key], ownedBlockBase(id, place), [...path, key]);
  return {
    ...(shape.agent !== undefined && {
      agent: buildAgent(context, shape.agent, [...path, 'agent']),
    }),
    ...optional('description', shape.description),
    parameters: blocks('parameters', 'instance_attributes'),
    meta: blocks('meta', 'meta_attributes'),
    utilization: blocks('utilization', 'utilization'),
    operations: buildOperations(context, id, shape, path),
  };
}

function buildAgent(context: BuildContext, shape: AgentShape, path: Path): AgentName {
  if (typeof shape !== 'string') return shape;
  const agent = parseAgent(shape);
  if (agent) return agent;
  context.problem(
    path,
    `"${shape}" is not the name of an agent`,
    'write class:provider:type (ocf:heartbeat:IPaddr2) or class:type (systemd:nginx)',
  );
  return { class: shape, type: '' };
}

function buildGroup(context: BuildContext, id: string, shape: GroupShape, path: Path): Group {
  context.place('resource', id, path);
  return {
    kind: 'group',
    id: resourceId(id),
    ...optional('description', shape.description),
    members: orderedEntries(context, shape.group, [...path, 'group']).map(([member, own]) =>
      buildPrimitive(context, member, own, [...path, 'group', member]),
    ),
    ...collectionBlocks(context, id, shape, path),
  };
}

function collectionBlocks(
  context: BuildContext,
  id: string,
  shape: Pick<GroupShape, 'parameters' | 'meta'>,
  path: Path,
): Pick<Group, 'parameters' | 'meta'> {
  const { parameters, meta } = shape;
  const parametersBase = ownedBlockBase(id, 'instance_attributes');
  return {
    parameters: buildBlocks(context, parameters, parametersBase, [...path, 'parameters']),
    meta: buildBlocks(context, meta, ownedBlockBase(id, 'meta_attributes'), [...path, 'meta']),
  };
}

function buildClone(context: BuildContext, id: string, shape: CloneShape, path: Path): Clone {
  context.place('resource', id, path);
  const children = Object.entries(shape.clone);
  const [childId, child] = children[0] ?? ['', {}];
  if (children.length !== 1) {
    context.problem(
      [...path, 'clone'],
      `a clone holds one resource, not ${children.length}`,
      'put several into a group within the clone',
    );
  }
  const inner = [...path, 'clone', childId];
  return {
    kind: 'clone',
    id: resourceId(id),
    ...optional('description', shape.description),
    child:
      'group' in child
        ? buildGroup(context, childId, child, inner)
        : buildPrimitive(context, childId, child, inner),
    promotable: shape.promotable ?? false,
    ...collectionBlocks(context, id, shape, path),
  };
}

function buildBundle(context: BuildContext, id: string, shape: BundleShape, path: Path): Bundle {
  context.place('resource', id, path);
  const { bundle } = shape;
  const inner = [...path, 'bundle'];
  const engines = ENGINES.filter((name) => bundle[name] !== undefined);
  const [engine = 'docker'] = engines;
  if (engines.length !== 1) {
    context.problem(inner, `"${id}" needs one of docker, podman and rkt, not ${engines.length}`);
  }
  const children = Object.entries(bundle.resource ?? {});
  const child = children[0];
  if (children.length > 1) {
    context.problem([...inner, 'resource'], `a bundle runs one resource, not ${children.length}`);
  }
  return {
    kind: 'bundle',
    id: resourceId(id),
    ...optional('description', shape.description),
    engine,
    container: bundle[engine] ?? {},
    network: bundle.network ?? {},
    ports: bundle.ports ?? [],
    storage: bundle.storage ?? [],
    ...(child && {
      child: buildPrimitive(context, child[0], child[1], [...inner, 'resource', child[0]]),
    }),
    meta: buildBlocks(context, shape.meta, ownedBlockBase(id, 'meta_attributes'), [
      ...path,
      'meta',
    ]),
  };
}
