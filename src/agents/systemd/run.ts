/** Operations of systemd units, by way of the service manager's jobs. */
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import { baseEnvironment } from '../environment.ts';
import type { AgentHost, Ended, Operation, RunOperation } from '../host.ts';
import { exitedWith, ocfOutcome } from '../ocf/outcome.ts';
import { programNotRun, runProgram } from '../program.ts';
import { isGone, jobOutcome, monitorOutcome } from './outcome.ts';
import type { SystemdManager } from './manager.ts';

/** Not gone so long after SIGKILL: unkillable. */
const killWaitMs = 5000;
const pollMs = 50;
const journalctl = '/usr/bin/journalctl';
const journalLines = 1000;

export function createSystemdRunner(host: AgentHost): RunOperation {
  return async (operation) => {
    if (operation.request.operation === 'logs') return journal(host, operation);
    if (!host.systemd) {
      const reason = 'systemd does not run on this node';
      const outcome = { kind: 'not-run', exitCode: OCF.notInstalled, reason } as const;
      return { outcome, output: '' };
    }
    return { outcome: await runUnit(host.systemd, operation), output: '' };
  };
}

/** journalctl(1) */
async function journal(host: AgentHost, operation: Operation): Promise<Ended> {
  const unit = operation.request.agent.type;
  const words = `--quiet --no-pager --output=short-iso --lines=${String(journalLines)}`;
  const { outcome, output } = await runProgram(host, operation, {
    argv: [journalctl, ...words.split(' '), `--unit=${unit}`],
    environment: baseEnvironment(),
  });
  if (outcome.kind !== 'not-run') return { outcome: ocfOutcome(outcome, ''), output };
  return { outcome: programNotRun(journalctl, outcome.stage, outcome.error), output };
}

async function runUnit(systemd: SystemdManager, operation: Operation): Promise<OperationOutcome> {
  const { agent, operation: name } = operation.request;
  switch (name) {
    case 'monitor':
      return monitorOutcome(await systemd.state(agent.type));
    case 'start':
      return start(systemd, operation);
    case 'stop':
      return stop(systemd, operation);
    case 'reload':
      return runJob(systemd, operation, 'reload');
    default:
      return exitedWith(OCF.unimplemented, `units have no ${name}`);
  }
}

/** A start that is not done in time leaves nothing: what it brought up is killed. */
async function start(systemd: SystemdManager, operation: Operation): Promise<OperationOutcome> {
  const unit = operation.request.agent.type;
  const before = await systemd.state(unit);
  if (before.load !== 'loaded') return monitorOutcome(before);
  await systemd.takeOver(unit);
  if (before.active === 'failed') await systemd.resetFailed(unit);
  const outcome = await runJob(systemd, operation, 'start');
  if (outcome.kind !== 'timed-out' && outcome.kind !== 'cancelled') return outcome;
  return (await killUnit(systemd, unit)) ? outcome : { kind: 'unkillable', processes: [] };
}

/**
 * Of one that is not done in time only what stops the unit is ended. Whether the unit itself is
 * killed, and what that proves, is decided elsewhere (docs/decisions/containment.md).
 */
async function stop(systemd: SystemdManager, operation: Operation): Promise<OperationOutcome> {
  const unit = operation.request.agent.type;
  const before = await systemd.state(unit);
  if (isGone(before)) return exitedWith(OCF.ok);
  const outcome = await runJob(systemd, operation, 'stop');
  // Without such a process there is nothing to kill, which is an error, too.
  if (outcome.kind === 'timed-out') await systemd.kill(unit, 'control').catch(() => undefined);
  return outcome;
}

async function runJob(
  systemd: SystemdManager,
  operation: Operation,
  verb: 'start' | 'stop' | 'reload',
): Promise<OperationOutcome> {
  const { agent, timeoutMs } = operation.request;
  const timeout = AbortSignal.timeout(timeoutMs);
  const result = await systemd.job(verb, agent.type, AbortSignal.any([operation.signal, timeout]));
  if (operation.signal.aborted && result === 'canceled') return { kind: 'cancelled' };
  if (timeout.aborted && result === 'canceled') return { kind: 'timed-out' };
  return jobOutcome(verb, result, await systemd.state(agent.type));
}

/** SIGKILL to all of the unit; true when it is down within 5 s. */
export async function killUnit(systemd: SystemdManager, unit: string): Promise<boolean> {
  const deadline = performance.now() + killWaitMs;
  const stopping = systemd.job('stop', unit, AbortSignal.timeout(killWaitMs)).catch(() => 'failed');
  while (performance.now() < deadline) {
    await systemd.kill(unit, 'all').catch(() => undefined); // nothing left to kill is an error, too
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    if (isGone(await systemd.state(unit))) {
      await stopping;
      return true;
    }
  }
  await stopping;
  return isGone(await systemd.state(unit));
}
