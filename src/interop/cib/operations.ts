/** Reads `operations` with its `op` elements (Pacemaker Explained, "Resource Operations"). */
import { parseDurationMs } from '../../core/model/value.ts';
import type { OperationConfiguration } from '../../core/model/configuration.ts';
import type { AttributeBlock } from '../../core/model/rule.ts';
import { blockReader } from './blocks.ts';
import { otherAttributes, skipped } from './draft.ts';
import type { Attributes, ElementReader, ReadContext } from './draft.ts';
import { parseRole } from './names.ts';

const OWN_FIELDS: ReadonlySet<string> = new Set(['id', 'name', 'interval']);

/** Fills `operations`; an `operations` element with `id-ref` gets those of the one it names. */
export function operationsReader(
  context: ReadContext,
  attributes: Attributes,
  operations: OperationConfiguration[],
): ElementReader {
  const reference = attributes['id-ref'];
  if (reference !== undefined) {
    context.later.push(() => resolveOperations(context, operations, reference));
    return skipped;
  }
  const id = attributes['id'];
  if (id !== undefined) context.definitions.operations.set(id, operations);
  const open = (name: string, child: Attributes): ElementReader | undefined =>
    name === 'op' ? operationReader(context, child, operations) : undefined;
  return { open };
}

function resolveOperations(
  context: ReadContext,
  operations: OperationConfiguration[],
  reference: string,
): void {
  const target = context.definitions.operations.get(reference);
  if (target === operations) return;
  if (target) operations.push(...target);
  else context.note('dangling-reference', reference, `there are no operations "${reference}"`);
}

function operationReader(
  context: ReadContext,
  attributes: Attributes,
  operations: OperationConfiguration[],
): ElementReader {
  const meta: AttributeBlock[] = [];
  const parameters: AttributeBlock[] = [];
  const others = otherAttributes(attributes, OWN_FIELDS);
  const role = others['role'];
  if (role !== undefined) others['role'] = parseRole(role) ?? role;
  operations.push({
    id: attributes['id'] ?? '',
    name: attributes['name'] ?? '',
    intervalMs: readInterval(context, attributes),
    attributes: others,
    meta,
    parameters,
  });
  const open = (name: string, child: Attributes): ElementReader | undefined => {
    if (name === 'meta_attributes') return blockReader(context, 'meta', child, meta);
    if (name === 'instance_attributes') {
      return blockReader(context, 'parameters', child, parameters);
    }
    return undefined;
  };
  return { open };
}

function readInterval(context: ReadContext, attributes: Attributes): number {
  const text = attributes['interval'];
  if (text === undefined) return 0;
  const intervalMs = parseDurationMs(text);
  if (intervalMs !== undefined) return intervalMs;
  context.note('bad-value', attributes['id'] ?? '', `interval "${text}" is no time; 0 is used`);
  return 0;
}
