/**
 * A container of podman is written down with what it has changed of its image's files, and read again
 * (podman-container-checkpoint(1), podman-container-restore(1)): where it ran from what podman has kept, elsewhere from
 * the archive. docs/decisions/containers.md, "Containers of podman".
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { whyEngineCannot } from '../../core/model/live-containers.ts';
import { OCF } from '../../core/model/operation.ts';
import type { Ended } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import type { ProcessResult } from '../process.ts';
import {
  bothWays,
  CRIU_ANNOTATION,
  criuOptionsPath,
  makeEmpty,
  notOurs,
  saidBy,
  whyNoCriu,
  writeCriuOptions,
} from './checkpoint.ts';
import { lastLine, programPath, runtimeProgram, type Checkpoints, type Job } from './driver.ts';
import { asRecord } from './json.ts';
import { within } from './life.ts';
import { cgroupManager, failed, inspect, podman } from './podman-seen.ts';

/** Its memory, and what it has changed of its image's files. */
const ARCHIVE = 'container.tar';
/** To go on here, when what was written down could not be packed. */
const goOnMs = 20_000;

export const podmanCheckpoints: Checkpoints = {
  whyNot: async (job) => {
    if (job.settings.source.kind === 'root') return 'podman takes along what has an image alone';
    const why = await whyNoCriu(job);
    if (why !== undefined) return why;
    const { output } = await podman(job, ['info', '--format', '{{.Host.OCIRuntime.Name}}']);
    const engine = whyEngineCannot(output.trim() === '' ? undefined : lastLine(output));
    return engine && `on this node ${engine}`;
  },
  whyBound: async (job) => {
    const { label, all } = await inspect(job);
    if (label === undefined) return notOurs;
    const annotations = asRecord(asRecord(all['Config'])['Annotations']);
    if (annotations[CRIU_ANNOTATION] !== criuOptionsPath(job.directory)) {
      return 'an earlier release of Holdfast has started it: it can move live after its next start';
    }
    const volumes = podmansVolumes(all);
    if (volumes.length === 0) return whyEngineCannot(String(all['OCIRuntime']));
    return `it has data in volumes of podman on this node (${volumes.join(', ')})`;
  },
  alike: async (job) => {
    const { known, all } = await inspect(job);
    const image = known ? String(all['Image']) : await imageOf(job);
    if (job.cgroup === undefined) return { image };
    const parent = asRecord(all['HostConfig'])['CgroupParent'];
    return { image, cgroup: known ? String(parent) : `${job.cgroup}/container` };
  },
  files: async (job) => {
    const { SizeRw: bytes } = (await inspect(job, '--size')).all;
    return typeof bytes === 'number' && bytes > 0 ? bytes : 0;
  },
  prepare: writeOptions,
  write: async (job, images) => {
    makeEmpty(images);
    const { all } = await inspect(job);
    const log = logOf(all, 'dump.log');
    const archive = ['--compress', 'none', '--export', join(images, ARCHIVE)];
    const words = ['container', 'checkpoint', '--keep', ...bothWays, ...archive, job.name];
    const ran = await podman(job, words);
    if (isDone(ran)) return undefined;
    const reason = saidBy(log) ?? (lastLine(ran.errorOutput) || howOf(ran));
    const left = await goOnHere(within(job, goOnMs), String(all['Id']), ran);
    return left === undefined ? reason : `${reason}; ${left}`;
  },
  read: async (job, images) => {
    const { label } = await inspect(job);
    const words = label === undefined ? ['--import', join(images, ARCHIVE)] : [job.name];
    return restore(job, words);
  },
};

/** What CRIU reads beside the bundle, wherever podman writes that. */
export function writeOptions({ directory }: Job): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeCriuOptions(directory);
}

/** Undefined: it goes on, and is looked after. */
async function restore(job: Job, words: readonly string[]): Promise<Ended | undefined> {
  const manager = cgroupManager(job);
  const ran = await podman(job, [...manager, 'container', 'restore', ...bothWays, ...words]);
  const { running, pid, all } = await inspect(job);
  if (isDone(ran) && running && pid !== undefined) {
    await job.services.adopt(job.operation.request.resource, pid);
    return undefined;
  }
  const { outcome, output, errorOutput } = ran;
  if (outcome.kind !== 'exited') return failed(ran);
  const reason = saidBy(logOf(all, 'restore.log')) ?? lastLine(errorOutput);
  const problem = `it could not be continued: ${reason || 'it ended at once'}`;
  return { outcome: exitedWith(OCF.error, problem), output: output + errorOutput };
}

/** One that was killed half-way leaves it frozen; what was written down but not packed is not lost. */
async function goOnHere(job: Job, id: string, ran: ProcessResult): Promise<string | undefined> {
  if (ran.outcome.kind !== 'exited') {
    await runtimeProgram(job, [programPath('runc') ?? 'runc', 'resume', id]);
  }
  if ((await inspect(job)).running) return undefined;
  const ended = await restore(job, [job.name]);
  return ended?.outcome.kind === 'exited' ? ended.outcome.exitReason : ended?.outcome.kind;
}

async function imageOf(job: Job): Promise<string> {
  const { source } = job.settings;
  if (source.kind === 'root') return '';
  const ran = await podman(job, ['image', 'inspect', '--format', '{{.Id}}', source.image]);
  return isDone(ran) ? ran.output.trim() : 'not there';
}

/** Not directories of the node: an image's own among them. */
function podmansVolumes({ Mounts: mounts }: Readonly<Record<string, unknown>>): readonly string[] {
  return (Array.isArray(mounts) ? mounts : [])
    .map(asRecord)
    .filter(({ Type: type }) => type === 'volume')
    .map(({ Destination: destination }) => String(destination));
}

/** podman has CRIU write it beside the container's own files. */
const logOf = ({ StaticDir: directory }: Readonly<Record<string, unknown>>, name: string): string =>
  join(typeof directory === 'string' ? directory : '/nowhere', name);

const isDone = ({ outcome }: ProcessResult): boolean =>
  outcome.kind === 'exited' && outcome.exitCode === 0;

const howOf = ({ outcome }: ProcessResult): string =>
  outcome.kind === 'exited' ? `podman: exit code ${String(outcome.exitCode)}` : outcome.kind;
