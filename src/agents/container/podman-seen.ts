/** What podman says of a container, and how it is asked. */
import { readFileSync } from 'node:fs';
import { OCF } from '../../core/model/operation.ts';
import { baseEnvironment } from '../environment.ts';
import type { Ended } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import type { ProcessResult } from '../process.ts';
import { lastLine, programPath, runtimeProgram, type Job } from './driver.ts';
import { asRecord, parseJson } from './json.ts';
import type { Argv } from './settings.ts';

/** On a container that Holdfast has made: it is made anew with each start. */
export const LABEL = 'holdfast.resource';

/** One of this name that Holdfast has not made: it is started as it is, and never removed. */
export async function isForeign(job: Job): Promise<boolean> {
  const { known, label } = await inspect(job);
  return known && label === undefined;
}

export interface Seen {
  readonly known: boolean;
  readonly running: boolean;
  readonly pid: number | undefined;
  readonly label: string | undefined;
  /** How it ended, for people. */
  readonly end: string;
  /** All that podman says of it. */
  readonly all: Readonly<Record<string, unknown>>;
}

const unknown: Seen = {
  known: false,
  running: false,
  pid: undefined,
  label: undefined,
  end: '',
  all: {},
};

/** Throws when podman cannot say: that is no proof of anything. */
export async function inspect(job: Job, ...further: readonly string[]): Promise<Seen> {
  if (programPath('podman') === undefined) return unknown;
  const { outcome, output, errorOutput } = await podman(job, [
    'container',
    'inspect',
    ...further,
    job.name,
  ]);
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
    all: found,
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

export function podman(
  job: Job,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  timeoutMs?: number,
): Promise<ProcessResult> {
  const argv: Argv = [programPath('podman') ?? 'podman', ...words];
  return runtimeProgram(job, argv, { ...environment, ...baseEnvironment() }, timeoutMs);
}

/** What went wrong when podman did not do it. */
export function failed({ outcome, errorOutput, output }: ProcessResult): Ended {
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

/** Its cgroup is one of Holdfast's. */
export const cgroupManager = ({ cgroup }: Job): readonly string[] =>
  cgroup === undefined ? [] : ['--cgroup-manager', 'cgroupfs'];
