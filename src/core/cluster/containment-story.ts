/** What was done to contain a service whose stop failed, step by step, and what it proves. */
import type { NodeName } from '../model/ids.ts';
import type { Containment } from '../model/operation.ts';
import type { ReportedResult } from './commands.ts';
import { isContained } from './containment.ts';
import { outcomeText } from './outcome.ts';
import type { ClusterState } from './state.ts';
import { tell } from './tell.ts';

export function tellContainment(
  state: ClusterState,
  node: NodeName,
  { resource, durationMs }: ReportedResult,
  containment: Containment,
): ClusterState {
  const say = (
    before: ClusterState,
    severity: 'info' | 'good' | 'error',
    outcome: string,
    text: string,
  ): ClusterState =>
    tell(before, {
      kind: 'action',
      operation: 'contain',
      severity,
      node,
      resource,
      durationMs,
      outcome,
      text: `containment of ${resource} on ${node}: ${text}`,
    });
  const { monitor } = containment;
  let next = say(state, 'info', 'killed', killedText(containment));
  if (monitor !== undefined) {
    next = say(next, 'info', 'asked', `its monitor says: ${outcomeText(monitor)}`);
  }
  return isContained(containment)
    ? say(next, 'good', 'contained', 'nothing of it runs there, as after a stop')
    : say(next, 'error', 'not contained', `it may still run there: ${doubtOf(containment)}`);
}

function killedText({ found, left }: Containment): string {
  const killed = `${count(found)} killed`;
  return left.length === 0 ? `${killed}, none is left` : `${killed}, left: ${left.join(', ')}`;
}

const count = (processes: number): string =>
  processes === 1 ? 'one process' : `${processes} processes`;

function doubtOf({ isWhole, left, monitor }: Containment): string {
  if (left.length > 0) return 'not all of its processes are gone';
  if (!isWhole) return 'it is not known that these were all processes of it';
  return monitor === undefined
    ? 'its monitor was not asked'
    : 'its monitor does not say that it is gone';
}
