/** Runs fence agents. */
import { existsSync } from 'node:fs';
import { resourceId, nodeName } from '../../core/model/ids.ts';
import type { FenceRequest, FenceResult, OperationRequest } from '../../core/model/operation.ts';
import { baseEnvironment } from '../environment.ts';
import type { AgentHost } from '../host.ts';
import { lastBytes } from '../output.ts';
import type { ProcessResult } from '../process.ts';
import { runProgram } from '../program.ts';
import { redact, resolveSecrets } from '../secrets.ts';
import { fenceInput, fenceOutcome } from './protocol.ts';

const namePattern = /^fence_[A-Za-z0-9_.-]+$/;

/** `directories` are looked through for the agent in this order. Never throws. */
export async function runFenceAgent(
  host: AgentHost,
  directories: readonly string[],
  request: FenceRequest,
  signal: AbortSignal,
): Promise<FenceResult> {
  const path = fencePath(directories, request.agent);
  if (path === undefined) return failed(request, `${request.agent} is not installed on this node`);
  const resolved = await resolveSecrets(request.parameters, host.secrets);
  if (resolved.kind === 'missing') return failed(request, resolved.reason);
  const input = fenceInput(request, resolved.parameters);
  if (input.kind === 'refused') return failed(request, input.reason);
  const result = await runProgram(host, asOperation(request, signal), {
    argv: [path],
    environment: baseEnvironment(),
    standardInput: input.text,
    separateErrors: true,
  });
  return toResult(request, result, resolved.secrets);
}

/** The agent's program in the first directory that has it. */
export function fencePath(directories: readonly string[], agent: string): string | undefined {
  if (!namePattern.test(agent)) return undefined;
  return directories.map((directory) => `${directory}/${agent}`).find((path) => existsSync(path));
}

function toResult(
  request: FenceRequest,
  result: ProcessResult,
  secrets: readonly string[],
): FenceResult {
  const errors = redact(result.errorOutput, secrets);
  const printed = redact(result.output, secrets);
  return {
    requestId: request.requestId,
    // Some agents complain on standard output.
    outcome: fenceOutcome(
      request,
      result.outcome,
      errors.trim() === '' ? printed : errors,
      printed,
    ),
    durationMs: result.durationMs,
    output: lastBytes(request.action === 'list' ? printed : errors + printed),
  };
}

/** A device's runs have a cgroup of their own, under a name that no resource can have. */
function asOperation(request: FenceRequest, signal: AbortSignal) {
  const operation: OperationRequest = {
    operationId: request.requestId,
    resource: resourceId(`fence/${request.device}`),
    agent: { class: 'stonith', type: request.agent },
    operation: request.action,
    intervalMs: 0,
    timeoutMs: request.timeoutMs,
    parameters: {},
    meta: {},
    node: nodeName(''),
  };
  return { request: operation, parameters: {}, signal };
}

function failed(request: FenceRequest, reason: string): FenceResult {
  const outcome = { kind: 'failed', reason } as const;
  return { requestId: request.requestId, outcome, durationMs: 0, output: '' };
}
