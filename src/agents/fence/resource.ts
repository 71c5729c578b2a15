/** Class `stonith`: a fence device as a resource. To run means that the device answers. */
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import type { AgentHost, RunOperation } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { runFenceAgent } from './run.ts';

/** Stop has nothing to end, and a probe finds nothing: the device runs where it is assigned. */
export function createStonithRunner(host: AgentHost, directories: readonly string[]): RunOperation {
  return async ({ request, signal }) => {
    const { operation, intervalMs } = request;
    if (operation === 'stop') return { outcome: exitedWith(OCF.ok), output: '' };
    if (operation === 'monitor' && intervalMs === 0) {
      return { outcome: exitedWith(OCF.notRunning), output: '' };
    }
    if (operation !== 'start' && operation !== 'monitor') {
      return { outcome: exitedWith(OCF.unimplemented), output: '' };
    }
    const result = await runFenceAgent(
      host,
      directories,
      {
        requestId: request.operationId,
        device: request.resource,
        agent: request.agent.type,
        action: 'monitor',
        parameters: request.parameters,
        timeoutMs: request.timeoutMs,
      },
      signal,
    );
    return { outcome: toOutcome(result.outcome), output: result.output };
  };
}

function toOutcome(
  outcome: Awaited<ReturnType<typeof runFenceAgent>>['outcome'],
): OperationOutcome {
  return outcome.kind === 'failed' ? exitedWith(OCF.error, outcome.reason) : exitedWith(OCF.ok);
}
