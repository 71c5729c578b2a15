/**
 * Reads YAML 1.2 as texts, maps and lists. Every scalar is taken as it is written (the "failsafe"
 * schema), so that `1.10`, `0755` or `no` never change on the way; what they mean is decided by
 * whoever needs a number or a yes. Anchors and merge keys work within a limit.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { tree } from './tree.ts';
import type { Places, PathStep, Position, Tree, TreeProblem } from './tree.ts';

/** 10 000 resources with operations take some 5 million characters. */
const CHARACTERS_MAX = 16_000_000;
const DEPTH_MAX = 100;
const NODES_MAX = 2_000_000;
/** Nodes that exist only because an alias repeats them. */
const REPEATED_NODES_MAX = 20_000;
const PROBLEMS_MAX = 50;

export type TreeResult = { readonly tree: Tree } | { readonly problems: readonly TreeProblem[] };

export function readTree(text: string): TreeResult {
  if (text.length > CHARACTERS_MAX) {
    return refused(`the file is longer than ${CHARACTERS_MAX} characters`);
  }
  const lines = new LineCounter();
  const document = parse(text, lines);
  if (!document) return refused('lists and maps are nested too deeply');
  if (document.errors.length > 0) return { problems: syntaxProblems(document, lines) };
  const reader = new TreeReader(lines);
  try {
    const value = document.contents ? reader.read(document.contents, 0) : null;
    if (reader.problems.length > 0) return { problems: reader.problems };
    return { tree: tree(value, reader.places) };
  } catch (error) {
    if (error instanceof Refusal) return { problems: [...reader.problems, error.problem] };
    throw error;
  }
}

const refused = (text: string): TreeResult => ({
  problems: [{ position: { line: 1, column: 1 }, text }],
});

type ParsedDocument = ReturnType<typeof parseDocument>;

