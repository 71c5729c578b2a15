/** What is to be written as YAML: texts, lists and maps in a fixed order, with comments. */
import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';

export type Plain = string | PlainList | PlainMap;

export interface PlainList {
  readonly kind: 'list';
  readonly items: readonly Plain[];
}

export interface PlainMap {
  readonly kind: 'map';
  readonly entries: readonly PlainEntry[];
  /** One entry per line even where one line would hold all. */
  readonly block: boolean;
}

export interface PlainEntry {
  readonly key: string;
  readonly value: Plain;
  /** Stands above the entry, without the `#`. */
  readonly comment?: string;
}

type Fields = readonly (readonly [key: string, value: Plain | undefined])[];

/** A map of those fields that are there. */
export function plainMap(fields: Fields, style?: 'block'): PlainMap {
  const entries: PlainEntry[] = [];
  for (const [key, value] of fields) if (value !== undefined) entries.push({ key, value });
  return { kind: 'map', entries, block: style === 'block' };
}

export function plainList(items: readonly Plain[]): PlainList {
  return { kind: 'list', items };
}

export function plainValues(values: Readonly<Record<string, string>>): PlainMap {
  return plainMap(Object.entries(values));
}

/** The values, unless there are none. */
export function valuesIfAny(values: Readonly<Record<string, string>>): PlainMap | undefined {
  return Object.keys(values).length === 0 ? undefined : plainValues(values);
}

const LINE_WIDTH = 96;

/** Deterministic: the same value gives the same text. */
export function yamlText(value: PlainMap, head?: string): string {
  const document = new Document(undefined, { schema: 'failsafe' });
  document.contents = blockMap(value, 0);
  if (head !== undefined) document.commentBefore = commentText(head);
  return document.toString({ lineWidth: 0 });
}

function commentText(text: string): string {
  return text
    .split('\n')
    .map((line) => ` ${line}`)
    .join('\n');
}

/** Recursive, as deep as the configuration's rules are nested. */
function node(value: Plain, indent: number): Scalar | YAMLMap | YAMLSeq {
  if (typeof value === 'string') return scalar(value);
  if (value.kind === 'list') return list(value, indent);
  return fitsOnLine(value, indent) ? flowMap(value) : blockMap(value, indent);
}

/** Texts that readers of YAML may take for nothing, or for a merge, are quoted. */
function scalar(value: string): Scalar {
  const made = new Scalar(value);
  if (value === '' || value === '~' || value === '<<' || /^null$/i.test(value)) {
    made.type = 'QUOTE_DOUBLE';
  }
  return made;
}

/** Only maps and lists of single values stand on one line, and only where they fit. */
function fitsOnLine(value: PlainMap | PlainList, indent: number): boolean {
  if (value.kind === 'map') {
    if (value.block || value.entries.some(({ comment }) => comment !== undefined)) return false;
    const width = value.entries.reduce((sum, entry) => sum + 4 + entryWidth(entry), 4);
    return indent + width <= LINE_WIDTH;
  }
  return (
    value.items.reduce((sum: number, item) => sum + 2 + scalarWidth(item), indent) <= LINE_WIDTH
  );
}

const entryWidth = ({ key, value }: PlainEntry): number => key.length + scalarWidth(value);

function scalarWidth(value: Plain): number {
  if (typeof value !== 'string') return Infinity;
  return value.includes('\n') ? Infinity : value.length;
}

function flowMap(value: PlainMap): YAMLMap {
  const made = new YAMLMap();
  made.flow = value.entries.length > 0;
  for (const { key, value: own } of value.entries)
    made.items.push(new Pair(scalar(key), node(own, 0)));
  if (value.entries.length === 0) made.flow = true;
  return made;
}

function blockMap(value: PlainMap, indent: number): YAMLMap {
  const made = new YAMLMap();
  if (value.entries.length === 0) made.flow = true;
  for (const { key, value: own, comment } of value.entries) {
    const name = scalar(key);
    if (comment !== undefined) name.commentBefore = commentText(comment);
    made.items.push(new Pair(name, node(own, indent + 2 + key.length)));
  }
  return made;
}

function list(value: PlainList, indent: number): YAMLSeq {
  const made = new YAMLSeq();
  made.flow = value.items.length === 0 || fitsOnLine(value, indent);
  for (const item of value.items) made.items.push(node(item, indent + 2));
  return made;
}
