/**
 * podman: conmon is the container's parent. The supervisor of the resource looks after the container's
 * first process by a pidfd: with it everything in its process namespace has ended (pid_namespaces(7)).
 */
import { readFileSync } from 'node:fs';
import { OCF } from '../../core/model/operation.ts';
import { baseEnvironment } from '../environment.ts';
import type { Ended } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { lastLine, programPath, runtimeProgram, type ContainerDriver, type Job } from './driver.ts';
import { asRecord, parseJson } from './json.ts';
import { missingFiles, notInstalled } from './missing.ts';
import type { Argv, ContainerSettings } from './settings.ts';

/** On a container that Holdfast has made: it is made anew with each start. */
const LABEL = 'holdfast.resource';
const logLines = '50';
/** For podman itself to note the end of a container. */
const marginMs = 1000;

export const podmanDriver: ContainerDriver = {
  missing: async (job) => {
    if (programPath('podman') === undefined) return notInstalled('podman', 'podman');
    const { source } = job.settings;
    if (source.kind === 'root') return missingFiles(job);
    if (source.pull === 'missing' || (await isForeign(job))) return missingFiles(job);
    const { outcome } = await podman(job, ['image', 'exists', source.image]);
    if (outcome.kind === 'exited' && outcome.exitCode === 0) return missingFiles(job);
    const advice = `podman pull ${source.image}, or pull: missing`;
    const words = `the image ${source.image} is not there on this node (${advice})`;
    return exitedWith(OCF.notInstalled, words);
  },
  begin: async (job) => {
    const argv = (await isForeign(job)) ? ['start', job.name] : podmanArguments(job);
    const ran = await podman(job, argv, job.settings.environment);
    if (ran.outcome.kind !== 'exited' || ran.outcome.exitCode !== 0) return failed(ran);
    const pid = await podmanDriver.find(job);
    if (pid === undefined) return endedAtOnce(job);
    await job.services.adopt(job.operation.request.resource, pid);
    return undefined;
  },
  find: async (job) => {
    const { running, pid } = await inspect(job);
    return running ? pid : undefined;
  },
  inner: (job) => podmanDriver.find(job),
  inside: (job, argv) =>
    Promise.resolve([programPath('podman') ?? 'podman', 'exec', job.name, ...argv]),
  end: async (job, graceMs) => {
    // Whole seconds; podman is given the time to note the end itself.
    const seconds = Math.max(0, Math.floor((graceMs - marginMs) / 1000));
    const words = ['stop', '--ignore', '--time', String(seconds), job.name];
    const askedAt = performance.now();
    await podman(job, words, {}, graceMs + marginMs);
    return performance.now() - askedAt < seconds * 1000;
  },
  forget: async (job) => {
    if (programPath('podman') === undefined) return undefined;
    const { known, label } = await inspect(job);
    if (!known) return undefined;
    const own = label !== undefined;
    const words = own ? ['rm', '--force', '--time', '0'] : ['stop', '--time', '0'];
    const { outcome, errorOutput } = await podman(job, [...words, job.name]);
    const { running } = await inspect(job);
    const done = outcome.kind === 'exited' && outcome.exitCode === 0;
    return running || !done ? `podman: ${lastLine(errorOutput)}` : undefined;
  },
  detail: async (job) => {
    const { known, end } = await inspect(job);
    return known ? end : undefined;
  },
  logs: async (job) => {
    const ran = await podman(job, ['logs', '--tail', logLines, job.name]);
    const { outcome, output, errorOutput } = ran;
    return outcome.kind === 'exited' && outcome.exitCode === 0 ? output + errorOutput : '';
  },
};

