/** Moving by command: to a node or away from one, while it runs or not; and taking that back. */
import type { Mark } from '../core/cluster/marks.ts';
import { resourceId } from '../core/model/ids.ts';
import type { NodeName, ResourceId } from '../core/model/ids.ts';
import type { PlannedAction } from '../core/model/plan.ts';
import { TWO_SIDED } from '../core/model/two-sided.ts';
import type { Resource } from '../core/model/configuration.ts';
import { canBeLive, movesOf, primitivesOf } from '../core/view/live.ts';
import type { Move } from '../core/view/live.ts';
import { isEmptied } from '../core/view/marks.ts';
import { listText } from '../core/view/names.ts';
import { resourceView } from '../core/view/resources.ts';
import type { Backend } from './backend.ts';
import { findKnown, findNode, outermost, reading } from './lookup.ts';
import { Problem } from './problem.ts';
import type { Done } from './schemas/answers.ts';
import { HOUR_MS, markCommon, setMark } from './submit.ts';

export interface MoveBody {
  readonly to?: string | undefined;
  readonly away?: string | undefined;
  readonly forMs?: number | undefined;
  readonly live?: boolean | undefined;
  readonly cancel?: boolean | undefined;
}

export async function moveByCommand(
  backend: Backend,
  id: string | undefined,
  body: MoveBody,
  by: string,
): Promise<Done> {
  const top = outermost(findKnown(backend, id));
  if (body.cancel === true) return cancelMove(backend, top, body, by);
  const where = destination(backend, resourceId(top.id), body);
  if (where.to !== undefined) refuseSameNode(backend, top, where.to);
  const mark = markOf(backend, top, where, body.forMs, by);
  const said = await outlook(backend, top, mark, body.live === true);
  const done = await setMark(backend, mark);
  return { ...done, text: said === '' ? done.text : `${done.text} ${said}` };
}

function markOf(
  backend: Backend,
  { id }: Resource,
  where: { readonly to?: NodeName; readonly away?: NodeName },
  forMs: number | undefined,
  by: string,
): Mark {
  const common = markCommon(backend, by, forMs ?? HOUR_MS);
  return { kind: 'move', id: `move:${id}`, resource: resourceId(id), ...where, ...common };
}

/**
 * Where it matters, how it will move is said before it does. With `live`: what would stop and start,
 * or would not go there, is refused.
 */
async function outlook(
  backend: Backend,
  top: Resource,
  mark: Mark,
  live: boolean,
): Promise<string> {
  if (!live && !primitivesOf(top).some(canBeLive)) return '';
  const { configuration, nodes } = backend.cluster();
  const moves = await backend.planWith(mark).then(
    (plan) => movesOf(plan, configuration.model, nodes, top.id),
    (error: unknown) => {
      if (live) throw error;
      return [];
    },
  );
  if (live) refuseUnlessLive(backend, top, moves, mark);
  return moves.map(moveText).filter(Boolean).join(' ');
}

function moveText(move: Move): string {
  switch (move.kind) {
    case 'live':
      return `${move.resource} moves while it runs.`;
    case 'restarts':
      return `${move.resource} stops and starts: ${move.because}.`;
    case 'stays':
      return '';
  }
}

function refuseUnlessLive(
  backend: Backend,
  { id }: Resource,
  moves: readonly Move[],
  mark: Mark,
): void {
  const restarts = moves.flatMap((move) => (move.kind === 'restarts' ? [move] : []));
  if (restarts.length > 0) {
    const why = restarts
      .map(({ resource, because }) => (resource === id ? because : `${resource}: ${because}`))
      .join('; ');
    const place = mark.kind === 'move' && mark.to !== undefined ? ` ${mark.to}` : '';
    throw new Problem('refused', `${id} would stop and start, not move live: ${why}.`, {
      advice: `without --live it is stopped and started: holdfast resource move ${id}${place}`,
    });
  }
  if (moves.some(({ kind }) => kind === 'live')) return;
  const runs = resourceView(reading(backend), findKnown(backend, id).resource).on.length > 0;
  const text = runs
    ? `The cluster would not move ${id}: that node cannot take it, or another rule keeps it.`
    : `${id} runs nowhere, so it cannot move live.`;
  throw new Problem('refused', text, { advice: `holdfast why ${id}` });
}

