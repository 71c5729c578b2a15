/** The little XML that the programs of resource agents read. */

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly children: readonly Element[];
}

export function element(
  name: string,
  attributes: Element['attributes'],
  children: readonly Element[] = [],
): Element {
  return { name, attributes, children };
}

/** One element a line, because agents look for things with grep. */
export function xmlLines({ name, attributes, children }: Element, indent = ''): readonly string[] {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  const start = `${indent}<${name}${pairs.join('')}`;
  if (children.length === 0) return [`${start}/>`];
  const inside = children.flatMap((child) => xmlLines(child, `${indent}  `));
  return [`${start}>`, ...inside, `${indent}</${name}>`];
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Control characters have no place in XML 1.0 (section 2.2); white space keeps its meaning. */
function escaped(value: string | number | boolean): string {
  return (
    String(value)
      .replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? '')
      .replaceAll(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`)
      // eslint-disable-next-line no-control-regex -- they are what is replaced
      .replaceAll(/[\u0000-\u001f\u007f]/g, '\u{fffd}')
  );
}
