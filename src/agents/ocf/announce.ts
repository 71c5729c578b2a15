/**
 * `ocf:heartbeat:IPaddr2` announces its address in the background, after it has said that it is up: 6
 * to 10 ms later on a busy machine, in which clients still ask the node that is lost. So the first
 * announcement is made here (docs/decisions/failover-time.md).
 */
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import { parseBoolean } from '../../core/model/value.ts';
import type { Operation } from '../host.ts';

/** The IPv4 address that this start has brought to the node, for its neighbours to know. */
export function newAddress(
  { request, parameters }: Pick<Operation, 'request' | 'parameters'>,
  outcome: OperationOutcome,
): string | undefined {
  const { agent, operation, meta } = request;
  if (operation !== 'start' || outcome.kind !== 'exited' || outcome.exitCode !== OCF.ok) return;
  if (agent.provider !== 'heartbeat' || agent.type !== 'IPaddr2') return;
  // Behind a load balancer nobody is to ask for it; of several copies each has a part of the clients.
  if (parseBoolean(parameters['lvs_support'] ?? '') === true) return;
  if (Number(meta['clone_max'] ?? 1) > 1) return;
  return parameters['ip'];
}
