/** The plain values of a YAML text, and where each of them stands in it. */

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

export type PathStep = string | number;
export type Path = readonly PathStep[];

/** Maps are plain objects, scalars texts, and what is left empty is null. */
export interface Tree {
  readonly value: unknown;
  /** Where the value at `path` stands; the nearest thing around it if there is none. */
  readonly locate: (path: Path, what?: 'key' | 'value') => Position;
  /** Keys of the map at `path` as they are written: objects put keys like `10` first. */
  readonly keys: (path: Path) => readonly string[];
}

/** Something wrong at an offset of the text. */
export interface TreeProblem {
  readonly position: Position;
  readonly text: string;
  readonly advice?: string;
}

/** Where the entries of one map or list stand, by key or index. */
export type Places = ReadonlyMap<PathStep, { readonly key: Position; readonly value: Position }>;

const START: Position = { line: 1, column: 1 };

/** @param places of every map and list within `value` */
export function tree(value: unknown, places: WeakMap<object, Places>): Tree {
  const locate = (path: Path, what: 'key' | 'value' = 'value'): Position => {
    let current = value;
    let found = START;
    for (const [index, step] of path.entries()) {
      if (typeof current !== 'object' || current === null) return found;
      const place = places.get(current)?.get(step);
      if (!place) return found;
      found = index === path.length - 1 ? place[what] : place.value;
      current = (current as Readonly<Record<PathStep, unknown>>)[step];
    }
    return found;
  };
  const keys = (path: Path): readonly string[] => {
    let current: unknown = value;
    for (const step of path) {
      if (typeof current !== 'object' || current === null) return [];
      current = (current as Readonly<Record<PathStep, unknown>>)[step];
    }
    if (typeof current !== 'object' || current === null) return [];
    return [...(places.get(current)?.keys() ?? [])].map(String);
  };
  return { value, locate, keys };
}
