/** Reads `bundle` (Pacemaker Explained, "Bundles"). */
import { resourceId } from '../../core/model/ids.ts';
import type { Bundle, Primitive } from '../../core/model/configuration.ts';
import type { AttributeBlock } from '../../core/model/rule.ts';
import { blockReader } from './blocks.ts';
import { emptyRecord, otherAttributes, skipped } from './draft.ts';
import type { Attributes, Draft, ElementReader, ReadContext } from './draft.ts';
import { primitiveReader } from './primitives.ts';

type Record_ = Readonly<Record<string, string>>;
const NOTHING: ReadonlySet<string> = new Set();
const ID: ReadonlySet<string> = new Set(['id']);

export function bundleReader(
  context: ReadContext,
  attributes: Attributes,
  accept: (bundle: Bundle) => void,
): ElementReader {
  const meta: AttributeBlock[] = [];
  const ports: Record_[] = [];
  const storage: Record_[] = [];
  const bundle: Draft<Bundle> = {
    kind: 'bundle',
    id: resourceId(attributes['id'] ?? ''),
    ...(attributes['description'] !== undefined && { description: attributes['description'] }),
    engine: 'docker',
    container: emptyRecord(),
    network: emptyRecord(),
    ports,
    storage,
    meta,
  };
  accept(bundle);
  const open = (name: string, child: Attributes): ElementReader | undefined => {
    switch (name) {
      case 'docker':
      case 'podman':
      case 'rkt':
        bundle.engine = name;
        bundle.container = containerOptions(child);
        return skipped;
      case 'network':
        bundle.network = otherAttributes(child, ID);
        return childrenReader('port-mapping', ports);
      case 'storage':
        return childrenReader('storage-mapping', storage);
      case 'meta_attributes':
        return blockReader(context, 'meta', child, meta);
      case 'primitive':
        return primitiveReader(context, child, (primitive: Primitive) => {
          bundle.child = primitive;
        });
      default:
        return undefined;
    }
  };
  return { open };
}

/** The options as written, but `masters` by its present name. */
function containerOptions(attributes: Attributes): Record_ {
  const options = otherAttributes(attributes, NOTHING);
  const masters = options['masters'];
  if (masters === undefined) return options;
  delete options['masters'];
  options['promoted-max'] ??= masters;
  return options;
}

function childrenReader(element: string, into: Record_[]): ElementReader {
  const open = (name: string, attributes: Attributes): ElementReader | undefined => {
    if (name !== element) return undefined;
    into.push(otherAttributes(attributes, NOTHING));
    return skipped;
  };
  return { open };
}
