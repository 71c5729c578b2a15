/**
 * Shapes: what a decoded JSON value must look like. A shape checks and rebuilds a value, so that
 * behind it stands a typed value without surprises: no unknown field, no float where an integer is
 * meant, no string or list beyond its limit, no key that reaches a prototype.
 *
 * A shape describes one version of a format exactly; a field it does not name is an error. Formats
 * grow by a new version of the frame (frame.ts), never by fields that an old reader would ignore.
 */

/** What `decodeShape` says: the value, or where and why it is none. */
export type Checked<T> =
  | { readonly kind: 'ok'; readonly value: T }
  /** `path` looks like `members[2].node`; the empty path is the value itself. */
  | { readonly kind: 'wrong'; readonly path: string; readonly reason: string };

/** A description of values of type `T`. Made by the functions below, used by `decodeShape`. */
export interface Shape<T> {
  /** Checks `value` and rebuilds it. Throws a `Mismatch`, which `decodeShape` catches. */
  readonly check: (value: unknown, at: Place) => T;
  /** A field of this shape may be absent. */
  readonly optional?: true;
}

/** The type of the values that a shape describes. */
export type TypeOf<S> = S extends Shape<infer T> ? T : never;

/** Checks a JSON value (as `JSON.parse` gives it) against a shape. Never throws for bad input. */
export function decodeShape<T>(shape: Shape<T>, value: unknown): Checked<T> {
  try {
    return { kind: 'ok', value: shape.check(value, root) };
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    return { kind: 'wrong', path: error.path, reason: error.message };
  }
}

/** As `decodeShape`, from a text; a text that is no JSON is wrong at the empty path. */
export function decodeText<T>(shape: Shape<T>, text: string): Checked<T> {
  const parsed = parseJson(text);
  if (parsed.kind === 'wrong') return parsed;
  return decodeShape(shape, parsed.value);
}

/** `JSON.parse` without an exception. */
export function parseJson(text: string): Checked<unknown> {
  try {
    return { kind: 'ok', value: JSON.parse(text) as unknown };
  } catch {
    return { kind: 'wrong', path: '', reason: 'is not JSON' };
  }
}

/** An integer, both limits included. */
export function integer(min: number, max: number): Shape<number> {
  return {
    check: (value, at) => {
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
        return fail(at, `must be an integer, is ${describe(value)}`);
      }
      if (value < min || value > max) {
        return fail(at, `must be ${min} to ${max}, is ${value}`);
      }
      return Object.is(value, -0) ? 0 : value;
    },
  };
}

/** So that two of them may be added, and one may be counted up, without leaving the safe integers. */
export const countMax = 2 ** 52;

/** An integer from 0 to 2^52: counters, indexes, times. */
export const count: Shape<number> = integer(0, countMax);

/** A string of at most `charsMax` UTF-16 code units. */
export function string(charsMax: number, charsMin = 0): Shape<string> {
  return {
    check: (value, at) => {
      if (typeof value !== 'string') return fail(at, `must be a string, is ${describe(value)}`);
      if (value.length > charsMax) return fail(at, `is longer than ${charsMax} characters`);
      if (value.length < charsMin) return fail(at, `is shorter than ${charsMin} characters`);
      return value;
    },
  };
}

export const flag: Shape<boolean> = {
  check: (value, at) =>
    typeof value === 'boolean' ? value : fail(at, `must be true or false, is ${describe(value)}`),
};

export const nothing: Shape<null> = {
  check: (value, at) => (value === null ? null : fail(at, `must be null, is ${describe(value)}`)),
};

/** One of the given words. */
export function word<const W extends string>(...words: readonly W[]): Shape<W> {
  return {
    check: (value, at) =>
      words.find((each) => each === value) ??
      fail(at, `must be one of ${words.join(', ')}, is ${describe(value)}`),
  };
}

/** A list of at most `itemsMax` values of one shape. */
export function list<T>(item: Shape<T>, itemsMax: number): Shape<readonly T[]> {
  return {
    check: (value, at) => {
      if (!Array.isArray(value)) return fail(at, `must be a list, is ${describe(value)}`);
      if (value.length > itemsMax) return fail(at, `has more than ${itemsMax} items`);
      return value.map((each: unknown, index) => item.check(each, { above: at, step: index }));
    },
  };
}

/** An object used as a dictionary: any keys up to `keyCharsMax`, at most `entriesMax` of them. */
export function dictionary<T>(
  item: Shape<T>,
  entriesMax: number,
  keyCharsMax = 1024,
): Shape<Readonly<Record<string, T>>> {
  return {
    check: (value, at) => {
      if (!isObject(value)) return fail(at, `must be an object, is ${describe(value)}`);
      const keys = Object.keys(value);
      if (keys.length > entriesMax) return fail(at, `has more than ${entriesMax} entries`);
      const result: Record<string, T> = {};
      for (const key of keys) {
        const place = { above: at, step: key };
        if (key.length > keyCharsMax) return fail(place, `key is longer than ${keyCharsMax}`);
        if (key === '__proto__') return fail(place, 'must not be used as a key');
        result[key] = item.check(value[key], place);
      }
      return result;
    },
  };
}

