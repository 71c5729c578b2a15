/** What all operations of a container have in common: is it there, how did it end, nothing of it is left. */
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import type { ServiceState } from '../command/supervisor.ts';
import type { Ended } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import type { ContainerDriver, Job } from './driver.ts';
import { removeNetwork } from './network.ts';

/** One that runs without its supervisor gets one, so that its end is known at once from now on. */
export async function look(driver: ContainerDriver, job: Job): Promise<ServiceState> {
  const { resource } = job.operation.request;
  const state = await job.services.state(resource);
  if (state.kind === 'running' || state.kind === 'unkillable') return state;
  const pid = await driver.find(job);
  if (pid === undefined) return state;
  return job.services.adopt(resource, pid);
}

export async function endOf(
  driver: ContainerDriver,
  job: Job,
  state: ServiceState,
): Promise<string> {
  const known = await driver.detail?.(job);
  const detail = known ?? (state.kind === 'ended' ? state.detail : undefined);
  return detail === undefined ? 'it has ended' : `it has ended: ${detail}`;
}

/** A start that came to nothing leaves nothing behind. */
export async function giveUp(driver: ContainerDriver, job: Job, ended: Ended): Promise<Ended> {
  const left = await clear(driver, soon(job));
  return left?.kind === 'unkillable' ? { ...ended, outcome: left } : ended;
}

export const stopped = (state: ServiceState): OperationOutcome => {
  switch (state.kind) {
    case 'unkillable':
      return state;
    case 'running':
      return exitedWith(OCF.error, `process ${String(state.pid)} still runs`);
    case 'ended':
    case 'absent':
      return exitedWith(OCF.ok);
  }
};

/**
 * Everything of it goes: its processes, what the runtime keeps, its network. Undefined: it is seen
 * that nothing is left; otherwise what is.
 */
export async function clear(
  driver: ContainerDriver,
  job: Job,
): Promise<OperationOutcome | undefined> {
  const { resource } = job.operation.request;
  const state = await job.services.stop(resource, 'SIGKILL', 0);
  if (state.kind === 'unkillable' || state.kind === 'running') return stopped(state);
  // The runtime first: killed in the middle of its own tidying it would remember halves.
  const first = await driver.forget(job);
  const processes = (await job.host.cgroups?.kill(resource, killWaitMs)) ?? [];
  if (processes.length > 0) return { kind: 'unkillable', processes };
  const problem = first && (await driver.forget(job));
  if (problem !== undefined) return exitedWith(OCF.error, problem);
  const pid = await driver.find(job);
  if (pid !== undefined) return exitedWith(OCF.error, `process ${String(pid)} of it still runs`);
  const bare = await removeNetwork(job);
  return bare ? undefined : exitedWith(OCF.error, 'its network is still there');
}

const killWaitMs = 3000;
const soonMs = 5000;

/** What has to be done though the operation's time is over, or it was cancelled. */
export const soon = (job: Job): Job => within(job, soonMs);

/** Not cut short but by this time. */
export const within = (job: Job, timeoutMs: number): Job => ({
  ...job,
  operation: {
    ...job.operation,
    request: { ...job.operation.request, timeoutMs },
    signal: new AbortController().signal,
  },
});
