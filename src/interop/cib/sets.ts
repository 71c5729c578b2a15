/** Reads `resource_set` (Pacemaker Explained, "Resource Sets"). */
import type { OrderKind, ResourceSet } from '../../core/model/configuration.ts';
import { resourceId } from '../../core/model/ids.ts';
import type { ResourceId } from '../../core/model/ids.ts';
import { skipped } from './draft.ts';
import type { Attributes, Draft, ElementReader, ReadContext } from './draft.ts';
import { optional, readAction, readBoolean, readRole, readScore } from './values.ts';

/** Appends a set; one with `id-ref` is filled at the document's end. */
export function resourceSetReader(
  context: ReadContext,
  attributes: Attributes,
  sets: ResourceSet[],
): ElementReader {
  const reference = attributes['id-ref'];
  const resources: ResourceId[] = [];
  const set = readSet(context, attributes, resources);
  sets.push(set);
  if (reference !== undefined) {
    context.later.push(() => resolveSet(context, set, reference));
    return skipped;
  }
  context.definitions.sets.set(set.id, set);
  const open = (name: string, child: Attributes): ElementReader | undefined => {
    if (name !== 'resource_ref') return undefined;
    resources.push(resourceId(child['id'] ?? ''));
    return skipped;
  };
  return { open };
}

function readSet(
  context: ReadContext,
  attributes: Attributes,
  resources: readonly ResourceId[],
): Draft<ResourceSet> {
  const ordering = attributes['ordering'];
  return {
    id: attributes['id-ref'] ?? attributes['id'] ?? '',
    resources,
    sequential: readBoolean(context, attributes, 'sequential') ?? true,
    requireAll: readBoolean(context, attributes, 'require-all') ?? true,
    ...(ordering === 'group' || ordering === 'listed' ? { ordering } : {}),
    ...optional('action', readAction(context, attributes, 'action')),
    ...optional('role', readRole(context, attributes, 'role')),
    ...optional('score', readScore(context, attributes, 'score')),
    ...optional('orderKind', readKind(context, attributes)),
  };
}

function resolveSet(context: ReadContext, set: Draft<ResourceSet>, reference: string): void {
  const target = context.definitions.sets.get(reference);
  if (target) Object.assign(set, target);
  else context.note('dangling-reference', reference, `there is no resource set "${reference}"`);
}

/** `kind`, or what the old `score` of an order says: 0 Optional, more Mandatory. */
export function readOrderKind(context: ReadContext, attributes: Attributes): OrderKind | undefined {
  const kind = readKind(context, attributes);
  if (kind !== undefined || attributes['kind'] !== undefined) return kind;
  const score = readScore(context, attributes, 'score');
  if (score === undefined) return undefined;
  return score > 0 ? 'Mandatory' : 'Optional';
}

function readKind(context: ReadContext, attributes: Attributes): OrderKind | undefined {
  const { kind } = attributes;
  switch (kind?.toLowerCase()) {
    case 'mandatory':
      return 'Mandatory';
    case 'optional':
      return 'Optional';
    case 'serialize':
      return 'Serialize';
    case undefined:
      return undefined;
    default:
      context.note('bad-value', attributes['id'] ?? '', `kind="${kind ?? ''}" is no kind of order`);
      return undefined;
  }
}