/** The options of podman-run(1). */
function podmanArguments(job: Job): readonly string[] {
  const { settings, name, cgroup, networkPath, operation } = job;
  const { source, command, limits, environment } = settings;
  const option = (key: string, value: string | number | undefined): readonly string[] =>
    value === undefined ? [] : [`--${key}`, String(value)];
  const own = cgroup === undefined ? [] : ['--cgroup-manager', 'cgroupfs'];
  return [
    ...own,
    'run',
    '--detach',
    '--replace',
    ...option('restart', 'no'),
    ...option('name', name),
    ...option('label', `${LABEL}=${operation.request.resource}`),
    ...option('cgroup-parent', cgroup && `${cgroup}/container`),
    ...option('network', networkOf(settings, networkPath)),
    ...option('memory', limits.memoryMib && `${String(limits.memoryMib)}m`),
    ...option('cpus', limits.cpuMillis && limits.cpuMillis / 1000),
    ...option('pids-limit', limits.processes),
    ...option('workdir', settings.directory),
    ...option('user', settings.user),
    ...option('hostname', settings.hostname),
    ...(settings.readOnly ? ['--read-only'] : []),
    ...option('stop-signal', settings.stopSignal),
    // A name alone takes its value from podman's own environment, which nobody else can read.
    ...Object.entries(environment).flatMap(([key, value]) => [
      '--env',
      key in baseEnvironment() ? `${key}=${value}` : key,
    ]),
    ...settings.volumes.flatMap(({ source: from, target, readOnly }) => [
      '--volume',
      `${from}:${target}${readOnly ? ':ro' : ''}`,
    ]),
    ...settings.arguments,
    ...(source.kind === 'image'
      ? ['--pull', source.pull, source.image]
      : ['--rootfs', source.directory]),
    ...command,
  ];
}

/** The node's own, unless further words say something else: podman takes one of them alone. */
function networkOf(settings: ContainerSettings, path: string | undefined): string | undefined {
  if (path !== undefined) return `ns:${path}`;
  const said = settings.arguments.some((word) => /^--(?:net|network|pod)(?:=|$)/.test(word));
  return said ? undefined : 'host';
}

/** One of this name that Holdfast has not made: it is started as it is, and never removed. */
async function isForeign(job: Job): Promise<boolean> {
  const { known, label } = await inspect(job);
  return known && label === undefined;
}

interface Seen {
  readonly known: boolean;
  readonly running: boolean;
  readonly pid: number | undefined;
  readonly label: string | undefined;
  /** How it ended, for people. */
  readonly end: string;
}

const unknown: Seen = { known: false, running: false, pid: undefined, label: undefined, end: '' };

/** Throws when podman cannot say: that is no proof of anything. */
async function inspect(job: Job): Promise<Seen> {
  if (programPath('podman') === undefined) return unknown;
  const { outcome, output, errorOutput } = await podman(job, ['container', 'inspect', job.name]);
  if (outcome.kind !== 'exited') throw new Error(`podman container inspect: ${outcome.kind}`);
  if (outcome.exitCode !== 0) {
    if (errorOutput.toLowerCase().includes('no such container')) return unknown;
    throw new Error(`podman container inspect: ${lastLine(errorOutput)}`);
  }
  const list = parseJson(output);
  const found = asRecord(Array.isArray(list) ? list[0] : undefined);
  const state = asRecord(found['State']);
  const label = asRecord(asRecord(found['Config'])['Labels'])[LABEL];
  const pid = state['Pid'];
  const killed = state['OOMKilled'] === true ? ', as it had no memory left' : '';
  return {
    known: true,
    running: state['Running'] === true && isOf(pid, found['Id']),
    pid: typeof pid === 'number' && pid > 0 ? pid : undefined,
    label: typeof label === 'string' ? label : undefined,
    end: `exit code ${String(state['ExitCode'])}${killed}`,
  };
}

/**
 * What podman remembers of a container whose conmon was killed is of the past: the number may be a
 * stranger's by now. Its own process is in a cgroup that has the container's id in its name.
 */
function isOf(pid: unknown, id: unknown): boolean {
  if (typeof pid !== 'number' || typeof id !== 'string' || id === '') return false;
  try {
    return readFileSync(`/proc/${String(pid)}/cgroup`, 'utf8').includes(id);
  } catch {
    return false;
  }
}

async function endedAtOnce(job: Job): Promise<Ended> {
  const { end } = await inspect(job);
  const output = await podmanDriver.logs(job);
  return { outcome: exitedWith(OCF.error, `it ended at once: ${end}`), output };
}

function failed({ outcome, errorOutput, output }: Awaited<ReturnType<typeof podman>>): Ended {
  const all = output + errorOutput;
  switch (outcome.kind) {
    case 'exited':
      return { outcome: exitedWith(OCF.error, `podman: ${lastLine(errorOutput)}`), output: all };
    case 'timed-out':
    case 'cancelled':
    case 'unkillable':
      return { outcome, output: all };
    default:
      return { outcome: exitedWith(OCF.error, `podman: ${outcome.kind}`), output: all };
  }
}

function podman(
  job: Job,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  timeoutMs?: number,
) {
  const argv: Argv = [programPath('podman') ?? 'podman', ...words];
  return runtimeProgram(job, argv, { ...environment, ...baseEnvironment() }, timeoutMs);
}
