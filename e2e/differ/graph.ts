/** Graphs of actions in a form that both sides can be brought into, and what differs in them. */

export interface ComparedAction {
  /** `start`, `stop`, `monitor`, … as Holdfast names them. */
  readonly operation: string;
  /** An anonymous clone's instance has no number. */
  readonly resource: string;
  readonly node: string;
  readonly intervalMs: number;
  /** notify: `pre-start`; cancel: what is cancelled; fence: `reboot`, `off`, `on`. */
  readonly detail: string;
}

export interface ActionGraph {
  /** Undefined: only a point in the order. */
  readonly actions: ReadonlyMap<string, ComparedAction | undefined>;
  /** Ids: the first is complete before the second begins. */
  readonly order: readonly (readonly [string, string])[];
}

export interface Difference {
  /** Actions that only the peer has. */
  readonly missing: readonly ComparedAction[];
  /** Actions that only Holdfast has. */
  readonly extra: readonly ComparedAction[];
  /** Pairs of actions of both that only the peer orders, also by way of others. */
  readonly unordered: readonly (readonly [string, string])[];
  /** Pairs that only Holdfast orders. */
  readonly overOrdered: readonly (readonly [string, string])[];
  /** Actions of both, as `actionText` has them. */
  readonly shared: ReadonlySet<string>;
  /** What the peer lets wait for itself, or for something that does: it would never be done. */
  readonly stuck?: ReadonlySet<string>;
}

/** Undefined when actions and order are the same. */
export function compareGraphs(peer: ActionGraph, own: ActionGraph): Difference | undefined {
  const [theirs, ours] = [counted(peer), counted(own)];
  const missing = surplus(theirs, ours);
  const extra = surplus(ours, theirs);
  const [theirPairs, ourPairs] = [orderedPairs(peer), orderedPairs(own)];
  const both = (pair: readonly [string, string]): boolean =>
    pair.every((key) => theirs.has(key) && ours.has(key));
  const unordered = onlyIn(theirPairs, ourPairs).filter(both);
  const overOrdered = onlyIn(ourPairs, theirPairs).filter(both);
  const size = missing.length + extra.length + unordered.length + overOrdered.length;
  if (size === 0) return undefined;
  const shared = new Set([...theirs.keys()].filter((key) => ours.has(key)));
  const stuck = textsOf(peer, stuckIn(peer));
  return { missing, extra, unordered, overOrdered, shared, stuck };
}

/** `start web n1`, `monitor web n1 10s`: one line for people, and the identity of an action. */
export function actionText(action: ComparedAction): string {
  const { operation, resource, node, intervalMs, detail } = action;
  const interval = intervalMs > 0 ? `${String(intervalMs / 1000)}s` : '';
  return [operation, detail, resource, node, interval].filter((word) => word !== '').join(' ');
}

interface Counted {
  readonly action: ComparedAction;
  readonly count: number;
}

function counted(graph: ActionGraph): ReadonlyMap<string, Counted> {
  const found = new Map<string, Counted>();
  for (const action of graph.actions.values()) {
    if (action === undefined) continue;
    const key = actionText(action);
    // Deleting a history again, as the peer does for each instance of a clone, is deleting it.
    const isAgain = action.operation === 'delete' && found.has(key);
    if (!isAgain) found.set(key, { action, count: (found.get(key)?.count ?? 0) + 1 });
  }
  return found;
}

function surplus(
  of: ReadonlyMap<string, Counted>,
  over: ReadonlyMap<string, Counted>,
): readonly ComparedAction[] {
  return [...of].flatMap(([key, { action, count }]) =>
    new Array<ComparedAction>(Math.max(0, count - (over.get(key)?.count ?? 0))).fill(action),
  );
}

type Pairs = ReadonlyMap<string, ReadonlySet<string>>;

function onlyIn(pairs: Pairs, others: Pairs): readonly (readonly [string, string])[] {
  return [...pairs].flatMap(([first, thens]) =>
    [...thens]
      .filter((then) => !(others.get(first)?.has(then) ?? false))
      .map((then) => [first, then] as const),
  );
}

/** What comes after each action, also by way of others, pseudo actions included. */
function orderedPairs(graph: ActionGraph): Pairs {
  const next = new Map<string, string[]>();
  for (const [first, then] of graph.order) {
    const list = next.get(first);
    if (list === undefined) next.set(first, [then]);
    else list.push(then);
  }
  const pairs = new Map<string, Set<string>>();
  for (const [id, action] of graph.actions) {
    if (action === undefined) continue;
    const key = actionText(action);
    const after = pairs.get(key) ?? new Set<string>();
    for (const reached of reachedFrom(id, next)) {
      const then = graph.actions.get(reached);
      if (then !== undefined && reached !== id) after.add(actionText(then));
    }
    pairs.set(key, after);
  }
  return pairs;
}

function reachedFrom(id: string, next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set<string>();
  const waiting = [...(next.get(id) ?? [])];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (reached.has(at)) continue;
    reached.add(at);
    waiting.push(...(next.get(at) ?? []));
  }
  return reached;
}

/** Actions that wait for one another in a circle, as a text; undefined when there is no circle. */
export function cycleIn(graph: ActionGraph): string | undefined {
  const texts = textsOf(graph, stuckIn(graph));
  return texts.size === 0 ? undefined : [...texts].slice(0, 6).join(' → ');
}

/** Ids of what is left when everything that waits for nothing, again and again, is taken away. */
function stuckIn({ actions, order }: ActionGraph): readonly string[] {
  const waiting = new Map<string, Set<string>>([...actions.keys()].map((id) => [id, new Set()]));
  for (const [first, then] of order) waiting.get(then)?.add(first);
  for (let isFree = true; isFree;) {
    isFree = false;
    for (const [id, firsts] of waiting) {
      if ([...firsts].some((first) => waiting.has(first))) continue;
      waiting.delete(id);
      isFree = true;
    }
  }
  return [...waiting.keys()];
}

const textsOf = ({ actions }: ActionGraph, ids: readonly string[]): ReadonlySet<string> =>
  new Set(
    ids.map((id) => {
      const action = actions.get(id);
      return action === undefined ? 'a point' : actionText(action);
    }),
  );
