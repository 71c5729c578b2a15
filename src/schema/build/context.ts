/** What the parts that make a Configuration of the document share. */
import type { ConfigurationSubject } from '../../core/model/subject.ts';
import type { Path } from '../tree/tree.ts';

export interface BuildContext {
  /** Something that the shape alone could not show to be wrong. */
  readonly problem: (path: Path, text: string, advice?: string) => void;
  /** Remembers where a named thing stands, for findings about it later. */
  readonly place: (kind: ConfigurationSubject['kind'], id: string, path: Path) => void;
  /** Keys of the map at `path` in the order of the text. */
  readonly keys: (path: Path) => readonly string[];
}

/** The entries of a map of the document in the order in which they are written. */
export function orderedEntries<T>(
  context: BuildContext,
  map: Readonly<Record<string, T>> | null | undefined,
  path: Path,
): readonly (readonly [key: string, value: T])[] {
  if (!map) return [];
  const own = Object.entries(map);
  if (!own.some(([key]) => /^\d+$/.test(key))) return own;
  return context
    .keys(path)
    .map((key) => [key, map[key]] as const)
    .filter((entry): entry is readonly [string, T] => entry[1] !== undefined);
}

/** `{ key: value }`, or nothing where the value is undefined: for optional properties. */
export function optional<K extends string, V>(
  key: K,
  value: V | undefined,
): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}
