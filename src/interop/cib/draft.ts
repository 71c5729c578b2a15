/** While a document is read its parts are mutable; they are handed out as the readonly model. */
import type { OperationConfiguration, ResourceSet } from '../../core/model/configuration.ts';
import type { Finding } from '../../core/model/plan.ts';
import type { AttributeBlock, Rule } from '../../core/model/rule.ts';

export type Draft<T> = { -readonly [Key in keyof T]: T[Key] };

/** Attributes of one XML element, as saxes gives them: names as written, values decoded. */
export type Attributes = Readonly<Record<string, string>>;

/**
 * Reads one kind of element: told of each child, answers who reads that child (undefined: nobody
 * knows it, it is skipped with a finding). `end` comes when the element closes.
 */
export interface ElementReader {
  readonly open: (name: string, attributes: Attributes) => ElementReader | undefined;
  readonly end?: () => void;
}

/** An element whose children mean nothing to the model. */
export const skipped: ElementReader = { open: () => skipped };

/** Definitions that an `id-ref` elsewhere may stand for. */
export interface Definitions {
  readonly blocks: Map<string, AttributeBlock>;
  readonly rules: Map<string, Rule>;
  readonly pairs: Map<string, readonly [name: string, value: string]>;
  readonly operations: Map<string, readonly OperationConfiguration[]>;
  readonly sets: Map<string, ResourceSet>;
}

/** What the readers of one document share. */
export interface ReadContext {
  readonly definitions: Definitions;
  /** Work that needs the whole document (an id-ref may stand before its definition). */
  readonly later: (() => void)[];
  readonly note: Note;
}

export type Note = (code: string, about: string, text: string) => void;

const FINDINGS_MAX = 1000;

/** Collects findings, each only once, at most 1000. */
export function findingCollector(): { readonly note: Note; readonly findings: Finding[] } {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  const note: Note = (code, about, text) => {
    const key = `${code}\n${about}\n${text}`;
    if (findings.length >= FINDINGS_MAX || seen.has(key)) return;
    seen.add(key);
    findings.push({ code, about, text });
  };
  return { note, findings };
}

export function readContext(note: Note): ReadContext {
  return {
    definitions: {
      blocks: new Map(),
      rules: new Map(),
      pairs: new Map(),
      operations: new Map(),
      sets: new Map(),
    },
    later: [],
    note,
  };
}

/** A record without a prototype, so that a name like `constructor` finds nothing inherited. */
export function emptyRecord(): Record<string, string> {
  return Object.create(null) as Record<string, string>;
}

/** Names that JavaScript gives a meaning on every object: refused as names of values. */
export function isReservedName(name: string): boolean {
  return name in Object.prototype;
}

/** The element's attributes but for the named ones, as a record of their own. */
export function otherAttributes(
  attributes: Attributes,
  known: ReadonlySet<string>,
): Record<string, string> {
  const rest = emptyRecord();
  for (const name of Object.keys(attributes)) {
    const value = attributes[name];
    if (value !== undefined && !known.has(name) && !isReservedName(name)) rest[name] = value;
  }
  return rest;
}
