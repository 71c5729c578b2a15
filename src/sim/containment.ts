/**
 * What becomes of a service whose processes are killed after a stop that failed. Where those are is
 * drawn; only the first of them is a stop, and the product has to know it from the others
 * (docs/decisions/containment.md).
 */
import type { Containment, OperationOutcome, OperationRequest } from '../core/model/operation.ts';
import type { Hold } from './holds.ts';
import { containable } from './holds.ts';
import type { Machine } from './machine.ts';
import { baseOf } from './machine.ts';
import type { Tally } from './tally.ts';
import { Violation } from './violation.ts';

/** What it does, and what is seen. */
export function contain(
  machine: Machine,
  { resource }: OperationRequest,
  tally: Tally,
): { readonly outcome: OperationOutcome; readonly containment: Containment } {
  if (!containable.includes(baseOf(resource)) || !machine.failedStops.delete(resource)) {
    throw new Violation(`killed without need: ${resource} on ${machine.name}`);
  }
  const isThere = machine.active.has(resource);
  const hold = machine.holds.get(resource) ?? 'clean';
  const containment = isThere ? seen[hold] : seen.nothing;
  tally.count(isThere && hold !== 'clean' ? 'killings that prove nothing' : 'services contained');
  if (isThere && hold === 'clean') machine.active.delete(resource);
  return { outcome: containment.left.length > 0 ? failed : ok, containment };
}

const exited = (exitCode: number): OperationOutcome => ({
  kind: 'exited',
  exitCode,
  exitReason: '',
});
const ok = exited(0);
const failed = exited(1);
const notRunning = exited(7);

const seen: Readonly<Record<Hold | 'nothing', Containment>> = {
  clean: { isWhole: true, found: 2, left: [], monitor: notRunning },
  outside: { isWhole: false, found: 0, left: [], monitor: ok },
  blind: { isWhole: false, found: 0, left: [], monitor: notRunning },
  left: { isWhole: true, found: 2, left: [4711] },
  more: { isWhole: true, found: 2, left: [], monitor: ok },
  back: { isWhole: true, found: 2, left: [4712], monitor: notRunning },
  nothing: { isWhole: false, found: 0, left: [], monitor: notRunning },
};
