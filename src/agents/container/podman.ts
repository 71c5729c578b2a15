/**
 * podman: conmon is the container's parent. The supervisor of the resource looks after the container's
 * first process by a pidfd: with it everything in its process namespace has ended (pid_namespaces(7)).
 */
import { rmSync } from 'node:fs';
import { OCF } from '../../core/model/operation.ts';
import { baseEnvironment } from '../environment.ts';
import type { Ended } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { CRIU_ANNOTATION, criuOptionsPath } from './checkpoint.ts';
import { lastLine, programPath, type ContainerDriver, type Job } from './driver.ts';
import { missingFiles, notInstalled } from './missing.ts';
import { podmanCheckpoints, writeOptions } from './podman-checkpoint.ts';
import { cgroupManager, failed, inspect, isForeign, LABEL, podman } from './podman-seen.ts';
import type { ProcessResult } from '../process.ts';
import type { ContainerSettings } from './settings.ts';

const logLines = '50';
/** For podman itself to note the end of a container. */
const marginMs = 1000;

export const podmanDriver: ContainerDriver = {
  missing: async (job) => {
    if (programPath('podman') === undefined) return notInstalled('podman', 'podman');
    const { source } = job.settings;
    if (source.kind === 'root') return missingFiles(job);
    if (source.pull === 'missing' || (await isForeign(job))) return missingFiles(job);
    if (await hasImage(job, source.image)) return missingFiles(job);
    const advice = `podman pull ${source.image}, or pull: missing`;
    const words = `the image ${source.image} is not there on this node (${advice})`;
    return exitedWith(OCF.notInstalled, words);
  },
  begin: async (job) => {
    const foreign = await isForeign(job);
    if (!foreign) writeOptions(job);
    const argv = foreign ? ['start', job.name] : podmanArguments(job);
    const ran = await podman(job, argv, job.settings.environment);
    if (ran.outcome.kind !== 'exited') return failed(ran);
    if (ran.outcome.exitCode !== 0) return (await notFetched(job, ran)) ?? failed(ran);
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
    rmSync(job.directory, { recursive: true, force: true });
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
  checkpoints: podmanCheckpoints,
};

/** The options of podman-run(1). */
function podmanArguments(job: Job): readonly string[] {
  const { settings, name, cgroup, networkPath, operation } = job;
  const { source, command, limits, environment } = settings;
  const option = (key: string, value: string | number | undefined): readonly string[] =>
    value === undefined ? [] : [`--${key}`, String(value)];
  return [
    ...cgroupManager(job),
    'run',
    '--detach',
    '--replace',
    ...option('restart', 'no'),
    ...option('name', name),
    ...option('label', `${LABEL}=${operation.request.resource}`),
    ...option('annotation', `${CRIU_ANNOTATION}=${criuOptionsPath(job.directory)}`),
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

async function hasImage(job: Job, image: string): Promise<boolean> {
  const { outcome } = await podman(job, ['image', 'exists', image]);
  return outcome.kind === 'exited' && outcome.exitCode === 0;
}

/** Undefined: that is not why. Another node may have it. */
async function notFetched(job: Job, ran: ProcessResult): Promise<Ended | undefined> {
  const { source } = job.settings;
  if (source.kind !== 'image' || (await hasImage(job, source.image))) return undefined;
  const advice = `podman pull ${source.image}, when its registry can be reached`;
  const words = `the image could not be fetched: ${lastLine(ran.errorOutput)} (${advice})`;
  return { outcome: exitedWith(OCF.notInstalled, words), output: ran.output + ran.errorOutput };
}

async function endedAtOnce(job: Job): Promise<Ended> {
  const { end } = await inspect(job);
  const output = await podmanDriver.logs(job);
  return { outcome: exitedWith(OCF.error, `it ended at once: ${end}`), output };
}
