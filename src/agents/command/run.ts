/**
 * Operations of one's own programs, without an agent: as a supervised child (mode `child`), or by
 * commands that start and stop it (mode `start-stop`).
 */
import { accessSync, constants } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { OCF, type OperationOutcome, type Parameters } from '../../core/model/operation.ts';
import { baseEnvironment } from '../environment.ts';
import type { AgentHost, Ended, Operation, RunOperation } from '../host.ts';
import { exitedWith, ocfOutcome } from '../ocf/outcome.ts';
import { programNotRun, runProgram } from '../program.ts';
import { networkCheck, type CheckResult } from '../check.ts';
import { parseSettings, type Argv, type CommandSettings } from './settings.ts';
import { whileRunning } from './while-running.ts';
import type { ServiceProgram, ServiceState, ServiceSupervisor } from './supervisor.ts';

/** Between two looks whether a service that starts is up. */
const firstPauseMs = 5;
const longestPauseMs = 250;

export function createCommandRunner(host: AgentHost): RunOperation {
  return async (operation) => {
    if (operation.request.operation === 'logs') return printed(host, operation);
    const parsed = parseSettings(operation.parameters);
    if (parsed.kind === 'wrong') return wrongSettings(host, operation, parsed.reason);
    const { settings } = parsed;
    switch (operation.request.operation) {
      case 'start':
        return start(host, operation, settings);
      case 'stop':
        return stop(host, operation, settings);
      case 'monitor':
        return monitor(host, operation, settings);
      case 'validate-all':
        return done(exitedWith(OCF.ok));
      default:
        return done(exitedWith(OCF.unimplemented));
    }
  };
}

/** What runs under a supervisor can be stopped and looked at, whatever the parameters say now. */
async function wrongSettings(
  host: AgentHost,
  operation: Operation,
  reason: string,
): Promise<Ended> {
  const { operation: name, intervalMs, resource } = operation.request;
  const absent = (await host.services?.state(resource))?.kind === 'absent';
  if (name === 'stop' && host.services) return stopChild(host.services, operation, 'SIGTERM');
  if (name === 'monitor' && intervalMs === 0 && absent) return done(exitedWith(OCF.notRunning));
  return done(exitedWith(OCF.notConfigured, reason));
}

/** What is started by a command of its own has its output elsewhere. */
async function printed({ services }: AgentHost, { request }: Operation): Promise<Ended> {
  const output = (await services?.output(request.resource)) ?? '';
  return { outcome: exitedWith(OCF.ok), output };
}

// --- start ---

async function start(
  host: AgentHost,
  operation: Operation,
  settings: CommandSettings,
): Promise<Ended> {
  const deadline = performance.now() + operation.request.timeoutMs;
  const begun =
    settings.mode === 'child'
      ? await startChild(host, operation, settings)
      : await runCommand(host, operation, settings, settings.start);
  if (begun.outcome.kind !== 'exited' || begun.outcome.exitCode !== OCF.ok) return begun;
  const up = await waitUntilUp(host, operation, settings, deadline);
  if (up.outcome.kind === 'exited') return up;
  return settings.mode === 'child' ? endStart(host, operation, up) : up;
}

async function startChild(
  host: AgentHost,
  operation: Operation,
  settings: Extract<CommandSettings, { mode: 'child' }>,
): Promise<Ended> {
  const services = supervisor(host);
  await host.leftoversEnded;
  const { resource } = operation.request;
  if ((await services.state(resource)).kind === 'running') return done(exitedWith(OCF.ok));
  const program = toProgram(operation, settings, settings.argv);
  const started = await services.start(resource, program);
  return started.kind === 'started'
    ? done(exitedWith(OCF.ok))
    : done(programNotRun(program.argv[0], started.stage, started.error));
}

/** A start that is not up in time, or is cancelled, leaves nothing behind. */
async function endStart(host: AgentHost, operation: Operation, up: Ended): Promise<Ended> {
  const state = await supervisor(host).stop(operation.request.resource, 'SIGKILL', 0);
  return state.kind === 'unkillable' ? { ...up, outcome: state } : up;
}

