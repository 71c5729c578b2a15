/** Operations of containers, whatever runtime they have. docs/decisions/containers.md */
import { join } from 'node:path';
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import type { AgentHost, Ended, Operation, RunOperation } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { digestOf, type ContainerDriver, type Job } from './driver.ts';
import { isHealthy } from './health.ts';
import { clear, endOf, giveUp, look, soon, stopped } from './life.ts';
import { makeNetwork, networkPathOf, removeNetwork } from './network.ts';
import { abandon, arrive, isAwaited, receive } from './arrival.ts';
import { depart } from './departure.ts';
import { dropImages, isMoving, plugAgain } from './moving.ts';
import { nspawnDriver } from './nspawn.ts';
import { ociDriver } from './oci.ts';
import { podmanDriver } from './podman.ts';
import { parseContainerSettings, type ContainerSettings, type Runtime } from './settings.ts';

/** Between two looks whether a container that starts is up. */
const firstPauseMs = 10;
const longestPauseMs = 250;
/** One look at its health, and none takes longer while it starts. */
const lookMs = 10_000;
const startLookMs = 2000;

const drivers: Readonly<Record<Runtime, ContainerDriver>> = {
  podman: podmanDriver,
  runc: ociDriver('runc'),
  crun: ociDriver('crun'),
  nspawn: nspawnDriver,
};

export function createContainerRunner(host: AgentHost): RunOperation {
  return async (operation) => {
    const parsed = parseContainerSettings(operation.parameters);
    if (parsed.kind === 'wrong') return wrongSettings(host, operation, parsed.reason);
    const job = jobOf(host, operation, parsed.settings);
    const driver = drivers[parsed.settings.runtime];
    switch (operation.request.operation) {
      case 'start':
        return start(driver, job);
      case 'stop':
        return stop(driver, job);
      case 'monitor':
        return monitor(driver, job);
      case 'migrate_prepare':
        return receive(driver, job);
      case 'migrate_abandon':
        return abandon(driver, job);
      case 'migrate_to':
        return depart(driver, job);
      case 'migrate_from':
        return arrive(driver, job);
      case 'logs':
        return { outcome: exitedWith(OCF.ok), output: await driver.logs(job) };
      case 'reload-agent': // what may be changed is read at each operation
      case 'validate-all':
        return done(exitedWith(OCF.ok));
      default:
        return done(exitedWith(OCF.unimplemented));
    }
  };
}

function jobOf(host: AgentHost, operation: Operation, settings: ContainerSettings): Job {
  const { services, machinesDirectory } = host;
  if (!services || machinesDirectory === undefined) {
    throw new Error('this node cannot run containers');
  }
  const { resource } = operation.request;
  return {
    host,
    services,
    operation,
    settings,
    name: settings.name ?? nameOf(resource),
    directory: join(machinesDirectory, `container-${digestOf(resource)}`),
    networkPath: settings.cards.length === 0 ? undefined : networkPathOf(resource),
    cgroup: host.cgroups?.path?.(resource),
  };
}

/** `web:1` → `web-1`: what every runtime takes for a name. */
const nameOf = (resource: string): string =>
  /^[A-Za-z0-9][\w.-]{0,62}$/.test(resource)
    ? resource
    : `${resource.replaceAll(/[^\w.-]/g, '-').slice(0, 40)}-${digestOf(resource)}`;

/** What runs can be stopped and looked for, whatever the parameters say now. */
async function wrongSettings(host: AgentHost, { request }: Operation, reason: string) {
  const state = (await host.services?.state(request.resource)) ?? { kind: 'absent' };
  if (request.operation === 'stop' && host.services) {
    const graceMs = graceOf(request.timeoutMs);
    return done(stopped(await host.services.stop(request.resource, 'SIGTERM', graceMs)));
  }
  const isProbe = request.operation === 'monitor' && request.intervalMs === 0;
  if (isProbe && state.kind === 'absent') return done(exitedWith(OCF.notRunning));
  return done(exitedWith(OCF.notConfigured, reason));
}

// --- start ---

