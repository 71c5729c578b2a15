/** What makes two actions the same piece of work, whichever plan they belong to. */
import type { NodeName } from '../model/ids.ts';
import type { PlannedAction } from '../model/plan.ts';

/** Unique among the real actions of one plan: `start web n1 0`, `migrate_to vm n1 0 n2`. */
export function actionKey(action: PlannedAction): string {
  const { kind, instance, resource = '', node = '', intervalMs } = action;
  let key = `${kind} ${instance ?? resource} ${node} ${intervalMs}`;
  if (action.of !== undefined) key += ` ${action.of}`;
  if (action.when !== undefined) key += ` ${action.when}`;
  if (action.fenceMethod !== undefined) key += ` ${action.fenceMethod}`;
  if (action.migrateTarget !== undefined) key += ` ${action.migrateTarget}`;
  return key;
}

/** The daemon that carries an action out: its node, or the member that speaks for a remote node. */
export const carrierOf = (action: PlannedAction): NodeName | undefined =>
  action.router ?? action.node;

/** Actions that an agent carries out on a node. */
const OPERATIONS: ReadonlySet<PlannedAction['kind']> = new Set([
  'start',
  'stop',
  'promote',
  'demote',
  'monitor',
  'notify',
  'migrate_to',
  'migrate_from',
  'reload',
]);

export const isOperation = (action: PlannedAction): boolean =>
  !action.pseudo && OPERATIONS.has(action.kind) && action.operation !== undefined;

/** Says the action all that whoever carries it out must know? */
export function canBeCarriedOut(action: PlannedAction): boolean {
  if (action.pseudo) return true;
  if (action.node === undefined) return false;
  if (action.kind === 'fence' || action.kind === 'shutdown') return true;
  if ((action.instance ?? action.resource) === undefined) return false;
  if (!OPERATIONS.has(action.kind)) return true;
  return action.operation !== undefined && action.agent !== undefined;
}
