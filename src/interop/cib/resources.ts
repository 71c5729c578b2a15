/** Reads `resources`: primitives, groups, clones (also the old `master`), bundles, templates. */
import { resourceId } from '../../core/model/ids.ts';
import type {
  Clone,
  Group,
  Primitive,
  Resource,
  Template,
} from '../../core/model/configuration.ts';
import type { AttributeBlock } from '../../core/model/rule.ts';
import { blockReader } from './blocks.ts';
import { bundleReader } from './bundles.ts';
import type { Attributes, Draft, ElementReader, ReadContext } from './draft.ts';
import { primitiveReader, templateReader } from './primitives.ts';

export interface ReadResources {
  readonly resources: Resource[];
  readonly templates: Template[];
}

export function resourcesReader(context: ReadContext, into: ReadResources): ElementReader {
  const accept = (resource: Resource): void => {
    into.resources.push(resource);
  };
  const open = (name: string, attributes: Attributes): ElementReader | undefined => {
    switch (name) {
      case 'primitive':
        return primitiveReader(context, attributes, accept);
      case 'group':
        return groupReader(context, attributes, accept);
      case 'clone':
      case 'master':
        return cloneReader(context, name === 'master', attributes, accept);
      case 'bundle':
        return bundleReader(context, attributes, accept);
      case 'template':
        return templateReader(context, attributes, into.templates);
      default:
        return undefined;
    }
  };
  return { open };
}

function groupReader(
  context: ReadContext,
  attributes: Attributes,
  accept: (group: Group) => void,
): ElementReader {
  const members: Primitive[] = [];
  const meta: AttributeBlock[] = [];
  const parameters: AttributeBlock[] = [];
  accept({
    kind: 'group',
    id: resourceId(attributes['id'] ?? ''),
    ...(attributes['description'] !== undefined && { description: attributes['description'] }),
    members,
    meta,
    parameters,
  });
  const open = (name: string, child: Attributes): ElementReader | undefined => {
    if (name === 'primitive') return primitiveReader(context, child, (it) => members.push(it));
    return collectionBlockReader(context, name, child, { meta, parameters });
  };
  return { open };
}

function collectionBlockReader(
  context: ReadContext,
  name: string,
  attributes: Attributes,
  into: { readonly meta: AttributeBlock[]; readonly parameters: AttributeBlock[] },
): ElementReader | undefined {
  if (name === 'meta_attributes') return blockReader(context, 'meta', attributes, into.meta);
  if (name !== 'instance_attributes') return undefined;
  return blockReader(context, 'parameters', attributes, into.parameters);
}

/** A clone without a resource inside is left out with a finding, as it can mean nothing. */
function cloneReader(
  context: ReadContext,
  promotable: boolean,
  attributes: Attributes,
  accept: (clone: Clone) => void,
): ElementReader {
  const meta: AttributeBlock[] = [];
  const parameters: AttributeBlock[] = [];
  const clone: Draft<Omit<Clone, 'child'>> & { child?: Clone['child'] } = {
    kind: 'clone',
    id: resourceId(attributes['id'] ?? ''),
    ...(attributes['description'] !== undefined && { description: attributes['description'] }),
    promotable,
    meta,
    parameters,
  };
  const adopt = (child: Clone['child']): void => {
    if (clone.child === undefined) clone.child = child;
    else
      context.note(
        'second-child',
        clone.id,
        `a clone holds one resource; "${child.id}" is left out`,
      );
  };
  const open = (name: string, child: Attributes): ElementReader | undefined => {
    if (name === 'primitive') return primitiveReader(context, child, adopt);
    if (name === 'group') return groupReader(context, child, adopt);
    return collectionBlockReader(context, name, child, { meta, parameters });
  };
  const end = (): void => {
    const { child } = clone;
    if (child) accept({ ...clone, child });
    else context.note('no-child', clone.id, 'a clone without a resource inside is left out');
  };
  return { open, end };
}
