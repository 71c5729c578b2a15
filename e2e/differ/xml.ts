/** Pictures as trees of XML elements: what the generator makes and the shrinker cuts. */
import { SaxesParser } from 'saxes';
import { element } from '../../src/interop/xml/write.ts';
import type { XmlElement } from '../../src/interop/xml/write.ts';

export type { XmlElement } from '../../src/interop/xml/write.ts';
export { element, xmlText } from '../../src/interop/xml/write.ts';

/** Elements and attributes alone; texts and comments mean nothing in a CIB. Throws on broken XML. */
export function parseXml(text: string): XmlElement {
  const parser = new SaxesParser();
  const document: XmlElement[] = [];
  const open: { readonly children: XmlElement[] }[] = [{ children: document }];
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const children: XmlElement[] = [];
    open.at(-1)?.children.push(element(name, { ...attributes }, children));
    open.push({ children });
  });
  parser.on('closetag', () => open.pop());
  parser.write(text).close();
  const [root] = document;
  if (root === undefined) throw new Error('there is no XML element');
  return root;
}

/** Every element with those above it, outermost first; parents come before their children. */
export function* walk(
  root: XmlElement,
  above: readonly XmlElement[] = [],
): Generator<readonly [XmlElement, readonly XmlElement[]]> {
  yield [root, above];
  const path = [...above, root];
  for (const child of root.children) yield* walk(child, path);
}

/** A copy without what `change` answers undefined for; children are changed before their parent. */
export function mapTree(
  root: XmlElement,
  change: (node: XmlElement) => XmlElement | undefined,
): XmlElement | undefined {
  const children: XmlElement[] = [];
  let isSame = true;
  for (const child of root.children) {
    const mapped = mapTree(child, change);
    isSame &&= mapped === child;
    if (mapped !== undefined) children.push(mapped);
  }
  return change(isSame ? root : { ...root, children });
}
