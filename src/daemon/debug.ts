/** One operation of a configured resource, run by hand: `holdfast resource debug`. */
import { join } from 'node:path';

import type { OperationRunner } from '../agents/runner.ts';
import { redact, resolveSecrets } from '../agents/secrets.ts';
import type { SecretStore } from '../agents/secrets.ts';
import type { Foreground } from '../api/backend.ts';
import { Problem } from '../api/problem.ts';
import type { DebugResult } from '../api/schemas/answers.ts';
import type { ClusterState } from '../core/cluster/state.ts';
import { outcomeText } from '../core/cluster/outcome.ts';
import { templateOf } from '../core/config/values.ts';
import type { Primitive, Resource } from '../core/model/configuration.ts';
import type { NodeName } from '../core/model/ids.ts';
import type { AgentName, OperationRequest, Parameters } from '../core/model/operation.ts';
import type { AttributeBlock } from '../core/model/rule.ts';
import { parseDurationMs } from '../core/model/value.ts';
import { followOutput } from './live-output.ts';

export type Debugger = (
  cluster: ClusterState,
  resource: string,
  operation: string,
  foreground: Foreground,
) => Promise<DebugResult>;

/** Pacemaker's default for operations that say nothing else. */
const TIMEOUT_MS = 20_000;

export interface DebuggerParts {
  readonly runner: Pick<OperationRunner, 'run' | 'cancel'>;
  readonly secrets: SecretStore;
  readonly self: NodeName;
  /** For files that exist while an operation runs. */
  readonly directory: string;
}

export function createDebugger({ runner, secrets, self, directory }: DebuggerParts): Debugger {
  let count = 0;
  return async (cluster, id, operation, { signal, onOutput }) => {
    const operationId = `debug-${(count += 1)}`;
    const request = requestByHand(cluster, { operationId, resource: id, operation, node: self });
    const cancel = (): void => void runner.cancel(operationId);
    signal.addEventListener('abort', cancel);
    const hidden = await secretsIn(request.parameters, secrets);
    const live = followOutput(join(directory, `${operationId}.output`), (lines) =>
      onOutput(redact(lines, hidden)),
    );
    const result = await runner.run(request, live.path).finally(() => live.end());
    signal.removeEventListener('abort', cancel);
    const { outcome, durationMs, output } = result;
    return {
      resource: id,
      operation,
      node: self,
      outcome: outcomeText(outcome),
      ok: outcome.kind === 'exited' && outcome.exitCode === 0,
      ...('exitCode' in outcome ? { exitCode: outcome.exitCode } : {}),
      durationMs,
      output,
    };
  };
}

/** An operation of a configured resource that no plan has asked for. Throws as `primitiveOf`. */
export function requestByHand(
  cluster: ClusterState,
  asked: Pick<OperationRequest, 'operationId' | 'operation' | 'node'> & {
    readonly resource: string;
  },
): OperationRequest {
  const { agent, ...primitive } = primitiveOf(cluster, asked.resource);
  return {
    ...asked,
    resource: primitive.id,
    agent,
    intervalMs: 0,
    timeoutMs: timeoutOf(primitive, asked.operation),
    parameters: values(primitive.parameters),
    meta: {},
  };
}

interface WithAgent extends Primitive {
  readonly agent: AgentName;
}

/** With what its template gives. Throws where it has no agent. */
export function primitiveOf(cluster: ClusterState, id: string): WithAgent {
  const { model } = cluster.configuration;
  const own = findPrimitive(model.resources, id);
  const template = own?.template === undefined ? undefined : templateOf(model, own.template);
  const agent = own?.agent ?? template?.agent;
  if (own === undefined || agent === undefined) {
    throw new Problem('bad-request', `${id} is no primitive with an agent of its own.`, {
      advice: 'name one of its members',
    });
  }
  return { ...own, agent, parameters: [...(template?.parameters ?? []), ...own.parameters] };
}

/** What is not to be shown. Of a secret that is missing the operation says so itself. */
async function secretsIn(parameters: Parameters, store: SecretStore): Promise<readonly string[]> {
  const resolved = await resolveSecrets(parameters, store);
  return resolved.kind === 'missing' ? [] : resolved.secrets;
}

function findPrimitive(resources: readonly Resource[], id: string): Primitive | undefined {
  const stack = [...resources];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next.kind === 'primitive') {
      if (next.id === id) return next;
    } else if (next.kind === 'group') stack.push(...next.members);
    else if (next.child !== undefined) stack.push(next.child);
  }
  return undefined;
}

function timeoutOf(primitive: Primitive, operation: string): number {
  const found = primitive.operations.find((entry) => entry.name === operation);
  return parseDurationMs(found?.attributes['timeout'] ?? '') ?? TIMEOUT_MS;
}

/** Blocks whose rules cannot be judged here are left out. */
function values(blocks: readonly AttributeBlock[]): Parameters {
  const plain = blocks.filter((block) => block.rule === undefined);
  const merged: Record<string, string> = {};
  for (const block of plain.toSorted((a, b) => a.score - b.score)) {
    Object.assign(merged, block.values);
  }
  return merged;
}