/** Undefined where the nesting is beyond what the parser can hold on its stack. */
function parse(text: string, lineCounter: LineCounter): ParsedDocument | undefined {
  try {
    return parseDocument(text, {
      schema: 'failsafe',
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'error',
      lineCounter,
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function syntaxProblems(document: ParsedDocument, lines: LineCounter): readonly TreeProblem[] {
  return document.errors.slice(0, PROBLEMS_MAX).map((error) => ({
    position: position(lines, error.pos[0]),
    text: `this is not YAML: ${firstLower(error.message)}`,
  }));
}

const firstLower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** Ends the reading at once: going on could take without limit. */
class Refusal extends Error {
  readonly problem: TreeProblem;

  constructor(problem: TreeProblem) {
    super(problem.text);
    this.problem = problem;
  }
}

type MutablePlaces = Map<PathStep, { readonly key: Position; readonly value: Position }>;

class TreeReader {
  readonly problems: TreeProblem[] = [];
  readonly places = new WeakMap<object, Places>();
  readonly #lines: LineCounter;
  readonly #anchors = new Map<string, Node>();
  #nodes = 0;
  #repeated = 0;
  #aliasDepth = 0;

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  /** Recursive, as deep as DEPTH_MAX. */
  read(node: unknown, depth: number): unknown {
    this.#checkLimits(node, depth);
    if (isAlias(node)) return this.#readAlias(node.source, node, depth);
    if (isScalar(node)) return this.#readScalar(node);
    if (isMap(node)) return this.#readMap(node, depth);
    if (isSeq(node)) return this.#readList(node, depth);
    return null;
  }

  #at(node: unknown): Position {
    const range = (node as { readonly range?: readonly number[] | null } | null)?.range;
    return position(this.#lines, range?.[0] ?? 0);
  }

  #problem(node: unknown, text: string, advice?: string): void {
    if (this.problems.length >= PROBLEMS_MAX) return;
    this.problems.push({ position: this.#at(node), text, ...(advice !== undefined && { advice }) });
  }

  #checkLimits(node: unknown, depth: number): void {
    this.#nodes += 1;
    if (this.#aliasDepth > 0) this.#repeated += 1;
    if (depth > DEPTH_MAX) this.#refuse(node, `nested more than ${DEPTH_MAX} deep`);
    if (this.#nodes > NODES_MAX) this.#refuse(node, `more than ${NODES_MAX} values`);
    if (this.#repeated > REPEATED_NODES_MAX) {
      this.#refuse(node, `aliases repeat more than ${REPEATED_NODES_MAX} values`);
    }
  }

  #refuse(node: unknown, text: string): never {
    throw new Refusal({ position: this.#at(node), text });
  }

  /** An anchor counts from its definition on, as YAML says. */
  #remember(node: Node & { readonly anchor?: string | undefined }): void {
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    const tag = (node as { readonly tag?: string | undefined }).tag;
    if (tag !== undefined && !tag.startsWith('tag:yaml.org,2002:')) {
      this.#problem(node, `the tag "${tag}" has no meaning here`);
    }
  }

  #readAlias(name: string, alias: unknown, depth: number): unknown {
    const target = this.#anchors.get(name);
    if (!target) {
      this.#problem(alias, `there is no anchor "&${name}" before this`);
      return null;
    }
    this.#aliasDepth += 1;
    const value = this.read(target, depth + 1);
    this.#aliasDepth -= 1;
    return value;
  }

  #readScalar(node: Scalar): unknown {
    this.#remember(node);
    const { value } = node;
    if (typeof value !== 'string') return null;
    return value === '' && node.type === 'PLAIN' ? null : value;
  }

  #readList(node: YAMLSeq, depth: number): unknown {
    this.#remember(node);
    const list: unknown[] = [];
    const places: MutablePlaces = new Map();
    this.places.set(list, places);
    for (const item of node.items) {
      const at = this.#at(item);
      places.set(list.length, { key: at, value: at });
      list.push(this.read(item, depth + 1));
    }
    return list;
  }

  #readMap(node: YAMLMap, depth: number): unknown {
    this.#remember(node);
    const map: Record<string, unknown> = {};
    const places: MutablePlaces = new Map();
    this.places.set(map, places);
    for (const pair of node.items) {
      if (isMergeKey(pair)) continue;
      const key = this.#readKey(pair.key, places);
      if (key === undefined) continue;
      const keyAt = this.#at(pair.key);
      places.set(key, { key: keyAt, value: pair.value ? this.#at(pair.value) : keyAt });
      map[key] = pair.value ? this.read(pair.value, depth + 1) : null;
    }
    for (const pair of node.items) if (isMergeKey(pair)) this.#merge(pair, map, depth);
    return map;
  }

  #readKey(node: unknown, places: Places): string | undefined {
    this.#checkLimits(node, 0);
    if (!isScalar(node) || typeof node.value !== 'string') {
      this.#problem(node, 'a name must be a simple text');
      return undefined;
    }
    this.#remember(node);
    const key = node.value;
    if (key in Object.prototype) {
      this.#problem(node, `"${key}" cannot be used as a name`);
      return undefined;
    }
    const earlier = places.get(key);
    if (!earlier) return key;
    const { line, column } = earlier.key;
    this.#problem(node, `"${key}" is given twice, first at ${line}:${column}`);
    return undefined;
  }

  /** `<<: *base` or `<<: [*a, *b]`: adds what the map does not say itself; earlier ones win. */
  #merge(pair: Pair, map: Record<string, unknown>, depth: number): void {
    const merged = this.read(pair.value, depth + 1);
    const sources: readonly unknown[] = Array.isArray(merged) ? merged : [merged];
    for (const source of sources) {
      if (typeof source !== 'object' || source === null || Array.isArray(source)) {
        this.#problem(pair.key, 'only maps can be merged with "<<"');
        continue;
      }
      const target = this.places.get(map) as MutablePlaces | undefined;
      for (const [key, place] of this.places.get(source) ?? []) {
        if (target?.has(key) === true) continue;
        target?.set(key, place);
        map[key] = (source as Readonly<Record<PathStep, unknown>>)[key];
      }
    }
  }
}

function isMergeKey(pair: Pair): boolean {
  return isScalar(pair.key) && pair.key.value === '<<' && pair.key.type === 'PLAIN';
}