/** `exited` when it is up or has ended, otherwise `timed-out` or `cancelled`. */
async function waitUntilUp(
  host: AgentHost,
  operation: Operation,
  settings: CommandSettings,
  deadline: number,
): Promise<Ended> {
  if (settings.monitor.kind === 'process') return done(exitedWith(OCF.ok));
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const leftMs = Math.floor(deadline - performance.now());
    if (operation.signal.aborted) return done({ kind: 'cancelled' });
    if (leftMs <= 0) return done({ kind: 'timed-out' });
    const request = { ...operation.request, timeoutMs: leftMs, intervalMs: 1 };
    const look = { ...operation, request: withTry(request, pauseMs) };
    const seen = await monitor(host, look, settings);
    if (seen.outcome.kind === 'exited' && seen.outcome.exitCode === OCF.ok) return seen;
    const ended = settings.mode === 'child' && (await childEnded(host, operation));
    if (ended) return ended;
    await pause(Math.min(pauseMs, leftMs), operation.signal);
  }
}

/** Each look is an operation of its own for its cgroup. */
const withTry = (request: Operation['request'], number: number): Operation['request'] => ({
  ...request,
  operationId: `${request.operationId}-look-${String(number)}-${String(Math.round(performance.now() * 1000))}`,
});

async function childEnded(host: AgentHost, operation: Operation): Promise<Ended | undefined> {
  const services = supervisor(host);
  const { resource } = operation.request;
  const state = await services.state(resource);
  if (state.kind === 'running') return undefined;
  const reason = state.kind === 'ended' ? state.detail : 'it is gone';
  return {
    outcome: exitedWith(OCF.error, `it ended while it started: ${reason}`),
    output: await services.output(resource),
  };
}

// --- stop ---

function stop(host: AgentHost, operation: Operation, settings: CommandSettings): Promise<Ended> {
  return settings.mode === 'child'
    ? stopChild(supervisor(host), operation, settings.stopSignal)
    : stopByCommand(host, operation, settings);
}

/** SIGKILL comes early enough that the stop itself does not time out. */
async function stopChild(
  services: ServiceSupervisor,
  operation: Operation,
  signal: string,
): Promise<Ended> {
  const { resource, timeoutMs } = operation.request;
  const graceMs = Math.round(timeoutMs - Math.min(2000, timeoutMs / 4));
  const state = await services.stop(resource, signal, graceMs);
  return done(stopOutcome(state));
}

function stopOutcome(state: ServiceState): OperationOutcome {
  switch (state.kind) {
    case 'absent':
      return exitedWith(OCF.ok);
    case 'ended':
      return exitedWith(OCF.ok, state.detail);
    case 'unkillable':
      return state;
    case 'running':
      return exitedWith(OCF.error, `process ${String(state.pid)} still runs`);
  }
}

/** A stop command that says so is not believed while the service still answers. */
async function stopByCommand(
  host: AgentHost,
  operation: Operation,
  settings: Extract<CommandSettings, { mode: 'start-stop' }>,
): Promise<Ended> {
  const stopped = await runCommand(host, operation, settings, settings.stop);
  if (stopped.outcome.kind !== 'exited' || stopped.outcome.exitCode !== OCF.ok) return stopped;
  const seen = await monitor(
    host,
    { ...operation, request: withTry(operation.request, 0) },
    settings,
  );
  const still = seen.outcome.kind === 'exited' && seen.outcome.exitCode === OCF.ok;
  return still ? done(exitedWith(OCF.error, 'it still runs after its stop command')) : stopped;
}

// --- monitor ---

async function monitor(
  host: AgentHost,
  operation: Operation,
  settings: CommandSettings,
): Promise<Ended> {
  if (settings.mode !== 'child') return lookAt(host, operation, settings);
  const services = supervisor(host);
  const { resource } = operation.request;
  const before = await services.state(resource);
  if (before.kind !== 'running') return done(downOutcome(before));
  const seen = await whileRunning(services, resource, operation.signal, (signal) =>
    lookAt(host, { ...operation, signal }, settings),
  );
  const after = await services.state(resource);
  return after.kind === 'running' || operation.signal.aborted ? seen : done(downOutcome(after));
}