async function start(driver: ContainerDriver, job: Job): Promise<Ended> {
  const { request, signal } = job.operation;
  const deadline = performance.now() + request.timeoutMs;
  await job.host.leftoversEnded;
  const lacking = await driver.missing(job);
  if (lacking) return done(lacking);
  if ((await look(driver, job)).kind !== 'running') {
    const begun = await begin(driver, job);
    if (begun) return giveUp(driver, job, begun);
  }
  const ended = await waitUntilUp(driver, job, deadline);
  if (ended.outcome.kind === 'exited' && ended.outcome.exitCode === OCF.ok) return ended;
  const output = ended.output + (await driver.logs(soon(job)));
  const outcome = signal.aborted ? ({ kind: 'cancelled' } as const) : ended.outcome;
  return giveUp(driver, job, { outcome, output });
}

/** Undefined: it runs. What an earlier life has left makes way. */
async function begin(driver: ContainerDriver, job: Job): Promise<Ended | undefined> {
  const left = await clear(driver, job);
  if (left) return done(left);
  const problem = await makeNetwork(job);
  return problem ? done(problem) : driver.begin(job);
}

async function waitUntilUp(driver: ContainerDriver, job: Job, deadline: number): Promise<Ended> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const leftMs = deadline - performance.now();
    if (job.operation.signal.aborted) return done({ kind: 'cancelled' });
    if (leftMs <= 0) return done({ kind: 'timed-out' });
    const state = await job.services.state(job.operation.request.resource);
    if (state.kind !== 'running')
      return done(exitedWith(OCF.error, await endOf(driver, job, state)));
    const isUp = (await driver.inner(job)) !== undefined;
    if (isUp) {
      const seen = await isHealthy(driver, job, Math.min(startLookMs, leftMs));
      if (seen.outcome.kind === 'exited' && seen.outcome.exitCode === OCF.ok) return seen;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMs, Math.max(1, leftMs))));
  }
}

// --- stop ---

/** Asked first; SIGKILL comes early enough that the stop itself does not time out. */
const graceOf = (timeoutMs: number): number =>
  Math.round(timeoutMs - Math.min(4000, timeoutMs / 4));

async function stop(driver: ContainerDriver, job: Job): Promise<Ended> {
  const { timeoutMs, resource } = job.operation.request;
  const before = await look(driver, job);
  const graceMs = graceOf(timeoutMs);
  const heard = before.kind !== 'running' || (await driver.end(job, graceMs));
  const state = await job.services.state(resource);
  const detail = before.kind === 'running' ? await endOf(driver, soon(job), state) : '';
  const left = await clear(driver, soon(job));
  if (left) return done(left);
  return done(exitedWith(OCF.ok, heard ? detail : `${deafWords(job, graceMs)}; it was killed`));
}

const deafWords = ({ settings }: Job, graceMs: number): string =>
  `it did not end within ${(graceMs / 1000).toFixed(1)} s of ${settings.stopSignal}`;

// --- monitor ---

async function monitor(driver: ContainerDriver, job: Job): Promise<Ended> {
  const { request } = job.operation;
  const isProbe = request.intervalMs === 0;
  const state = isProbe ? await look(driver, job) : await job.services.state(request.resource);
  switch (state.kind) {
    case 'running': {
      const problem = await plugAgain(job);
      if (problem !== undefined) return done(exitedWith(OCF.error, problem));
      return isProbe ? done(exitedWith(OCF.ok)) : monitorRunning(driver, job);
    }
    case 'unkillable':
      return done(exitedWith(OCF.error, 'it has ended, but not all of it can be killed'));
    case 'ended': {
      await leaveNothing(job);
      const output = await driver.logs(job);
      return { outcome: exitedWith(OCF.notRunning, await endOf(driver, job, state)), output };
    }
    case 'absent':
      await leaveNothing(job);
      return done(exitedWith(OCF.notRunning));
  }
}

async function monitorRunning(driver: ContainerDriver, job: Job): Promise<Ended> {
  const health = await isHealthy(driver, job, lookMs);
  const { kind } = await job.services.state(job.operation.request.resource);
  return kind === 'running' ? health : monitor(driver, job);
}

/** What does not run here does not answer, and never goes on. One that is sent here is still to come. */
async function leaveNothing(job: Job): Promise<void> {
  const { resource } = job.operation.request;
  if (isMoving(resource) || isAwaited(resource)) return;
  await removeNetwork(job);
  dropImages(job);
}

const done = (outcome: OperationOutcome): Ended => ({ outcome, output: '' });
