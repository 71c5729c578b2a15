/**
 * A live migration that failed where the machine is known to run on: nothing is to be stopped. It
 * counts against the node that it could not reach, so that it is not tried again at once.
 */
import type { NodeName } from '../model/ids.ts';
import { OCF } from '../model/operation.ts';
import { TWO_SIDED } from '../model/two-sided.ts';
import type { PlannedAction } from '../model/plan.ts';
import type { ReportedResult } from './commands.ts';
import { countFatalFailure } from './fail-counts.ts';
import { recordOperation } from './history.ts';
import { outcomeReason, outcomeText } from './outcome.ts';
import type { ClusterState, NodeRecord } from './state.ts';
import { tell } from './tell.ts';

/**
 * The classes `vm` and `container` end a `migrate_to` with _error_, or as _cancelled_, only after they saw it run on the
 * source (docs/decisions/machines.md, containers.md). Other agents' errors say nothing of where the resource is.
 */
export const staysThere = (result: ReportedResult, action: PlannedAction | undefined): boolean =>
  action?.kind === 'migrate_to' &&
  TWO_SIDED.has(action.agent?.class ?? '') &&
  (isRecalled(result) ||
    (result.outcome.kind === 'exited' && result.outcome.exitCode === OCF.error));

/** Somebody took the move back, or it was never begun: nothing has failed. */
const isRecalled = ({ outcome }: ReportedResult): boolean => outcome.kind === 'cancelled';

export function applyStay(
  state: ClusterState,
  name: NodeName,
  result: ReportedResult,
  action: PlannedAction,
): ClusterState {
  const source = state.nodes[name];
  const target = action.migrateTarget && state.nodes[action.migrateTarget];
  if (source === undefined) return state;
  const history = recordOperation(source.history, {
    name: result.resource,
    operation: 'monitor',
    intervalMs: 0,
    outcome: { kind: 'exited', exitCode: OCF.ok, exitReason: '' },
    callId: result.callId,
    durationMs: result.durationMs,
    time: state.time,
    action: undefined,
  });
  const stayed = { ...source, history: withoutMonitors(history, result.resource) };
  let nodes: ClusterState['nodes'] = { ...state.nodes, [name]: stayed };
  if (target && !isRecalled(result))
    nodes = { ...nodes, [target.name]: countFatalFailure(state, target, result) };
  return tellStay({ ...state, nodes }, name, result, action);
}

/** The executor forgot them when the migration began; they are planned again. */
function withoutMonitors(
  histories: NodeRecord['history'],
  resource: string,
): NodeRecord['history'] {
  const known = histories[resource];
  if (known === undefined) return histories;
  const operations = known.operations.filter(({ intervalMs }) => intervalMs === 0);
  return { ...histories, [resource]: { ...known, operations } };
}

function tellStay(
  state: ClusterState,
  node: NodeName,
  result: ReportedResult,
  { migrateTarget }: PlannedAction,
): ClusterState {
  const failed = !isRecalled(result);
  const why = outcomeReason(result.outcome) || outcomeText(result.outcome);
  const outcome = failed
    ? `it runs on where it is: ${why}`
    : 'given up, since it is not wanted any more: it runs on where it is';
  return tell(state, {
    kind: 'action',
    severity: failed ? 'error' : 'info',
    node,
    resource: result.resource,
    operation: result.operation,
    durationMs: result.durationMs,
    outcome,
    text: `migrate_to of ${result.resource} from ${node} to ${migrateTarget ?? '?'}: ${outcome}`,
    ...(result.output === '' ? {} : { output: result.output }),
  });
}
