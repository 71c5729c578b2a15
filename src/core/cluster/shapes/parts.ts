/**
 * The small parts of which the shapes of commands and states are made: names, texts, times, and
 * dictionaries that cannot reach a prototype.
 */
import type { Incarnation, NodeName, ResourceId, WallMs } from '../../model/ids.ts';
import { INFINITY_SCORE } from '../../model/score.ts';
import type { Score } from '../../model/score.ts';
import type { Shape, TypeOf } from '../../wire/shape.ts';
import { as, count, countMax, dictionary, integer, list, string, where } from '../../wire/shape.ts';

/**
 * Says that a shape describes the model's type, neither more nor less: the compiler refuses a shape
 * whose values are not all a `T`, and one that cannot hold every `T`.
 */
export const exactly =
  <T>() =>
  <S extends Shape<T>>(shape: S & ([T] extends [TypeOf<S>] ? unknown : never)): Shape<T> =>
    shape;

const NAME_CHARS_MAX = 255;
const KEY_CHARS_MAX = 1024;
const TEXT_CHARS_MAX = 16_384;
/** A whole `cluster.yaml`; the reader's own limit lies above. */
const SOURCE_CHARS_MAX = 20_000_000;

/** Names that every object has: a record would answer for them without holding them. */
const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));
// oxlint-disable-next-line no-control-regex -- these are meant
const BLANK_OR_CONTROL = /[\s\u0000-\u001f\u007f]/;

const nameRule = (text: string): string | undefined => {
  if (INHERITED.has(text.split(':')[0] ?? '')) return 'is a word that every object has';
  return BLANK_OR_CONTROL.test(text) ? 'must hold no blanks and no control characters' : undefined;
};

/** The name of a thing of the cluster; it, or what it is an instance of, may be a key of a record. */
export const name: Shape<string> = where(string(NAME_CHARS_MAX, 1), nameRule);
export const node: Shape<NodeName> = as<NodeName>(name);
export const resource: Shape<ResourceId> = as<ResourceId>(name);

/** Ids and names that people choose more freely (a mark, a ticket, an option): blanks are allowed. */
export const key: Shape<string> = where(string(KEY_CHARS_MAX), (text) =>
  INHERITED.has(text) ? 'is a word that every object has' : undefined,
);

/** Opaque and compared only; empty for a node that was never seen. */
export const life: Shape<Incarnation> = as<Incarnation>(string(NAME_CHARS_MAX));
export const boot: Shape<string> = string(NAME_CHARS_MAX);

export const text: Shape<string> = string(TEXT_CHARS_MAX);
export const source: Shape<string> = string(SOURCE_CHARS_MAX);

export const wallTime: Shape<WallMs> = as<WallMs>(count);
/** Numbers that may be below zero: exit codes, call ids, priorities, positions. */
export const whole: Shape<number> = integer(-countMax, countMax);
export const score: Shape<Score> = integer(-INFINITY_SCORE, INFINITY_SCORE);

/** A dictionary with keys that no object has by itself. */
export function record<T>(
  item: Shape<T>,
  entriesMax: number,
  keyRule?: (text: string) => string | undefined,
): Shape<Readonly<Record<string, T>>> {
  return where(dictionary(item, entriesMax, KEY_CHARS_MAX), (entries) => {
    for (const each of Object.keys(entries)) {
      const wrong = INHERITED.has(each) ? 'is a word that every object has' : keyRule?.(each);
      if (wrong !== undefined)
        return `has the key ${JSON.stringify(each.slice(0, 64))}, which ${wrong}`;
    }
    return undefined;
  });
}

/** A dictionary by the name of a node, resource … */
export const byName = <K extends string, T>(
  item: Shape<T>,
  entriesMax: number,
): Shape<Readonly<Record<K, T>>> => as<Readonly<Record<K, T>>>(record(item, entriesMax, nameRule));

/** Parameters, meta attributes, settings: texts by name. */
export const texts: Shape<Readonly<Record<string, string>>> = record(text, 10_000);

/** Two positions: the first comes before the second. */
export const pair: Shape<readonly [number, number]> = as<readonly [number, number]>(
  where(list(count, 2), (both) => (both.length === 2 ? undefined : 'must be a pair')),
);

/** For a field that may be absent or undefined: both are the same in canonical JSON. */
export function orUndefined<T>(
  shape: Shape<T>,
): Shape<T | undefined> & { readonly optional: true } {
  return {
    check: (value, at) => (value === undefined ? undefined : shape.check(value, at)),
    optional: true,
  };
}
