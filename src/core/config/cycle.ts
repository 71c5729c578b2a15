/** A cycle in a directed graph, found without recursion. */

export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

/**
 * The edges of one cycle in their order, or undefined where there is none.
 * @param size number of nodes; edges go between 0 … size-1
 */
export function findCycle(size: number, edges: readonly Edge[]): readonly Edge[] | undefined {
  const outgoing: Edge[][] = Array.from({ length: size }, () => []);
  const waiting = new Int32Array(size);
  for (const edge of edges) {
    outgoing[edge.from]?.push(edge);
    waiting[edge.to] = (waiting[edge.to] ?? 0) + 1;
  }
  removeLoose(outgoing, waiting);
  const start = waiting.findIndex((count) => count > 0);
  return start < 0 ? undefined : walkBack(size, edges, waiting, start);
}

/** Takes away, again and again, what nothing leads to; what is left waits for a cycle. */
function removeLoose(outgoing: readonly (readonly Edge[])[], waiting: Int32Array): void {
  const loose: number[] = [];
  for (const [node, count] of waiting.entries()) if (count === 0) loose.push(node);
  for (let node = loose.pop(); node !== undefined; node = loose.pop()) {
    for (const { to } of outgoing[node] ?? []) {
      const left = (waiting[to] ?? 0) - 1;
      waiting[to] = left;
      if (left === 0) loose.push(to);
    }
  }
}

/** Every node that is left has an edge from another one that is left: going back meets a cycle. */
function walkBack(
  size: number,
  edges: readonly Edge[],
  waiting: Int32Array,
  start: number,
): readonly Edge[] {
  const incoming: (Edge | undefined)[] = Array.from({ length: size });
  for (const edge of edges) {
    if ((waiting[edge.from] ?? 0) > 0) incoming[edge.to] ??= edge;
  }
  const metAt = new Map<number, number>();
  const path: Edge[] = [];
  let node = start;
  for (;;) {
    metAt.set(node, path.length);
    const edge = incoming[node];
    if (!edge) return [];
    path.push(edge);
    node = edge.from;
    const met = metAt.get(node);
    if (met !== undefined) return path.slice(met).toReversed();
  }
}
