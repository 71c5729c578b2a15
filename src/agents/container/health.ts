/** Whether a container that runs is well. */
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import { networkCheck, type CheckResult } from '../check.ts';
import { whileRunning } from '../command/while-running.ts';
import type { Ended } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { ping } from '../ping.ts';
import { runtimeProgram, type ContainerDriver, type Job } from './driver.ts';
import type { Argv } from './settings.ts';

/** Of the operation's time so much is left to say what did not answer. */
const marginMs = 200;

/** One that has ended meanwhile is not well, and that is known at once. */
export function isHealthy(driver: ContainerDriver, job: Job, mostMs: number): Promise<Ended> {
  const { operation, services } = job;
  return whileRunning(services, operation.request.resource, operation.signal, (signal) =>
    look(driver, { ...job, operation: { ...operation, signal } }, mostMs),
  );
}

async function look(driver: ContainerDriver, job: Job, mostMs: number): Promise<Ended> {
  const { check } = job.settings;
  const { timeoutMs } = job.operation.request;
  const limitMs = Math.round(Math.max(1, Math.min(timeoutMs - marginMs, mostMs)));
  switch (check?.kind) {
    case undefined:
      return said(exitedWith(OCF.ok));
    case 'command':
      return runInside(driver, job, check.argv, limitMs);
    case 'ping':
      return judged(await ping(job.host, job.operation, check, limitMs));
    case 'tcp':
    case 'http': {
      const limit = AbortSignal.timeout(limitMs);
      const result = await networkCheck(check)(AbortSignal.any([job.operation.signal, limit]));
      return judged(result);
    }
  }
}

const judged = (result: CheckResult): Ended =>
  said(result.kind === 'up' ? exitedWith(OCF.ok) : exitedWith(OCF.error, result.reason));

/** Exit code 0 says that it is well; every other that it is not. */
async function runInside(
  driver: ContainerDriver,
  job: Job,
  check: Argv,
  limitMs: number,
): Promise<Ended> {
  const argv = await driver.inside(job, check);
  if (argv === undefined) return said(exitedWith(OCF.error, 'its first process is not there yet'));
  const ran = await runtimeProgram(job, argv, {}, limitMs);
  const output = ran.output + ran.errorOutput;
  const { outcome } = ran;
  if (outcome.kind === 'exited' && outcome.exitCode === 0) return said(exitedWith(OCF.ok));
  if (outcome.kind === 'cancelled') return { outcome, output };
  const how = outcome.kind === 'exited' ? `exit code ${String(outcome.exitCode)}` : outcome.kind;
  return { outcome: exitedWith(OCF.error, `${check[0]} in the container: ${how}`), output };
}

const said = (outcome: OperationOutcome): Ended => ({ outcome, output: '' });
