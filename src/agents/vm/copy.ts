/**
 * Disks that only one node has are copied while the guest writes to them (QEMU's QMP reference,
 * "blockdev-mirror"; NBD between the nodes): from a first full copy on each write goes to both.
 */
import { networkCheck } from '../check.ts';
import { diskNode } from './arguments.ts';
import type { Disk } from './disks.ts';
import type { Place } from './migration.ts';
import { offerName } from './offer.ts';
import { ofDisks, type Progress } from './progress.ts';
import { asRecord, type Qmp } from './qmp.ts';
import { NotTaken } from './refusal.ts';
import { stallGuard } from './stall.ts';

const lookPauseMs = 20;
/** A target that does not listen by then has failed to get ready. */
const connectLimitMs = 20_000;
const attemptMsMax = 1000;

export interface DiskCopies {
  /** Both sides are equal when it resolves; the guest must stand still. */
  end(): Promise<void>;
}

export interface CopyOptions {
  readonly progress?: Progress;
  /** Of all disks together, without what the guest writes meanwhile, as it is then; undefined: as fast as it goes. */
  readonly bytesPerSecond?: () => number | undefined;
  readonly stallMsMax?: number;
}

/** Resolves when each copy has caught up. Rejects when one of them fails, or at the signal. */
export async function copyDisks(
  qmp: Qmp,
  disks: readonly Disk[],
  place: Place,
  signal: AbortSignal,
  { progress, bytesPerSecond, stallMsMax }: CopyOptions = {},
): Promise<DiskCopies> {
  const jobs = disks.flatMap((disk, index) => (disk.readOnly ? [] : [index]));
  await abandonCopies(qmp, disks); // of a daemon that is no more
  const failures = followFailures(qmp, disks);
  const speed = (): number => speedOf(bytesPerSecond?.(), jobs.length);
  for (const index of jobs) await beginCopy(qmp, index, place, speed, signal);
  const beganAt = performance.now();
  const guard = stallGuard(stallMsMax);
  const note = (states: readonly Job[]): void => {
    const sum = (name: string): number =>
      states.reduce((total, job) => total + (Number(job?.[name]) || 0), 0);
    guard(sum('offset'));
    progress?.note(() => ofDisks(sum('offset'), sum('len'), performance.now() - beganAt));
  };
  const isReady = (job: Job, index: number): boolean => {
    if (job === undefined) throw new Error(failures.get(index) ?? failureOf(disks, index));
    return job['ready'] === true;
  };
  await waitFor(qmp, jobs, signal, isReady, note);
  const sayFailure = (): void => {
    for (const reason of failures.values()) throw new Error(reason);
  };
  return {
    end: async () => {
      if (jobs.length === 0) return;
      sayFailure();
      for (const index of jobs) await qmp.ask('block-job-cancel', { device: jobOf(index) });
      await waitFor(qmp, jobs, signal, isOver);
      sayFailure();
      for (const index of jobs) await qmp.ask('blockdev-del', { 'node-name': copyOf(index) });
    },
  };
}

/** Each of them the same; QEMU's 0 is no limit. */
const speedOf = (bytesPerSecond: number | undefined, jobs: number): number =>
  bytesPerSecond === undefined ? 0 : Math.ceil(bytesPerSecond / jobs);

/** Of copies that are under way. */
export async function limitCopies(
  qmp: Qmp,
  disks: readonly Disk[],
  bytesPerSecond: number | undefined,
): Promise<void> {
  const jobs = disks.flatMap((disk, index) => (disk.readOnly ? [] : [index]));
  const speed = speedOf(bytesPerSecond, jobs.length);
  for (const index of jobs) {
    await qmp.ask('block-job-set-speed', { device: jobOf(index), speed }).catch(() => undefined);
  }
}

/**
 * Why copies have failed, by the disks' numbers. A job that has ended is not shown any more, however it
 * ended: QEMU tells it once (QMP reference, "BLOCK_JOB_COMPLETED").
 */
function followFailures(qmp: Qmp, disks: readonly Disk[]): ReadonlyMap<number, string> {
  const failures = new Map<number, string>();
  qmp.onEvent(({ name, data }) => {
    const index = [...disks.keys()].find((each) => jobOf(each) === data['device']);
    const { error } = data;
    if (name !== 'BLOCK_JOB_COMPLETED' || index === undefined || typeof error !== 'string') return;
    failures.set(index, `${failureOf(disks, index)}: ${error}`);
  });
  return failures;
}