/** It is there and nothing leads it elsewhere: a mark would only keep it from moving later. */
function refuseSameNode(backend: Backend, top: Resource, to: NodeName): void {
  const now = reading(backend);
  const isUnderWay = (now.readyOf.get(top.id) ?? []).length > 0;
  const mark = backend.cluster().marks[`move:${top.id}`];
  if (isUnderWay || (mark?.kind === 'move' && mark.to !== to)) return;
  const nodes = [...new Set(resourceView(now, top).on.map(({ node }) => node))];
  if (nodes.length !== 1 || nodes[0] !== to || isClone(top)) return;
  // Where the cluster is about to move it away, the word of a person keeps it.
  const { placements } = backend.cluster().decision;
  const isToStay = primitivesOf(top).every(({ id }) =>
    placements.some(({ resource, node }) => resource === id && node === to),
  );
  if (!isToStay) return;
  throw new Problem('bad-request', `${top.id} runs on ${to} already.`, {
    advice: 'name another node; that it stays there is said in the configuration (a location rule)',
  });
}

const isClone = (top: Resource): boolean => top.kind === 'clone' || top.kind === 'bundle';

/** A node to go to, or the node to leave. */
function destination(
  backend: Backend,
  resource: ResourceId,
  { to, away }: MoveBody,
): { to: NodeName; away?: never } | { away: NodeName; to?: never } {
  if (to !== undefined && away !== undefined) {
    throw new Problem('bad-request', 'A resource moves to a node or away from one, not both.');
  }
  if (to !== undefined) return { to: findNode(backend, to) };
  if (away !== undefined) return { away: findNode(backend, away) };
  const view = resourceView(reading(backend), findKnown(backend, resource).resource);
  const nodes = [...new Set(view.on.map(({ node }) => node))];
  const [only] = nodes;
  if (only !== undefined && nodes.length === 1) return { away: findNode(backend, only) };
  throw new Problem(
    'bad-request',
    only === undefined
      ? `${resource} runs nowhere, so it cannot be moved away.`
      : `${resource} runs on several nodes: ${nodes.join(', ')}.`,
    { advice: `name the node to go to: holdfast resource move ${resource} NODE` },
  );
}

/** Under way, by an agent of another class than those that Holdfast takes back (executor/recall.ts). */
const cannotBeCalledBack = ({ agent }: PlannedAction, state: string | undefined): boolean =>
  state === 'ready' && !TWO_SIDED.has(agent?.class ?? '');

/**
 * A live migration that is under way, or waits for its turn, is given up: from now on the resource is
 * to be where it is. Its source gives it up as soon as the plan says so (executor/recall.ts).
 */
async function cancelMove(
  backend: Backend,
  top: Resource,
  body: MoveBody,
  by: string,
): Promise<Done> {
  const { id } = top;
  if (body.to !== undefined || body.away !== undefined || body.live === true) {
    throw new Problem('bad-request', '--cancel stands alone: it takes a live move back.');
  }
  const members = new Set(primitivesOf(top).map((primitive) => primitive.id as string));
  const { transition } = backend.cluster();
  const moving = (transition?.actions ?? []).filter(
    ({ kind, pseudo, resource }, index) =>
      kind === 'migrate_to' &&
      !pseudo &&
      members.has(resource ?? '') &&
      ['waiting', 'ready'].includes(transition?.states[index] ?? ''),
  );
  const sources = [...new Set(moving.flatMap(({ migrateSource }) => migrateSource ?? []))];
  const [source] = sources;
  if (source === undefined) {
    const text = `${id} is not moving live now, so there is nothing to cancel.`;
    const advice = `a move by command is taken back with: holdfast resource clear ${id}`;
    throw new Problem('refused', text, { advice });
  }
  if (moving.some((action) => cannotBeCalledBack(action, transition?.states[action.id]))) {
    const text = `${id} is on its way already, and its agent cannot be interrupted: nobody would know where it is.`;
    const advice = `when it is there, it is moved back with: holdfast resource move ${id} ${source}`;
    throw new Problem('refused', text, { advice });
  }
  if (sources.length > 1) {
    throw new Problem('refused', `${id} moves from several nodes: ${listText(sources)}.`);
  }
  refuseWhileLeaving(backend, id, source);
  const done = await setMark(backend, markOf(backend, top, { to: source }, body.forMs, by));
  return { ...done, text: `The move of ${id} is given up: it stays on ${source}.` };
}

/** It would be sent away again at once. */
function refuseWhileLeaving(backend: Backend, id: string, source: NodeName): void {
  const { nodes, marks, configuration } = backend.cluster();
  const configured = configuration.model.nodes.find(({ name }) => name === source);
  const isStandby =
    isEmptied(marks, source) ||
    (configured?.attributes ?? []).some(({ values }) => values['standby'] === 'true');
  if (nodes[source]?.shutdownRequested === true) {
    throw new Problem('refused', `${source} is leaving the cluster: ${id} cannot stay there.`);
  }
  if (!isStandby) return;
  throw new Problem('refused', `${source} is in standby: ${id} cannot stay there.`, {
    advice: `holdfast node online ${source} takes all of it back`,
  });
}
