/** Makes operations of their shapes: `monitor: 10s`, a map by name, or a list. */
import type { OperationConfiguration } from '../../core/model/configuration.ts';
import { operationId, ownedBlockBase } from '../ids.ts';
import { OPERATION_ATTRIBUTES } from '../shape/resources.ts';
import type { NamedOperationShape, OperationsShape, TemplateShape } from '../shape/resources.ts';
import type { Path } from '../tree/tree.ts';
import { orderedEntries } from './context.ts';
import type { BuildContext } from './context.ts';
import { buildBlocks } from './rules.ts';

/** The short `monitor` comes first, then `operations` in their order. */
export function buildOperations(
  context: BuildContext,
  resource: string,
  shape: Pick<TemplateShape, 'monitor' | 'operations'>,
  path: Path,
): readonly OperationConfiguration[] {
  const { monitor, operations } = shape;
  const made: OperationConfiguration[] = [];
  if (monitor !== undefined) {
    const own = typeof monitor === 'number' ? { interval: monitor } : monitor;
    made.push(buildOperation(context, resource, { name: 'monitor', ...own }, [...path, 'monitor']));
  }
  if (operations === undefined) return made;
  for (const [own, place] of namedOperations(context, operations, [...path, 'operations'])) {
    made.push(buildOperation(context, resource, own, place));
  }
  return made;
}

function* namedOperations(
  context: BuildContext,
  shape: OperationsShape,
  path: Path,
): Generator<readonly [NamedOperationShape, Path]> {
  if (Array.isArray(shape)) {
    for (const [index, own] of shape.entries()) yield [own, [...path, index]];
    return;
  }
  for (const [name, value] of orderedEntries(context, shape, path)) {
    if (!Array.isArray(value)) {
      yield [{ name, ...value }, [...path, name]];
      continue;
    }
    for (const [index, own] of value.entries()) yield [{ name, ...own }, [...path, name, index]];
  }
}

function buildOperation(
  context: BuildContext,
  resource: string,
  shape: NamedOperationShape,
  path: Path,
): OperationConfiguration {
  const attributes: Record<string, string> = { ...shape.attributes };
  for (const name of OPERATION_ATTRIBUTES) {
    const value = shape[name];
    if (value === undefined) continue;
    if (attributes[name] !== undefined) {
      context.problem([...path, 'attributes', name], `"${name}" is given twice`);
    }
    attributes[name] = value;
  }
  const intervalMs = shape.interval ?? 0;
  const id = shape.id ?? operationId(resource, { name: shape.name, intervalMs, attributes });
  const meta = ownedBlockBase(id, 'meta_attributes');
  const parameters = ownedBlockBase(id, 'instance_attributes');
  return {
    id,
    name: shape.name,
    intervalMs,
    attributes,
    meta: buildBlocks(context, shape.meta, meta, [...path, 'meta']),
    parameters: buildBlocks(context, shape.parameters, parameters, [...path, 'parameters']),
  };
}