const failureOf = (disks: readonly Disk[], index: number): string =>
  `${disks[index]?.path ?? ''} could not be copied`;

const isOver = (job: Job): boolean => job === undefined;

/**
 * After a migration that was given up: what is still copied, and what it was copied to. Writes of the
 * guest wait for the other node's answer until the connection is cut (QMP reference, "yank").
 */
export async function abandonCopies(qmp: Qmp, disks: readonly Disk[]): Promise<void> {
  if (!(await isCopying(qmp, disks))) return;
  for (const index of disks.keys()) {
    const instances = [{ type: 'block-node', 'node-name': copyOf(index) }];
    await qmp.ask('yank', { instances }).catch(() => undefined);
    await qmp.ask('block-job-cancel', { device: jobOf(index), force: true }).catch(() => undefined);
  }
  const all = [...disks.keys()];
  const limit = AbortSignal.timeout(2000);
  await waitFor(qmp, all, limit, isOver).catch(() => undefined);
  for (const index of all) {
    await qmp.ask('blockdev-del', { 'node-name': copyOf(index) }).catch(() => undefined);
  }
}

async function isCopying(qmp: Qmp, disks: readonly Disk[]): Promise<boolean> {
  if (disks.length === 0) return false;
  const nodes = await qmp.ask('query-named-block-nodes', { flat: true });
  const names = (Array.isArray(nodes) ? nodes : []).map((node) => asRecord(node)['node-name']);
  return disks.some((_, index) => names.includes(copyOf(index)));
}

const jobOf = (index: number): string => `copy-job${String(index)}`;
const copyOf = (index: number): string => `copy${String(index)}`;

async function beginCopy(
  qmp: Qmp,
  index: number,
  place: Place,
  speed: () => number,
  signal: AbortSignal,
): Promise<void> {
  await reach(qmp, index, place, signal);
  await qmp.ask('blockdev-mirror', {
    'job-id': jobOf(index),
    device: diskNode(index),
    target: copyOf(index),
    sync: 'full',
    'copy-mode': 'write-blocking',
    'on-target-error': 'report',
    speed: speed(),
  });
}

/**
 * QEMU 7.2 holds its lock while it opens a connection, and the guest stands still: for a second and
 * more where it has to try again. So it is told to when there is somebody to answer.
 */
async function reach(qmp: Qmp, index: number, place: Place, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + connectLimitMs;
  const look = networkCheck({ kind: 'tcp', host: place.host, port: place.diskPort });
  for (;;) {
    const seen = await look(AbortSignal.any([signal, AbortSignal.timeout(attemptMsMax)]));
    const problem = seen.kind === 'up' ? await attach(qmp, index, place) : seen.reason;
    if (problem === undefined) return;
    signal.throwIfAborted();
    if (performance.now() >= deadline) throw new NotTaken(`nobody takes the disk: ${problem}`);
    await new Promise((resolve) => setTimeout(resolve, lookPauseMs));
  }
}

/** The server listens a moment before it offers all of the disks: answers why it is to be tried again. */
async function attach(qmp: Qmp, index: number, place: Place): Promise<string | undefined> {
  const { host, diskPort, credentials } = place;
  try {
    await qmp.ask('blockdev-add', {
      driver: 'nbd',
      'node-name': copyOf(index),
      server: { type: 'inet', host, port: String(diskPort) },
      export: offerName(place, index),
      'reconnect-delay': 0,
      ...(credentials === undefined ? {} : { 'tls-creds': credentials, 'tls-hostname': host }),
    });
    return undefined;
  } catch (error) {
    if (error instanceof Error && /export/i.test(error.message)) return error.message;
    throw error;
  }
}

type Job = Readonly<Record<string, unknown>> | undefined;

async function waitFor(
  qmp: Qmp,
  jobs: readonly number[],
  signal: AbortSignal,
  isThere: (job: Job, index: number) => boolean,
  note: (states: readonly Job[]) => void = () => undefined,
): Promise<void> {
  for (;;) {
    const answer = await qmp.ask('query-block-jobs');
    const found = (Array.isArray(answer) ? answer : []).map(asRecord);
    const states = jobs.map((index) => found.find((job) => job['device'] === jobOf(index)));
    if (states.every((job, at) => isThere(job, jobs[at] ?? at))) return;
    note(states);
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, lookPauseMs));
  }
}
