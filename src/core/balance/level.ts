/**
 * The fewest moves that level the load, by arithmetic alone: which of them may be made is for the
 * scheduler to say (check.ts).
 */

/** Amounts by name: `memory`, `cpu`, as in utilization. */
export type Amounts = Readonly<Record<string, number>>;

export interface LoadedNode {
  readonly node: string;
  readonly capacity: Amounts;
  /** By all that runs there. */
  readonly used: Amounts;
}

/** Something that moves as a whole. */
export interface Piece {
  readonly resource: string;
  readonly node: string;
  readonly uses: Amounts;
}

export interface BalanceMove {
  readonly resource: string;
  readonly from: string;
  readonly to: string;
}

export interface Question {
  readonly nodes: readonly LoadedNode[];
  readonly pieces: readonly Piece[];
  /** `resource node`: it must not go there. */
  readonly banned: ReadonlySet<string>;
}

export const banKey = (resource: string, node: string): string => `${resource} ${node}`;

/** Level enough: no two nodes differ by more, in thousandths of what they have. */
export const LEVEL_MILLI = 100;
/** A live move for less is not worth its while. */
const WORTH_MILLI = 50;
const MOVES_MAX = 20;
/** So many sets of moves are looked at for the fewest; beyond that, one step after the other. */
const SETS_MAX = 30_000;
const FEWEST_MAX = 3;

/** Empty: it is level enough, or nothing that may move makes it so. */
export function fewestMoves(question: Question): readonly BalanceMove[] {
  const start = spreadMilli(question.nodes);
  if (start <= LEVEL_MILLI) return [];
  const steps = stepwise(question);
  for (let count = 1; count <= Math.min(FEWEST_MAX, steps.length); count += 1) {
    const best = bestSet(question, count);
    if (best === undefined) break;
    if (best.spread <= Math.max(LEVEL_MILLI, spreadMilli(after(question, steps)))) {
      return start - best.spread < WORTH_MILLI ? [] : best.moves;
    }
  }
  return steps;
}

/** The largest difference between two nodes, over all names, in thousandths of what each has. */
export function spreadMilli(nodes: readonly LoadedNode[]): number {
  let spread = 0;
  for (const name of namesOf(nodes)) {
    const shares = nodes.map((node) => shareMilli(node, name));
    spread = Math.max(spread, Math.max(...shares) - Math.min(...shares));
  }
  return spread;
}

export const shareMilli = ({ used, capacity }: LoadedNode, name: string): number =>
  Math.round((1000 * (used[name] ?? 0)) / Math.max(1, capacity[name] ?? 0));

/** What all nodes have some of: of the others nobody knows how full a node is. */
export function namesOf(nodes: readonly LoadedNode[]): readonly string[] {
  const [first] = nodes;
  return Object.keys(first?.capacity ?? {})
    .filter((name) => nodes.every(({ capacity }) => (capacity[name] ?? 0) > 0))
    .toSorted();
}

/** The nodes as they are with these moves made. */
export function after(
  { nodes, pieces }: Pick<Question, 'nodes' | 'pieces'>,
  moves: readonly BalanceMove[],
): readonly LoadedNode[] {
  const byResource = new Map(pieces.map((piece) => [piece.resource, piece]));
  return nodes.map((one) => {
    let { used } = one;
    for (const { resource, from, to } of moves) {
      const uses = byResource.get(resource)?.uses ?? {};
      if (one.node === from) used = added(used, uses, -1);
      if (one.node === to) used = added(used, uses, 1);
    }
    return used === one.used ? one : { ...one, used };
  });
}

