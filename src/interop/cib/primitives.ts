/** Reads `primitive` and `template`, wherever they stand. */
import { resourceId } from '../../core/model/ids.ts';
import type {
  OperationConfiguration,
  Primitive,
  Template,
} from '../../core/model/configuration.ts';
import type { AgentName } from '../../core/model/operation.ts';
import type { AttributeBlock } from '../../core/model/rule.ts';
import { blockReader } from './blocks.ts';
import type { Attributes, ElementReader, ReadContext } from './draft.ts';
import { operationsReader } from './operations.ts';

/** What primitives and templates have in common. */
interface PrimitiveParts {
  readonly parameters: AttributeBlock[];
  readonly meta: AttributeBlock[];
  readonly utilization: AttributeBlock[];
  readonly operations: OperationConfiguration[];
}

const emptyParts = (): PrimitiveParts => ({
  parameters: [],
  meta: [],
  utilization: [],
  operations: [],
});

function partsReader(context: ReadContext, parts: PrimitiveParts): ElementReader {
  const open = (name: string, attributes: Attributes): ElementReader | undefined => {
    switch (name) {
      case 'instance_attributes':
        return blockReader(context, 'parameters', attributes, parts.parameters);
      case 'meta_attributes':
        return blockReader(context, 'meta', attributes, parts.meta);
      case 'utilization':
        return blockReader(context, 'parameters', attributes, parts.utilization);
      case 'operations':
        return operationsReader(context, attributes, parts.operations);
      default:
        return undefined;
    }
  };
  return { open };
}

/** Also for the primitive inside a group, clone or bundle. */
export function primitiveReader(
  context: ReadContext,
  attributes: Attributes,
  accept: (primitive: Primitive) => void,
): ElementReader {
  const parts = emptyParts();
  const agent = readAgent(attributes);
  accept({
    kind: 'primitive',
    id: resourceId(attributes['id'] ?? ''),
    ...(attributes['description'] !== undefined && { description: attributes['description'] }),
    ...(agent && { agent }),
    ...(attributes['template'] !== undefined && { template: attributes['template'] }),
    ...parts,
  });
  return partsReader(context, parts);
}

export function templateReader(
  context: ReadContext,
  attributes: Attributes,
  templates: Template[],
): ElementReader {
  const parts = emptyParts();
  const agent = readAgent(attributes);
  templates.push({
    id: attributes['id'] ?? '',
    ...(attributes['description'] !== undefined && { description: attributes['description'] }),
    ...(agent && { agent }),
    ...parts,
  });
  return partsReader(context, parts);
}

/** `class`, `provider`, `type` of an element, for resources and for history. */
export function readAgent(attributes: Attributes): AgentName | undefined {
  const { class: standard, provider, type } = attributes;
  if (standard === undefined && type === undefined) return undefined;
  return {
    class: standard ?? '',
    ...(provider !== undefined && provider !== '' && { provider }),
    type: type ?? '',
  };
}
