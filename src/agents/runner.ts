/**
 * Runs operations on this node: picks the agent's class, fills in secrets, and turns whatever
 * happens into a result. One resource's requests come one after another; the executor sees to that.
 */
import {
  OCF,
  type Containment,
  type FenceRequest,
  type FenceResult,
  type OperationOutcome,
  type OperationRequest,
  type OperationResult,
} from '../core/model/operation.ts';
import { createCommandRunner } from './command/run.ts';
import { contain } from './contain.ts';
import { createContainerRunner } from './container/run.ts';
import { runFenceAgent } from './fence/run.ts';
import type { AgentHost, Ended, Operation, RunOperation } from './host.ts';
import { createLsbRunner } from './lsb/run.ts';
import { exitedWith } from './ocf/outcome.ts';
import { createOcfRunner } from './ocf/run.ts';
import type { OcfOptions } from './ocf/environment.ts';
import { lastBytes, messageOf } from './output.ts';
import { redact, resolveSecrets } from './secrets.ts';
import { createServiceRunner } from './service.ts';
import { createStonithRunner } from './fence/resource.ts';
import { createSystemdRunner } from './systemd/run.ts';
import { createVmRunner } from './vm/run.ts';

export interface RunnerOptions extends OcfOptions {
  /** Directory of init scripts. */
  readonly lsbDirectory: string;
  /** Directories of fence agents, the first that has the agent wins. */
  readonly fenceDirectories: readonly string[];
}

/** Where Debian and most others have them. */
export const defaultRunnerOptions: RunnerOptions = {
  ocfRoot: '/usr/lib/ocf',
  lsbDirectory: '/etc/init.d',
  fenceDirectories: ['/usr/sbin', '/usr/local/sbin'],
};

/** The start of a program takes about so long; a monitor would take the processor from it. */
const giveWayMs = 10;

export interface OperationRunner {
  /**
   * Never rejects. An `operationId` that runs already is `not-run`. `liveFile` gets what is printed
   * as it comes, secrets and all.
   */
  run(request: OperationRequest, liveFile?: string): Promise<OperationResult>;
  runFence(request: FenceRequest): Promise<FenceResult>;
  /** Ends the operation or fencing; resolves when its result is there. Unknown ids are ignored. */
  cancel(operationId: string): Promise<void>;
  /** Called at once when a supervised program ends that nobody asked to stop. */
  onExit(listener: (resource: string, detail: string) => void): void;
  /** Cancels what runs and refuses what comes; services go on. */
  close(): Promise<void>;
}

export function createOperationRunner(
  host: AgentHost,
  options: RunnerOptions = defaultRunnerOptions,
): OperationRunner {
  const classes = createClasses(host, options);
  const running = new Map<string, Running>();
  const closing = new AbortController();
  return {
    run: (request, liveFile) =>
      track(running, closing.signal, request.operationId, (signal) =>
        runOperation(host, classes, { request, signal, liveFile }),
      ).catch((error: unknown) => toResult(request, 0, notRun(messageOf(error)), [])),
    runFence: (request) =>
      track(running, closing.signal, request.requestId, (signal) =>
        runFenceAgent(host, options.fenceDirectories, request, signal),
      ).catch((error: unknown) => failedFence(request, messageOf(error))),
    cancel: async (operationId) => {
      const one = running.get(operationId);
      one?.controller.abort();
      await one?.done;
    },
    onExit: (listener) => host.services?.onExit(listener),
    close: async () => {
      closing.abort();
      for (const one of running.values()) one.controller.abort();
      await Promise.all([...running.values()].map((one) => one.done));
    },
  };
}

type Classes = ReadonlyMap<string, RunOperation>;

function createClasses(host: AgentHost, options: RunnerOptions): Classes {
  const systemd = createSystemdRunner(host);
  const lsb = createLsbRunner(host, options.lsbDirectory);
  return new Map<string, RunOperation>([
    ['ocf', createOcfRunner(host, options)],
    ['systemd', systemd],
    ['lsb', lsb],
    ['service', createServiceRunner(host, systemd, lsb)],
    ['command', createCommandRunner(host)],
    ['container', createContainerRunner(host)],
    ['vm', createVmRunner(host)],
    ['stonith', createStonithRunner(host, options.fenceDirectories)],
  ]);
}

interface Running {
  readonly controller: AbortController;
  readonly done: Promise<unknown>;
}

/** Keeps the run where `cancel` and `close` find it. */
async function track<T>(
  running: Map<string, Running>,
  closing: AbortSignal,
  id: string,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (closing.aborted) throw new Error('the daemon is ending');
  if (running.has(id)) throw new Error(`operation ${id} runs already`);
  const controller = new AbortController();
  const result = run(controller.signal);
  running.set(id, { controller, done: result.catch(() => undefined) });
  try {
    return await result;
  } finally {
    running.delete(id);
  }
}

async function runOperation(
  host: AgentHost,
  classes: Classes,
  asked: Omit<Operation, 'parameters'>,
): Promise<OperationResult> {
  const { request } = asked;
  if (request.operation === 'monitor' && request.intervalMs > 0) await giveWay();
  const startedAt = performance.now();
  const since = (): number => performance.now() - startedAt;
  const run = classes.get(request.agent.class);
  if (!run) return toResult(request, 0, unknownClass(request.agent.class), []);
  const resolved = await resolveSecrets(request.parameters, host.secrets);
  if (resolved.kind === 'missing') {
    const outcome = {
      kind: 'not-run',
      exitCode: OCF.notConfigured,
      reason: resolved.reason,
    } as const;
    return toResult(request, since(), { outcome, output: '' }, []);
  }
  const { parameters, secrets } = resolved;
  const operation = { ...asked, parameters };
  const running = request.operation === 'contain' ? contain(host, run, operation) : run(operation);
  const ended = await running.catch((error: unknown) => notRun(redact(messageOf(error), secrets)));
  return toResult(request, since(), ended, secrets);
}

/** What only looks begins after what changes something, if both were asked for at the same time. */
function giveWay(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, giveWayMs));
}

function toResult(
  request: OperationRequest,
  durationMs: number,
  ended: Ended,
  secrets: readonly string[],
): OperationResult {
  return {
    operationId: request.operationId,
    outcome: redactOutcome(ended.outcome, secrets),
    durationMs,
    output: lastBytes(redact(ended.output, secrets)),
    ...(ended.containment === undefined
      ? {}
      : { containment: redactContainment(ended.containment, secrets) }),
  };
}

function redactContainment(seen: Containment, secrets: readonly string[]): Containment {
  const { monitor } = seen;
  return monitor === undefined ? seen : { ...seen, monitor: redactOutcome(monitor, secrets) };
}

function redactOutcome(outcome: OperationOutcome, secrets: readonly string[]): OperationOutcome {
  if (outcome.kind === 'exited') {
    return { ...outcome, exitReason: redact(outcome.exitReason, secrets) };
  }
  return outcome.kind === 'not-run'
    ? { ...outcome, reason: redact(outcome.reason, secrets) }
    : outcome;
}

const unknownClass = (name: string): Ended => ({
  outcome: exitedWith(OCF.notInstalled, `there is no class of agents named ${name}`),
  output: '',
});

const notRun = (reason: string): Ended => ({
  outcome: { kind: 'not-run', exitCode: OCF.error, reason },
  output: '',
});

const failedFence = (request: FenceRequest, reason: string): FenceResult => ({
  requestId: request.requestId,
  outcome: { kind: 'failed', reason },
  durationMs: 0,
  output: '',
});
