/**
 * A container of runc is written down, which ends it, and read again (runc-checkpoint(8), runc-restore(8), CRIU).
 * Its connections are held by whoever calls: see `unplug` in network.ts.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { criuVersionOf, whyNotRelied } from '../../core/model/live-containers.ts';
import { OCF } from '../../core/model/operation.ts';
import { baseEnvironment } from '../environment.ts';
import type { Ended } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { programNotRun } from '../program.ts';
import { lastLine, programPath, runtimeProgram, type Checkpoints, type Job } from './driver.ts';

/** runc takes further options of CRIU from the file that this annotation of the bundle names. */
export const CRIU_ANNOTATION = 'org.criu.config';
export const criuOptionsPath = (directory: string): string => join(directory, 'criu.conf');
/** No packet reaches it meanwhile, so CRIU needs no firewall rules of its own. */
export const criuOptions = 'network-lock skip\n';

const versionMs = 5000;
const lookMs = 5;
export const bothWays = ['--tcp-established', '--file-locks'];

/** A clause; undefined: this node has one that is relied on. */
export async function whyNoCriu(job: Job): Promise<string | undefined> {
  const criu = programPath('criu');
  if (criu === undefined) return 'CRIU is not installed on this node';
  const { output } = await runtimeProgram(job, [criu, '--version'], {}, versionMs);
  const version = criuVersionOf(output);
  if (version === undefined) return `${criu} does not say its version`;
  const why = whyNotRelied(version);
  return why && `this node has ${why}`;
}

export const notOurs = 'it was not started by Holdfast';

export const runcCheckpoints: Omit<Checkpoints, 'prepare'> = {
  whyNot: whyNoCriu,
  // Its cables and its bundle are what Holdfast makes.
  whyBound: ({ directory }) =>
    Promise.resolve(existsSync(join(directory, 'config.json')) ? undefined : notOurs),
  alike: () => Promise.resolve({}),
  files: () => Promise.resolve(0),
  write: async (job, images) => {
    const work = workDirectory(job);
    for (const directory of [images, work]) makeEmpty(directory);
    const paths = ['--image-path', images, '--work-path', work];
    const argv = ['checkpoint', ...paths, ...bothWays, job.name] as const;
    const { outcome, errorOutput } = await runtimeProgram(job, [runc(), ...argv]);
    if (outcome.kind === 'exited' && outcome.exitCode === 0) return undefined;
    // One that is killed half-way leaves it frozen.
    if (outcome.kind !== 'exited') await runtimeProgram(job, [runc(), 'resume', job.name]);
    const reason = saidBy(join(work, 'dump.log')) ?? lastLine(errorOutput);
    if (reason !== '') return reason;
    return outcome.kind === 'exited' ? `runc: exit code ${String(outcome.exitCode)}` : outcome.kind;
  },
  read: async (job, images) => {
    const work = workDirectory(job);
    const pidFile = join(job.directory, 'pid');
    makeEmpty(work);
    rmSync(pidFile, { force: true });
    const paths = ['--bundle', job.directory, '--image-path', images, '--work-path', work];
    const argv = ['restore', ...paths, '--pid-file', pidFile, ...bothWays, job.name] as const;
    const { resource } = job.operation.request;
    const environment = baseEnvironment();
    const started = await job.services.start(resource, { argv: [runc(), ...argv], environment });
    if (started.kind === 'not-run') {
      return { outcome: programNotRun(runc(), started.stage, started.error), output: '' };
    }
    return runs(job, pidFile, join(work, 'restore.log'));
  },
};

const runc = (): string => programPath('runc') ?? 'runc';
const workDirectory = (job: Job): string => join(job.directory, 'work');

export function makeEmpty(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
}

/** runc writes the file when the container goes on. */
async function runs(job: Job, pidFile: string, log: string): Promise<Ended | undefined> {
  const { resource, timeoutMs } = job.operation.request;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (existsSync(pidFile)) return undefined;
    const { kind } = await job.services.state(resource);
    if (kind !== 'running') {
      const output = await job.services.output(resource);
      const reason = saidBy(log) ?? lastLine(output);
      return { outcome: exitedWith(OCF.error, `it could not be continued: ${reason}`), output };
    }
    if (job.operation.signal.aborted) return { outcome: { kind: 'cancelled' }, output: '' };
    if (performance.now() > deadline) return { outcome: { kind: 'timed-out' }, output: '' };
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

/** CRIU's first error is the cause, the later ones are what came of it. That it may not raise its own limits stops nothing. */
export function saidBy(log: string): string | undefined {
  try {
    const line = readFileSync(log, 'utf8')
      .split('\n')
      .find((each) => /\bError \((?!.*\bRLIMIT_)/.test(each));
    return line && `CRIU: ${line.replace(/^.*?\bError \([^)]*\): /, '').trim()}`;
  } catch {
    return undefined;
  }
}

export function writeCriuOptions(directory: string): void {
  writeFileSync(criuOptionsPath(directory), criuOptions, { mode: 0o600 });
}