/** `sign`: 1 adds, -1 takes away. */
export function added(a: Amounts, b: Amounts, sign: number): Amounts {
  const sum: Record<string, number> = { ...a };
  for (const [name, amount] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + sign * amount;
  return sum;
}

/** Squares, so that each step that brings two nodes nearer counts, though a third is the fullest. */
function unevenness(nodes: readonly LoadedNode[]): number {
  let sum = 0;
  for (const name of namesOf(nodes)) {
    const shares = nodes.map((node) => shareMilli(node, name));
    const mean = Math.round(shares.reduce((total, share) => total + share, 0) / shares.length);
    for (const share of shares) sum += (share - mean) * (share - mean);
  }
  return sum;
}

/** The best move, then the best one after it … as long as each is worth it; then without needless ones. */
function stepwise(question: Question): readonly BalanceMove[] {
  let moves: readonly BalanceMove[] = [];
  for (let nodes = question.nodes; moves.length < MOVES_MAX; nodes = after(question, moves)) {
    if (spreadMilli(nodes) <= LEVEL_MILLI) break;
    const next = bestStep(question, moves, nodes);
    if (next === undefined) break;
    moves = [...moves, next];
  }
  const goal = Math.max(LEVEL_MILLI, spreadMilli(after(question, moves)));
  for (const move of moves) {
    const rest = moves.filter((one) => one !== move);
    if (spreadMilli(after(question, rest)) <= goal && fitsAll(question, rest)) moves = rest;
  }
  const gain = spreadMilli(question.nodes) - spreadMilli(after(question, moves));
  return gain < WORTH_MILLI ? [] : moves;
}

function bestStep(
  question: Question,
  moves: readonly BalanceMove[],
  nodes: readonly LoadedNode[],
): BalanceMove | undefined {
  let best: { readonly move: BalanceMove; readonly rest: number } | undefined;
  for (const move of candidates(question, moves)) {
    const next = after(question, [...moves, move]);
    const rest = unevenness(next);
    if (rest >= (best?.rest ?? unevenness(nodes))) continue;
    if (!fitsAll(question, [...moves, move])) continue;
    best = { move, rest };
  }
  return best?.move;
}

/** Each piece once at most. */
function candidates(
  { nodes, pieces, banned }: Question,
  moves: readonly BalanceMove[],
): readonly BalanceMove[] {
  const moved = new Set(moves.map(({ resource }) => resource));
  return pieces.flatMap(({ resource, node: from }) =>
    moved.has(resource)
      ? []
      : nodes
          .filter(({ node }) => node !== from && !banned.has(banKey(resource, node)))
          .map(({ node: to }) => ({ resource, from, to })),
  );
}

/** Processors are given out several times over as a rule; what a node's rules say the scheduler knows. */
const SHARED = 'cpu';

/** Every node that something comes to has room for it, and becomes no fuller than the fullest was. */
function fitsAll(question: Question, moves: readonly BalanceMove[]): boolean {
  const targets = new Set(moves.map(({ to }) => to));
  const fullest = new Map(
    namesOf(question.nodes).map((name) => [
      name,
      Math.max(...question.nodes.map((node) => shareMilli(node, name))),
    ]),
  );
  return after(question, moves).every(
    (node) =>
      !targets.has(node.node) ||
      (Object.entries(node.capacity).every(
        ([name, has]) => name === SHARED || (node.used[name] ?? 0) <= has,
      ) &&
        [...fullest].every(([name, most]) => shareMilli(node, name) <= most)),
  );
}

/** Of all sets of so many moves the most level one; undefined: there are too many, or none. */
function bestSet(
  question: Question,
  count: number,
): { readonly moves: readonly BalanceMove[]; readonly spread: number } | undefined {
  const all = candidates(question, []);
  if (all.length ** count > SETS_MAX) return undefined;
  let best: { moves: readonly BalanceMove[]; spread: number; rest: number } | undefined;
  for (const moves of setsOf(all, count)) {
    const nodes = after(question, moves);
    const spread = spreadMilli(nodes);
    const rest = unevenness(nodes);
    if (
      best !== undefined &&
      (spread > best.spread || (spread === best.spread && rest >= best.rest))
    )
      continue;
    if (fitsAll(question, moves)) best = { moves, spread, rest };
  }
  return best;
}

function* setsOf(
  all: readonly BalanceMove[],
  count: number,
): Generator<readonly BalanceMove[], undefined> {
  const picks = Array.from({ length: count }, (_, index) => index);
  while (picks.length > 0 && (picks.at(-1) ?? 0) < all.length) {
    const moves = picks.flatMap((pick) => all[pick] ?? []);
    if (new Set(moves.map(({ resource }) => resource)).size === count) yield moves;
    // The next combination in order: the last pick that can still go on does, those behind follow it.
    let at = count - 1;
    while (at > 0 && (picks[at] ?? 0) >= all.length - (count - at)) at -= 1;
    picks[at] = (picks[at] ?? 0) + 1;
    for (let next = at + 1; next < count; next += 1) picks[next] = (picks[next - 1] ?? 0) + 1;
  }
  return undefined;
}
