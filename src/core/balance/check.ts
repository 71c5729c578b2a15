/** What the scheduler says of moves: whether they are live, and whether all stays where it then is. */
import type { Location } from '../model/configuration.ts';
import type { NodeName, ResourceId, WallMs } from '../model/ids.ts';
import type { NodeStatus, Picture, ResourceHistory } from '../model/picture.ts';
import type { Parameters } from '../model/operation.ts';
import type { Plan, PlannedAction } from '../model/plan.ts';
import { INFINITY_SCORE } from '../model/score.ts';
import { schedule } from '../scheduler/schedule.ts';
import { movesOf, primitivesOf } from '../view/live.ts';
import { configuredId } from '../view/names.ts';
import type { BalanceMove } from './level.ts';

/** A move that may not be made, and why: a clause. */
export interface Refusal {
  readonly move: BalanceMove;
  readonly because: string;
}

/** One run of the scheduler after each `yield`. */
export function* refusalOf(
  picture: Picture,
  now: WallMs,
  moves: readonly BalanceMove[],
): Generator<undefined, Refusal | undefined> {
  const refusal = yield* refusalOfAll(picture, now, moves);
  if (refusal === undefined || refusal.move !== undefined) return refusal as Refusal | undefined;
  // Something else would change. Which move is it that brings this about?
  for (const move of moves.length > 1 ? moves : []) {
    const alone = yield* refusalOfAll(picture, now, [move]);
    if (alone !== undefined) return { move, because: alone.because };
  }
  const last = moves.at(-1);
  return last === undefined ? undefined : { move: last, because: refusal.because };
}

interface Whole {
  /** Absent: none of them alone. */
  readonly move?: BalanceMove;
  readonly because: string;
}

function* refusalOfAll(
  picture: Picture,
  now: WallMs,
  moves: readonly BalanceMove[],
): Generator<undefined, Whole | undefined> {
  yield;
  const plan = schedule(asked(picture, moves), now);
  for (const move of moves) {
    const because = whyNotLive(picture, plan, move);
    if (because !== undefined) return { move, because };
  }
  const members = new Set(membersOf(picture, moves));
  const other = changedIn(plan).find((id) => !members.has(id));
  if (other !== undefined) return { because: `${other} would have to change with it` };
  yield;
  const [back] = changedIn(schedule(made(picture, moves), now));
  if (back === undefined) return undefined;
  const own = moves.find((move) => membersOf(picture, [move]).includes(back));
  if (own === undefined) return { because: `${back} would change after it` };
  return { move: own, because: 'the cluster would move it back, or elsewhere' };
}

/** Resources that anything real is done to; undefined where the plan leaves all as it is. */
export const changedIn = (plan: Plan): readonly string[] => [
  ...new Set(
    plan.actions
      .filter(({ kind, pseudo }) => !pseudo && CHANGES.has(kind))
      .map(({ resource, node }) => configuredId(resource ?? node ?? '')),
  ),
];

const CHANGES: ReadonlySet<PlannedAction['kind']> = new Set([
  'start',
  'stop',
  'promote',
  'demote',
  'migrate_to',
  'migrate_from',
  'fence',
  'shutdown',
]);

function whyNotLive(
  { configuration, status }: Picture,
  plan: Plan,
  { resource, to }: BalanceMove,
): string | undefined {
  const nodes = Object.fromEntries(
    status.nodes.map(({ name, transient }) => [
      name,
      { attributes: Object.assign({}, ...transient.map(({ values }) => values)) as Parameters },
    ]),
  );
  for (const move of movesOf(plan, configuration, nodes, resource)) {
    if (move.kind === 'restarts') return `it would stop and start: ${move.because}`;
    if (move.kind === 'stays') return 'the cluster does not let it run there';
    if (move.to !== to) return `the cluster would move it to ${move.to}`;
  }
  return undefined;
}

function membersOf({ configuration }: Picture, moves: readonly BalanceMove[]): readonly string[] {
  const wanted = new Set(moves.map(({ resource }) => resource));
  return configuration.resources
    .filter(({ id }) => wanted.has(id))
    .flatMap((top) => primitivesOf(top).map(({ id }) => id as string));
}

/** As by command: each prefers its new node to all others. */
function asked(picture: Picture, moves: readonly BalanceMove[]): Picture {
  const wishes = moves.map(({ resource, to }): Location => ({
    kind: 'location',
    id: `balance:${resource}`,
    target: { kind: 'resource', resource: resource as ResourceId },
    node: to as NodeName,
    score: INFINITY_SCORE,
    rules: [],
    discovery: 'always',
  }));
  const { configuration } = picture;
  return {
    ...picture,
    configuration: { ...configuration, constraints: [...configuration.constraints, ...wishes] },
  };
}

/** As it is when the moves are done and nobody asks for them any more. */
function made(picture: Picture, moves: readonly BalanceMove[]): Picture {
  let { nodes } = picture.status;
  for (const move of moves) {
    const members = new Set(membersOf(picture, [move]));
    const source = nodes.find(({ name }) => name === move.from);
    const taken = (source?.history ?? []).filter(({ resource }) => members.has(resource));
    nodes = nodes.map((node) => arrived(node, move, taken, members));
  }
  return { ...picture, status: { ...picture.status, nodes } };
}

function arrived(
  node: NodeStatus,
  { from, to }: BalanceMove,
  taken: readonly ResourceHistory[],
  members: ReadonlySet<string>,
): NodeStatus {
  if (node.name !== from && node.name !== to) return node;
  const others = node.history.filter(({ resource }) => !members.has(resource));
  const own = node.name === to ? taken : taken.map(leftBehind);
  return { ...node, history: [...others, ...own] };
}

/** What a probe would find where it was. */
function leftBehind(history: ResourceHistory): ResourceHistory {
  const [last] = history.operations.filter(({ operation }) => operation !== 'stop').slice(-1);
  const gone = {
    id: `${history.resource}_last_0`,
    operation: 'monitor',
    intervalMs: 0,
    callId: (last?.callId ?? 0) + 1,
    status: 'done' as const,
    exitCode: 7,
    expectedExitCode: 7,
    ...(last?.lastChangeAt === undefined ? {} : { lastChangeAt: last.lastChangeAt }),
    ...(last?.digest === undefined ? {} : { digest: last.digest }),
  };
  return { ...history, operations: [gone] };
}
