/** Whether an order constraint could be why something restarts. */
import type { Difference } from './graph.ts';
import { idOf, plainName } from './ties.ts';
import { walk } from './xml.ts';
import type { XmlElement } from './xml.ts';

/**
 * A mandatory order could ask these to restart if they, or what they are in, start after something
 * that begins in this picture: in a pair, or anywhere in its sets.
 * @param leaves the primitives of a clone
 */
export function isAskedToRestart(
  cib: XmlElement,
  leaves: ReadonlySet<string>,
  difference: Difference,
): boolean {
  const names = namesWith(cib, leaves);
  return elements(cib)
    .filter(({ name }) => name === 'rsc_order')
    .some((order) => beforeThem(order, names).some((id) => begins(cib, id, difference)));
}

const elements = (within: XmlElement): readonly XmlElement[] =>
  [...walk(within)].map(([node]) => node);

const contains = (node: XmlElement, names: ReadonlySet<string>): boolean =>
  elements(node).some((inner) => names.has(idOf(inner)));

/** What constraints may call them by: of themselves, of what they are in, of tags. */
function namesWith(cib: XmlElement, leaves: ReadonlySet<string>): ReadonlySet<string> {
  const wholes = elements(cib).filter(({ name }) => /^(primitive|group|clone)$/.test(name));
  const names = new Set(wholes.filter((node) => contains(node, leaves)).map(idOf));
  for (const tag of elements(cib).filter(({ name }) => name === 'tag'))
    if (contains(tag, names)) names.add(idOf(tag));
  return names;
}

/** What their start follows mandatorily by this order. */
function beforeThem(order: XmlElement, names: ReadonlySet<string>): readonly string[] {
  const { kind = 'Mandatory', symmetrical = 'true', first, then } = order.attributes;
  const { 'first-action': task, 'then-action': action = task } = order.attributes;
  if (kind !== 'Mandatory' || symmetrical === 'false') return [];
  if (first !== undefined && then !== undefined)
    return names.has(then) && (action ?? 'start') === 'start' ? [first] : [];
  const isStarted = order.children.some(
    (set) => (set.attributes['action'] ?? 'start') === 'start' && contains(set, names),
  );
  const members = order.children.flatMap(({ children }) => children.map(idOf));
  return isStarted ? members.filter((id) => !names.has(id)) : [];
}

/** One side starts or promotes something of it; of a tag that cannot be told. */
function begins(cib: XmlElement, id: string, { missing, extra, shared }: Difference): boolean {
  const found = elements(cib).filter(
    (node) => idOf(node) === id && /^(primitive|group|clone|bundle)$/.test(node.name),
  );
  const own = new Set(found.flatMap(elements).map(idOf));
  const texts = [...shared].map((text) => text.split(' '));
  const words = [...missing, ...extra].map(({ operation, resource }) => [operation, resource]);
  return (
    found.length === 0 ||
    [...texts, ...words].some(
      ([operation = '', resource = '']) =>
        /^(start|promote)$/.test(operation) &&
        (own.has(plainName(resource)) || [...own].some((name) => resource.startsWith(`${name}-`))),
    )
  );
}