type Fields = Readonly<Record<string, Shape<unknown>>>;
type RequiredKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends { readonly optional: true } ? never : K;
}[keyof F];
type OptionalKeys<F extends Fields> = Exclude<keyof F, RequiredKeys<F>>;

/** What an `object` of these fields is. */
export type ObjectOf<F extends Fields> = {
  readonly [K in RequiredKeys<F>]: TypeOf<F[K]>;
} & { readonly [K in OptionalKeys<F>]?: TypeOf<F[K]> };

/** An object with exactly these fields; those made by `optional` may be absent. */
export function object<const F extends Fields>(fields: F): Shape<ObjectOf<F>> {
  const names = Object.keys(fields);
  return {
    check: (value, at) => {
      if (!isObject(value)) return fail(at, `must be an object, is ${describe(value)}`);
      const result: Record<string, unknown> = {};
      let seen = 0;
      for (const name of names) {
        const present = Object.hasOwn(value, name);
        if (present) seen += 1;
        const shape = fields[name];
        if (shape === undefined) continue;
        if (!present && shape.optional) continue;
        const place = { above: at, step: name };
        if (!present) return fail(place, 'is missing');
        result[name] = shape.check(value[name], place);
      }
      if (seen !== Object.keys(value).length) refuseUnknown(value, fields, at);
      return result as ObjectOf<F>;
    },
  };
}

/** For a field of `object`: it may be absent. */
export function optional<T>(shape: Shape<T>): Shape<T> & { readonly optional: true } {
  return { check: shape.check, optional: true };
}

/** The value or `null`. */
export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return { check: (value, at) => (value === null ? null : shape.check(value, at)) };
}

type Variants = Readonly<Record<string, Fields>>;
export type UnionOf<V extends Variants> = {
  [K in keyof V & string]: { readonly kind: K } & ObjectOf<V[K]>;
}[keyof V & string];

/** A tagged union: an object whose `kind` says which of the variants' fields it has. */
export function union<const V extends Variants>(variants: V): Shape<UnionOf<V>> {
  const shapes = new Map<string, Shape<unknown>>();
  for (const kind of Object.keys(variants)) {
    shapes.set(kind, object({ ...variants[kind], kind: word(kind) }));
  }
  return {
    check: (value, at) => {
      if (!isObject(value)) return fail(at, `must be an object, is ${describe(value)}`);
      const kind = Object.hasOwn(value, 'kind') ? value['kind'] : undefined;
      const shape = typeof kind === 'string' ? shapes.get(kind) : undefined;
      if (shape === undefined) {
        return fail({ above: at, step: 'kind' }, `is not known: ${describe(kind)}`);
      }
      return shape.check(value, at) as UnionOf<V>;
    },
  };
}

/** A shape that contains itself (rules, nested blocks), at most `depthMax` levels deep. */
export function nested<T>(make: () => Shape<T>, depthMax: number): Shape<T> {
  let made: Shape<T> | undefined;
  const shape: Shape<T> = {
    check: (value, at) => {
      let levels = 0;
      for (let place: Place | undefined = at; place !== undefined; place = place.above) {
        if (place.nested === shape) levels += 1;
      }
      if (levels >= depthMax) return fail(at, `is nested deeper than ${depthMax} levels`);
      made ??= make();
      return made.check(value, { ...at, nested: shape });
    },
  };
  return shape;
}

/** The same JSON under another type: for brands (`as<NodeName>(string(64, 1))`). */
export function as<T>(shape: Shape<unknown>): Shape<T> {
  return shape as Shape<T>;
}

/** A shape with one more rule; `rule` answers what is wrong, or undefined. */
export function where<T>(shape: Shape<T>, rule: (value: T) => string | undefined): Shape<T> {
  return {
    check: (value, at) => {
      const checked = shape.check(value, at);
      const reason = rule(checked);
      return reason === undefined ? checked : fail(at, reason);
    },
  };
}

/** Where in a value a check stands: a chain upwards, made into a path only on failure. */
export interface Place {
  readonly above?: Place;
  readonly step?: string | number;
  readonly nested?: Shape<unknown>;
}

const root: Place = {};

class Mismatch extends Error {
  readonly path: string;
  constructor(path: string, reason: string) {
    super(reason);
    this.path = path;
  }
}

function fail(at: Place, reason: string): never {
  throw new Mismatch(pathOf(at), reason);
}

function pathOf(at: Place): string {
  const steps: string[] = [];
  for (let place: Place | undefined = at; place?.step !== undefined; place = place.above) {
    const step = place.step;
    steps.push(typeof step === 'number' ? `[${step}]` : `.${step.slice(0, 64)}`);
  }
  return steps.reverse().join('').replace(/^\./, '');
}

function refuseUnknown(value: object, fields: Fields, at: Place): never {
  const unknown = Object.keys(value).find((key) => !Object.hasOwn(fields, key));
  return fail({ above: at, step: unknown ?? '?' }, 'is not a known field');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value;
}
