/** What histories tell of the instances of anonymous clones. */
import { historiesOf, idOf } from './ties.ts';
import { walk } from './xml.ts';
import type { XmlElement } from './xml.ts';

/** The primitives of the clone that the leaf is in; undefined: in none, or of each instance another thing. */
export function anonymousCloneOf(cib: XmlElement, leaf: string): ReadonlySet<string> | undefined {
  for (const [node] of walk(cib)) {
    if (node.name !== 'clone') continue;
    const inside = [...walk(node)].map(([inner]) => inner);
    const primitives = inside.filter(({ name }) => name === 'primitive');
    // Others than OCF's agents cannot tell their instances apart.
    const isUnique =
      primitives.some(({ attributes }) => (attributes['class'] ?? 'ocf') === 'ocf') &&
      inside.some(
        ({ attributes }) =>
          attributes['name'] === 'globally-unique' && attributes['value'] === 'true',
      );
    const leaves = primitives.map(idOf);
    if (!isUnique && leaves.includes(leaf)) return new Set(leaves);
  }
  return undefined;
}

/**
 * Its history there tells that it runs, of nothing but success, with today's parameters and agent.
 * @param surplus names of instances that are one too many there, and do not count
 */
export function runsWell(
  cib: XmlElement,
  resource: string,
  node: string,
  surplus: ReadonlySet<string> = new Set(),
): boolean {
  const type = [...walk(cib)].find(
    ([found]) => found.name === 'primitive' && idOf(found) === resource,
  )?.[0].attributes['type'];
  // What is left of a history that was cut tells nothing.
  const histories = historiesOf(cib, resource, node).filter(
    (each) => each.children.length > 0 && !surplus.has(idOf(each)),
  );
  // Under another number it may have been looked for in vain.
  const isThere = (each: XmlElement): boolean =>
    !isGone(each) || each.children.some((record) => isIgnoredDemotion(cib, resource, record));
  const [history, ...others] = histories.filter(isThere);
  if (history === undefined || others.length > 0) return false;
  const isWell = (record: XmlElement): boolean =>
    isSuccess(record) || isIgnoredDemotion(cib, resource, record);
  return history.attributes['type'] === type && history.children.every(isWell);
}

/** A demotion fails as the monitor of the promoted role does, which may be of no account. */
const isIgnoredDemotion = (
  cib: XmlElement,
  resource: string,
  { attributes }: XmlElement,
): boolean =>
  attributes['operation'] === 'demote' &&
  [...walk(cib)].some(
    ([found]) =>
      found.name === 'primitive' &&
      idOf(found) === resource &&
      [...walk(found)].some(
        ([{ name, attributes: operation }]) =>
          name === 'op' && operation['role'] === 'Promoted' && operation['on-fail'] === 'ignore',
      ),
  );

function isGone({ children }: XmlElement): boolean {
  const { 'rc-code': exit, operation } = children[0]?.attributes ?? {};
  return exit === '7' || operation === 'stop';
}

export function isSuccess({ attributes }: XmlElement): boolean {
  const { operation, interval, 'rc-code': exit = '' } = attributes;
  const expected = attributes['transition-key']?.split(':')[2];
  const isFound = operation === 'monitor' && interval === '0' && (exit === '0' || exit === '8');
  // In generated pictures a digest is there only if it is a wrong one; a monitor's asks for no stop.
  const isUnchanged = attributes['op-digest'] === undefined || interval !== '0';
  // What is under way in its role is no reason to stop it.
  const isUnderWay = attributes['op-status'] === '-1' && /^(promote|demote)$/.test(operation ?? '');
  return isUnchanged && (exit === expected || isFound || isUnderWay);
}
