/** What one container runtime can do; run.ts has what all have in common. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { OperationOutcome } from '../../core/model/operation.ts';
import type { ServiceSupervisor } from '../command/supervisor.ts';
import { baseEnvironment } from '../environment.ts';
import type { AgentHost, Ended, Operation } from '../host.ts';
import type { ProcessResult } from '../process.ts';
import { runProgram } from '../program.ts';
import type { Argv, ContainerSettings } from './settings.ts';

/** One operation of one container. */
export interface Job {
  readonly host: AgentHost;
  readonly services: ServiceSupervisor;
  readonly operation: Operation;
  readonly settings: ContainerSettings;
  /** As the runtime knows it. */
  readonly name: string;
  /** Of this container alone, mode 0700, gone with a boot. */
  readonly directory: string;
  /** Where its network is, if it has one of its own. */
  readonly networkPath: string | undefined;
  /** Where its processes are, below each hierarchy's mount; undefined: no cgroups here. */
  readonly cgroup: string | undefined;
}

export interface ContainerDriver {
  /** What this node lacks, before anything is begun. */
  missing(job: Job): Promise<OperationOutcome | undefined>;
  /** Ends when its first process runs, under the supervisor of its resource. Undefined: it does. */
  begin(job: Job): Promise<Ended | undefined>;
  /** The process to look after, of one that runs though no supervisor knows of it. */
  find(job: Job): Promise<number | undefined>;
  /** The first process inside of one that is looked after; undefined: it is not so far yet. */
  inner(job: Job): Promise<number | undefined>;
  /** How a command is run inside of one that runs. */
  inside(job: Job, argv: Argv): Promise<Argv | undefined>;
  /** Asks it to end; true: it did so by itself, within `graceMs`. */
  end(job: Job, graceMs: number): Promise<boolean>;
  /** Its processes are gone: what the runtime keeps of it goes as well. A problem as words. */
  forget(job: Job): Promise<string | undefined>;
  /** How it ended, where the supervisor cannot know it. */
  detail?(job: Job): Promise<string | undefined>;
  /** What it printed last. */
  logs(job: Job): Promise<string>;
  /** Absent: it cannot be sent while it runs. */
  readonly checkpoints?: Checkpoints;
}

/** One that is written down can be continued elsewhere. */
export interface Checkpoints {
  /** Why this node cannot; undefined: it can. */
  whyNot(job: Job): Promise<string | undefined>;
  /** Why this very container, which runs here, has to stay; undefined: it can go. */
  whyBound(job: Job): Promise<string | undefined>;
  /** What has to be the same on both nodes, by its name for people: of the container that runs, or would. */
  alike(job: Job): Promise<Readonly<Record<string, string>>>;
  /** Bytes of its files that go along. */
  files(job: Job): Promise<number>;
  /** What `read` needs beside the images, written before they come. */
  prepare(job: Job): void;
  /** Into that directory, which ends it. Otherwise a problem, and whether it still runs has to be seen. */
  write(job: Job, images: string): Promise<string | undefined>;
  /** From that directory. Undefined: it goes on, under the supervisor of its resource. */
  read(job: Job, images: string): Promise<Ended | undefined>;
}

let runs = 0;

/** A program of the runtime, in a cgroup of its own for each run. */
export function runtimeProgram(
  { host, operation }: Job,
  argv: Argv,
  environment: Readonly<Record<string, string>> = {},
  timeoutMs = operation.request.timeoutMs,
): Promise<ProcessResult> {
  runs += 1;
  const operationId = `${operation.request.operationId}-run-${String(runs)}`;
  const limitMs = Math.max(1, Math.round(timeoutMs));
  const request = { ...operation.request, operationId, timeoutMs: limitMs };
  return runProgram(
    host,
    { ...operation, request },
    { argv, environment: { ...baseEnvironment(), ...environment }, separateErrors: true },
  );
}

/** Where Debian and others have it. */
export const programPath = (program: string): string | undefined =>
  ['/usr/bin', '/usr/sbin', '/usr/local/bin']
    .map((directory) => join(directory, program))
    .find((path) => existsSync(path));

/** A short name of the same letters for every runtime, device and file. */
export const digestOf = (resource: string): string =>
  createHash('sha256').update(resource).digest('hex').slice(0, 9);

/** What a program said last, in one line. */
export function lastLine(text: string): string {
  return (
    text
      .trim()
      .split('\n')
      .findLast((line) => line.trim() !== '') ?? ''
  ).trim();
}

/** By its supervisor, for runtimes that hand signals on. */
export async function endBySignal(
  { services, operation }: Job,
  signal: string,
  graceMs: number,
): Promise<boolean> {
  const askedAt = performance.now();
  const state = await services.stop(operation.request.resource, signal, graceMs);
  return state.kind === 'ended' && performance.now() - askedAt < graceMs;
}
