/** Reads `configuration` with its sections (Pacemaker Explained, "Cluster-Wide Configuration"). */
import type {
  Configuration,
  Constraint,
  FencingLevel,
  NodeConfiguration,
  Resource,
  Tag,
  Template,
} from '../../core/model/configuration.ts';
import { nodeName } from '../../core/model/ids.ts';
import type { AttributeBlock } from '../../core/model/rule.ts';
import { blockReader } from './blocks.ts';
import type { BlockKind } from './blocks.ts';
import { constraintsReader } from './constraints.ts';
import { skipped } from './draft.ts';
import type { Attributes, ElementReader, ReadContext } from './draft.ts';
import { resourcesReader } from './resources.ts';
import { readInteger } from './values.ts';

/** The lists behind a Configuration while the document is read. */
export interface ConfigurationLists extends Configuration {
  readonly options: AttributeBlock[];
  readonly nodes: NodeConfiguration[];
  readonly resources: Resource[];
  readonly templates: Template[];
  readonly constraints: Constraint[];
  readonly resourceDefaults: AttributeBlock[];
  readonly operationDefaults: AttributeBlock[];
  readonly tags: Tag[];
  readonly fencingLevels: FencingLevel[];
}

export function emptyLists(): ConfigurationLists {
  return {
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
}

export function configurationReader(context: ReadContext, into: ConfigurationLists): ElementReader {
  const open = (name: string): ElementReader | undefined => {
    switch (name) {
      case 'crm_config':
        return blocksReader(context, 'options', 'cluster_property_set', into.options);
      case 'nodes':
        return nodesReader(context, into.nodes);
      case 'resources':
        return resourcesReader(context, into);
      case 'constraints':
        return constraintsReader(context, into.constraints);
      case 'rsc_defaults':
        return blocksReader(context, 'meta', 'meta_attributes', into.resourceDefaults);
      case 'op_defaults':
        return blocksReader(context, 'meta', 'meta_attributes', into.operationDefaults);
      case 'fencing-topology':
        return fencingReader(context, into.fencingLevels);
      case 'tags':
        return tagsReader(into.tags);
      case 'acls':
      case 'alerts':
        return ignoredReader(context, name);
      default:
        return undefined;
    }
  };
  return { open };
}

/** Sections without a meaning for Holdfast: said once if there is something in them. */
function ignoredReader(context: ReadContext, section: string): ElementReader {
  const open = (): ElementReader => {
    context.note('not-supported', section, `the section "${section}" is not used and left out`);
    return skipped;
  };
  return { open };
}

function blocksReader(
  context: ReadContext,
  kind: BlockKind,
  element: string,
  into: AttributeBlock[],
): ElementReader {
  const open = (name: string, attributes: Attributes): ElementReader | undefined =>
    name === element ? blockReader(context, kind, attributes, into) : undefined;
  return { open };
}

function nodesReader(context: ReadContext, into: NodeConfiguration[]): ElementReader {
  const open = (name: string, attributes: Attributes): ElementReader | undefined => {
    if (name !== 'node') return undefined;
    const own: AttributeBlock[] = [];
    const utilization: AttributeBlock[] = [];
    const id = attributes['id'] ?? attributes['uname'] ?? '';
    into.push({
      id,
      name: nodeName(attributes['uname'] ?? id),
      type: nodeType(attributes['type']),
      attributes: own,
      utilization,
    });
    return nodeReader(context, own, utilization);
  };
  return { open };
}

function nodeReader(
  context: ReadContext,
  own: AttributeBlock[],
  utilization: AttributeBlock[],
): ElementReader {
  const open = (name: string, attributes: Attributes): ElementReader | undefined => {
    if (name === 'instance_attributes') return blockReader(context, 'parameters', attributes, own);
    if (name !== 'utilization') return undefined;
    return blockReader(context, 'parameters', attributes, utilization);
  };
  return { open };
}

/** `normal` is the old word for `member`, and the default. */
function nodeType(text: string | undefined): NodeConfiguration['type'] {
  return text === 'remote' || text === 'ping' ? text : 'member';
}

function fencingReader(context: ReadContext, into: FencingLevel[]): ElementReader {
  const open = (name: string, attributes: Attributes): ElementReader | undefined => {
    if (name !== 'fencing-level') return undefined;
    const id = attributes['id'] ?? '';
    const target = fencingTarget(attributes);
    if (!target) context.note('bad-value', id, 'a fencing level without a target is left out');
    else {
      into.push({
        id,
        target,
        index: readInteger(context, attributes, 'index') ?? 1,
        devices: (attributes['devices'] ?? '')
          .split(',')
          .map((device) => device.trim())
          .filter((device) => device !== ''),
      });
    }
    return skipped;
  };
  return { open };
}

function fencingTarget(attributes: Attributes): FencingLevel['target'] | undefined {
  const { target } = attributes;
  if (target !== undefined) return { kind: 'node', node: nodeName(target) };
  const pattern = attributes['target-pattern'];
  if (pattern !== undefined) return { kind: 'pattern', pattern };
  const name = attributes['target-attribute'];
  if (name === undefined) return undefined;
  return { kind: 'attribute', name, value: attributes['target-value'] ?? '' };
}

function tagsReader(into: Tag[]): ElementReader {
  const open = (name: string, attributes: Attributes): ElementReader | undefined => {
    if (name !== 'tag') return undefined;
    const references: string[] = [];
    into.push({ id: attributes['id'] ?? '', references });
    const openReference = (child: string, own: Attributes): ElementReader | undefined => {
      if (child !== 'obj_ref') return undefined;
      references.push(own['id'] ?? '');
      return skipped;
    };
    return { open: openReference };
  };
  return { open };
}
