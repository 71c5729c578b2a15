/**
 * All nodes leave: none before everything is stopped everywhere, and who is lost is fenced. Otherwise the
 * node that has nothing to stop would go at once, and perhaps take the quorum with it that the others need
 * to stop theirs in order, and to fence what does not stop.
 */
import type { Plan, PlannedAction } from '../model/plan.ts';
import { leadsTo, adjacency } from './lanes.ts';

const NAME = 'everything is stopped';

/** One more point of the order: after all that stops, before all that leaves. */
export function leaveTogether(plan: Plan): Plan {
  const { actions } = plan;
  const leaves = actions.filter(({ kind, pseudo }) => kind === 'shutdown' && !pseudo);
  if (leaves.length === 0) return plan;
  const after = adjacency(plan);
  const stops = actions.filter(
    (action) => isAwaited(action) && !leaves.some(({ id }) => leadsTo(after, id, action.id)),
  );
  if (stops.length === 0) return plan;
  const point: PlannedAction = {
    id: actions.length,
    kind: 'pseudo',
    pseudo: true,
    name: NAME,
    intervalMs: 0,
    reason: 'the whole cluster is stopped',
    priority: 0,
  };
  const before = stops.map(({ id }): [number, number] => [id, point.id]);
  const then = leaves.map(({ id }): [number, number] => [point.id, id]);
  return { ...plan, actions: [...actions, point], order: [...plan.order, ...before, ...then] };
}

const isAwaited = ({ kind, pseudo, fenceMethod }: PlannedAction): boolean =>
  !pseudo && (kind === 'stop' || (kind === 'fence' && fenceMethod !== 'on'));
