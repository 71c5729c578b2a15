/**
 * runc and crun: the runtime stays in the foreground as the container's parent, under the resource's
 * supervisor, and hands signals on (runc-run(8), crun(1)).
 */
import { mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { baseEnvironment } from '../environment.ts';
import { programNotRun } from '../program.ts';
import { bundleConfiguration } from './bundle.ts';
import {
  endBySignal,
  lastLine,
  programPath,
  runtimeProgram,
  type ContainerDriver,
  type Job,
} from './driver.ts';
import { runcCheckpoints, writeCriuOptions } from './checkpoint.ts';
import { missingFiles, notInstalled } from './missing.ts';
import { asRecord, parseJson } from './json.ts';

export const ociDriver = (runtime: 'runc' | 'crun'): ContainerDriver => ({
  missing: (job) =>
    Promise.resolve(
      programPath(runtime) === undefined ? notInstalled(runtime, runtime) : missingFiles(job),
    ),
  begin: async (job) => {
    const program = programPath(runtime) ?? runtime;
    writeBundle(job);
    const started = await job.services.start(job.operation.request.resource, {
      argv: [program, 'run', '--bundle', job.directory, job.name],
      environment: baseEnvironment(),
    });
    if (started.kind === 'started') return undefined;
    return { outcome: programNotRun(program, started.stage, started.error), output: '' };
  },
  find: (job) => find(runtime, job, ['running', 'created', 'paused']),
  inner: (job) => find(runtime, job, ['running']),
  inside: (job, argv) => {
    const program = programPath(runtime) ?? runtime;
    return Promise.resolve([program, 'exec', job.name, ...argv]);
  },
  end: (job, graceMs) => endBySignal(job, job.settings.stopSignal, graceMs),
  forget: async (job) => {
    const program = programPath(runtime);
    if (program === undefined) return undefined;
    await runtimeProgram(job, [program, 'delete', '--force', job.name]);
    const state = await runtimeProgram(job, [program, 'state', job.name]);
    rmSync(job.directory, { recursive: true, force: true });
    const there = state.outcome.kind === 'exited' && state.outcome.exitCode === 0;
    return there ? `${runtime} still knows it: ${lastLine(state.output)}` : undefined;
  },
  logs: (job) => job.services.output(job.operation.request.resource),
  ...(runtime === 'runc' ? { checkpoints: { ...runcCheckpoints, prepare: writeBundle } } : {}),
});

/** Its first process, if the runtime knows it in one of these states. */
async function find(
  runtime: string,
  job: Job,
  states: readonly string[],
): Promise<number | undefined> {
  const program = programPath(runtime);
  if (program === undefined) return undefined;
  const { outcome, output } = await runtimeProgram(job, [program, 'state', job.name]);
  if (outcome.kind !== 'exited' || outcome.exitCode !== 0) return undefined;
  const { status, pid } = asRecord(parseJson(output));
  const lives = typeof status === 'string' && states.includes(status);
  return lives && typeof pid === 'number' && pid > 0 ? pid : undefined;
}

function writeBundle(job: Job): void {
  const { source } = job.settings;
  if (source.kind !== 'root') throw new Error('a bundle has a root directory');
  rmSync(job.directory, { recursive: true, force: true });
  mkdirSync(job.directory, { recursive: true, mode: 0o700 });
  const configuration = bundleConfiguration(job, realpathSync(source.directory));
  const text = JSON.stringify(configuration, undefined, 1);
  writeFileSync(join(job.directory, 'config.json'), text, { mode: 0o600 });
  writeCriuOptions(job.directory);
}