async function lookAt(
  host: AgentHost,
  operation: Operation,
  settings: CommandSettings,
): Promise<Ended> {
  switch (settings.monitor.kind) {
    case 'process':
      return done(exitedWith(OCF.ok));
    case 'tcp':
    case 'http': {
      const timeout = AbortSignal.timeout(operation.request.timeoutMs);
      const signal = AbortSignal.any([operation.signal, timeout]);
      return done(checkOutcome(await networkCheck(settings.monitor)(signal), settings.mode));
    }
    case 'command':
      return runCommand(host, operation, settings, settings.monitor.argv);
  }
}

function downOutcome(state: Exclude<ServiceState, { kind: 'running' }>): OperationOutcome {
  switch (state.kind) {
    case 'absent':
      return exitedWith(OCF.notRunning);
    case 'ended':
      return exitedWith(OCF.notRunning, state.detail);
    case 'unkillable':
      return exitedWith(OCF.error, 'it has ended, but not all of its processes can be killed');
  }
}

/** Where no process is known, a refused connection is the sign that it does not run. */
function checkOutcome(result: CheckResult, mode: CommandSettings['mode']): OperationOutcome {
  if (result.kind === 'up') return exitedWith(OCF.ok);
  const down = result.kind === 'down' && mode === 'start-stop';
  return exitedWith(down ? OCF.notRunning : OCF.error, result.reason);
}

// --- programs ---

async function runCommand(
  host: AgentHost,
  operation: Operation,
  settings: CommandSettings,
  argv: Argv,
): Promise<Ended> {
  const program = toProgram(operation, settings, argv);
  const { outcome, output } = await runProgram(host, operation, program);
  switch (outcome.kind) {
    case 'exited':
      return { outcome: commandOutcome(argv === monitorArgv(settings), outcome.exitCode), output };
    case 'not-run':
      return { outcome: programNotRun(program.argv[0], outcome.stage, outcome.error), output };
    default:
      return { outcome: ocfOutcome(outcome, output), output };
  }
}

/**
 * One's own programs know nothing of OCF's codes: all but 0 is an error. Only of a monitor 7 (OCF)
 * and 3 (init scripts) mean that the service does not run.
 */
function commandOutcome(isMonitor: boolean, exitCode: number): OperationOutcome {
  if (exitCode === 0) return exitedWith(OCF.ok);
  const down = isMonitor && (exitCode === 7 || exitCode === 3);
  return exitedWith(down ? OCF.notRunning : OCF.error, `exit code ${String(exitCode)}`);
}

const monitorArgv = (settings: CommandSettings): Argv | undefined =>
  settings.monitor.kind === 'command' ? settings.monitor.argv : undefined;

/** A program that runs on each of several nodes can tell which one it serves. */
function toProgram({ request }: Operation, settings: CommandSettings, argv: Argv): ServiceProgram {
  const environment: Parameters = {
    ...baseEnvironment(),
    HOLDFAST_NODE: request.node,
    HOLDFAST_RESOURCE: request.resource,
    ...settings.environment,
  };
  const [program, ...rest] = argv;
  return {
    argv: [findProgram(program, environment['PATH'] ?? '', settings.directory ?? '/'), ...rest],
    environment,
    ...(settings.directory === undefined ? {} : { directory: settings.directory }),
    ...(settings.user === undefined ? {} : { user: settings.user }),
    ...(settings.group === undefined ? {} : { group: settings.group }),
  };
}

/** A name without `/` is looked for in PATH, any other path is relative to the directory. */
function findProgram(name: string, path: string, directory: string): string {
  if (isAbsolute(name)) return name;
  if (name.includes('/')) return join(directory, name);
  const found = path.split(':').find((one) => isAbsolute(one) && isExecutable(join(one, name)));
  return join(found ?? directory, name);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function supervisor(host: AgentHost): ServiceSupervisor {
  if (!host.services) throw new Error('this node has no supervisor for commands');
  return host.services;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, ms);
    function finish(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    }
    signal.addEventListener('abort', finish);
  });
}

const done = (outcome: OperationOutcome): Ended => ({ outcome, output: '' });
