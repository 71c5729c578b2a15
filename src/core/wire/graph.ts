/**
 * Plain data as JSON, with what JSON has no place for: parts that are shared stay shared, values may
 * be nested as deep as they like, and `undefined` and infinite numbers keep their meaning. For what
 * is to be taken up exactly as it was (a daemon's state); what is replicated is canonical JSON.
 */

/** One row for each object; a list in it: `[n]` is the object of row n, `[]` undefined, `["NaN"]` … */
export type Graph = readonly Row[];
type Cell = string | number | boolean | null | readonly [] | readonly [number | string];
type Row = readonly Cell[] | Readonly<Record<string, Cell>>;

/** The first row is the value. Throws for functions. */
export function encodeGraph(value: object): Graph {
  const found: object[] = [value];
  const numbers = new Map<object, number>([[value, 0]]);
  const cell = (inner: unknown): Cell => {
    if (typeof inner !== 'object' || inner === null) return scalar(inner);
    let number = numbers.get(inner);
    if (number === undefined) {
      number = found.push(inner) - 1;
      numbers.set(inner, number);
    }
    return [number];
  };
  const rows: Row[] = [];
  // More are found while these are written.
  for (let at = 0; at < found.length; at += 1) {
    const next = found[at] ?? [];
    rows.push(Array.isArray(next) ? next.map(cell) : fieldsOf(next, cell));
  }
  return rows;
}

function fieldsOf<To>(value: object, change: (inner: Cell) => To): Record<string, To> {
  const entries = Object.entries(value) as readonly (readonly [string, Cell])[];
  return Object.fromEntries(entries.map(([key, inner]) => [key, change(inner)]));
}

function scalar(value: unknown): Cell {
  if (value === undefined) return [];
  if (typeof value === 'number') return Number.isFinite(value) ? value : [String(value)];
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  throw new Error(`a graph has no place for a ${typeof value}`);
}

/** Throws for what is no graph. */
export function decodeGraph(graph: Graph): unknown {
  const made = graph.map((row): unknown[] | Record<string, unknown> =>
    Array.isArray(row) ? [] : {},
  );
  const open = (cell: Cell): unknown => {
    if (!Array.isArray(cell)) return cell;
    const [inner] = cell as readonly (number | string | undefined)[];
    if (typeof inner !== 'number') return inner === undefined ? undefined : Number(inner);
    if (made[inner] === undefined) throw new Error(`no graph: there is no row ${inner}`);
    return made[inner];
  };
  for (const [at, row] of graph.entries()) {
    const target = made[at];
    if (Array.isArray(target)) target.push(...(row as readonly Cell[]).map(open));
    else Object.assign(target ?? {}, fieldsOf(row, open));
  }
  return made[0];
}
