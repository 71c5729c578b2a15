/** XML out: elements with attributes, nothing else is needed for a CIB. */

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | undefined>>;
  readonly children: readonly XmlElement[];
}

/** Attributes that are undefined are left out. */
export function element(
  name: string,
  attributes: XmlElement['attributes'] = {},
  children: readonly XmlElement[] = [],
): XmlElement {
  return { name, attributes, children };
}

/** The element and what is in it, two blanks per level; recursive as deep as the elements are. */
export function xmlText(root: XmlElement): string {
  const parts: string[] = [];
  append(root, '', parts);
  return parts.join('');
}

function append(node: XmlElement, indent: string, parts: string[]): void {
  parts.push(indent, '<', node.name);
  for (const [name, value] of Object.entries(node.attributes)) {
    if (value !== undefined) parts.push(' ', name, '="', escapeAttribute(value), '"');
  }
  if (node.children.length === 0) {
    parts.push('/>\n');
    return;
  }
  parts.push('>\n');
  for (const child of node.children) append(child, `${indent}  `, parts);
  parts.push(indent, '</', node.name, '>\n');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

/** Characters that no XML 1.0 document can hold become U+FFFD (XML 1.0, production 2). */
// oxlint-disable-next-line no-control-regex -- these are meant
const IMPOSSIBLE = /[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]|\p{Surrogate}/gu;

export function escapeAttribute(text: string): string {
  if (!/[&<>"\n\r\t]/.test(text) && !IMPOSSIBLE.test(text)) return text;
  return text
    .replaceAll(IMPOSSIBLE, '\uFFFD')
    .replaceAll(/[&<>"\n\r\t]/g, (character) => ESCAPES[character] ?? character);
}
