/**
 * A resource that was renamed is another one to the scheduler: the old one stops because nobody has it configured,
 * the new one starts. Both would run for a while. What is the same by agent and parameters waits for the old one's end.
 */
import type { ResourceId } from '../model/ids.ts';
import type { Plan, PlannedAction } from '../model/plan.ts';
import { agentText } from '../model/value.ts';
import { adjacency, leadsTo } from './lanes.ts';

/** @param isConfigured whether a resource of this name, or one that it is an instance of, is in the configuration */
export function startRenamedLater(plan: Plan, isConfigured: (id: ResourceId) => boolean): Plan {
  const removed = plan.actions.filter(
    (action) =>
      isReal(action, 'stop') && action.resource !== undefined && !isConfigured(action.resource),
  );
  if (removed.length === 0) return plan;
  const starts = plan.actions.filter((action) => isReal(action, 'start'));
  const after = adjacency(plan);
  const order = [...plan.order];
  for (const stop of removed) {
    for (const start of starts) {
      if (workOf(start) !== workOf(stop) || leadsTo(after, start.id, stop.id)) continue;
      order.push([stop.id, start.id]);
      after[stop.id]?.push(start.id);
    }
  }
  return order.length === plan.order.length ? plan : { ...plan, order };
}

const isReal = ({ kind, pseudo, operation }: PlannedAction, wanted: string): boolean =>
  kind === wanted && !pseudo && operation !== undefined;

/** What an agent makes, whatever it is called: a stop has what it was started with. */
function workOf({ agent, operation }: PlannedAction): string {
  const parameters = operation?.ownParameters ?? operation?.parameters ?? {};
  const sorted = Object.entries(parameters).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([agent === undefined ? '' : agentText(agent), sorted]);
}
