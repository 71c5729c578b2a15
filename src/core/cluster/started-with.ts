/**
 * What a resource was started with on a node: its stop, demotion and probe get the same agent and
 * parameters, whatever is configured since (docs/decisions/started-with.md).
 */
import { OCF } from '../model/operation.ts';
import type { OperationOutcome } from '../model/operation.ts';
import type { StartedWith } from '../model/picture.ts';
import type { PlannedAction } from '../model/plan.ts';
import { activity } from './activity.ts';
import { endedAs } from './history.ts';
import { sortedKeys, without } from './order.ts';
import type { NodeRecord } from './state.ts';

/** An operation on a resource has ended: what is known now of what runs there. */
export function noteStartedWith(
  node: NodeRecord,
  name: string,
  action: PlannedAction | undefined,
  outcome: OperationOutcome,
): NodeRecord {
  if (action?.operation === undefined || outcome.kind === 'cancelled') return node;
  if (begins(action)) return begun(node, name, action);
  const asExpected = endedAs({ ...action, operation: action.operation.name, outcome }, OCF.ok);
  if (action.kind === 'reload') return asExpected ? begun(node, name, action) : node;
  if (action.kind === 'stop') return asExpected ? forgotten(node, name) : node;
  return isProbe(action) ? probed(node, name, action, foundNothing(outcome)) : node;
}

/** From here on something of it may be on the node. */
export const begins = ({ kind }: PlannedAction): boolean =>
  kind === 'start' || kind === 'migrate_from';

const foundNothing = (outcome: OperationOutcome): boolean =>
  outcome.kind === 'exited' && outcome.exitCode === OCF.notRunning;

/**
 * Even a start that failed, or of which nobody knows the end, may have made something: what is
 * stopped afterwards is that.
 */
export function begun(
  node: NodeRecord,
  name: string,
  { agent, operation }: PlannedAction,
): NodeRecord {
  if (agent === undefined || operation === undefined) return node;
  const parameters = operation.ownParameters ?? operation.parameters;
  return withStarted(node, { ...node.startedWith, [name]: { agent, parameters } });
}

function forgotten(node: NodeRecord, name: string): NodeRecord {
  if (node.startedWith?.[name] === undefined) return node;
  return withStarted(node, without(node.startedWith, name));
}

/** What a probe found without anybody having started it was found with these parameters. */
function probed(
  node: NodeRecord,
  name: string,
  action: PlannedAction,
  nothing: boolean,
): NodeRecord {
  if (nothing) return forgotten(node, name);
  const isFound = activity(node.history[name]) === 'active';
  return isFound && node.startedWith?.[name] === undefined ? begun(node, name, action) : node;
}

const isProbe = ({ kind, intervalMs }: PlannedAction): boolean =>
  kind === 'monitor' && intervalMs === 0;

/**
 * Nothing runs with what it was started with. Whether something runs with what is configured now is
 * another question: it is not answered, so that it is asked next.
 */
export const answersOldQuestion = (
  action: PlannedAction | undefined,
  outcome: OperationOutcome,
): boolean => action?.operation?.outdated === true && isProbe(action) && foundNothing(outcome);

/** The machine was off meanwhile, or the knowledge may be of an earlier time. */
export function nothingStarted(node: NodeRecord): NodeRecord {
  const { startedWith: _gone, ...rest } = node;
  return rest;
}

function withStarted(
  node: NodeRecord,
  startedWith: Readonly<Record<string, StartedWith>>,
): NodeRecord {
  return sortedKeys(startedWith).length === 0 ? nothingStarted(node) : { ...node, startedWith };
}
