/**
 * A running container goes to another node (`migrate_to`, on the source): it is written down, which ends it, and its
 * images are carried over. Before the target has all of them it can go on here, afterwards never again.
 *
 * **It ends with _error_, or as _cancelled_, only when the container was seen to run here** (core/cluster/stays.ts).
 */
import { readFileSync, renameSync } from 'node:fs';
import type { TLSSocket } from 'node:tls';
import { OCF } from '../../core/model/operation.ts';
import type { Ended } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { NotTaken, watchRefusal, type RefusalWatch } from '../vm/refusal.ts';
import type { Checkpoints, ContainerDriver, Job } from './driver.ts';
import { clear, look, within } from './life.ts';
import {
  dropImages,
  holdPackets,
  imagesOf,
  letPacketsIn,
  roomFor,
  targetOf,
  usedImagesOf,
  whileMoving,
} from './moving.ts';
import { Reader, sendFiles, write } from './parcel.ts';
import { newHalf, reach } from './way.ts';
import { messageOf } from '../output.ts';

/** A target that is not ready by then has failed to get ready. */
const readyLimitMs = 20_000;
const readyPauseMs = 100;
/** A way through which nothing gets is given up. */
const stallMs = 20_000;
/** Of the time so much is left for going on here. */
const reserveMs = 20_000;
const pageBytes = 4096;
/** What CRIU writes beside the memory. */
const restBytes = 33_554_432;

/** How far it has come: what has to be undone when it cannot go. */
interface Progress {
  stage: 'untouched' | 'unplugged' | 'written';
  beganAt: number;
}

export async function depart(driver: ContainerDriver, job: Job): Promise<Ended> {
  const { resource, node, meta } = job.operation.request;
  const target = meta['migrate_target'];
  if (target === undefined || target === node) {
    return end(OCF.invalidArguments, `it is to move from ${node} to ${target ?? 'nowhere'}`);
  }
  if ((await look(driver, job)).kind !== 'running') {
    return end(OCF.notRunning, 'it does not run here');
  }
  return whileMoving(resource, () => tryTo(driver, job, target));
}

async function tryTo(driver: ContainerDriver, job: Job, target: string): Promise<Ended> {
  const { timeoutMs, resource } = job.operation.request;
  const forGoingOnMs = Math.min(reserveMs, timeoutMs / 4);
  const forGoingMs = timeoutMs - forGoingOnMs;
  const deadline = AbortSignal.timeout(forGoingMs);
  const refusal = watchRefusal(job.host, target, resource);
  const signal = AbortSignal.any([job.operation.signal, deadline, refusal.signal]);
  const progress: Progress = { stage: 'untouched', beganAt: performance.now() };
  const endsAt = performance.now() + forGoingMs;
  try {
    const bytes = await travel(driver, job, { target, signal, progress, endsAt });
    dropImages(job);
    return gone(bytes, progress);
  } catch (error) {
    // What the target says later can be of what has gone wrong here.
    const refused = refusal.signal.aborted;
    const left = await stayHere(driver, within(job, forGoingOnMs), progress);
    if (left) return left;
    if (job.operation.signal.aborted) {
      return { outcome: { kind: 'cancelled' }, output: `the move to ${target} was taken back\n` };
    }
    if (deadline.aborted) return end(OCF.error, 'it took too long');
    if (refused) return end(OCF.error, messageOf(refusal.signal.reason));
    return end(OCF.error, await wordsOf(target, error, refusal));
  } finally {
    refusal.end();
  }
}

interface Trip {
  readonly target: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** As performance.now() counts. */
  readonly endsAt: number;
}

/** The bytes of its images. Throws whatever stands in the way. */
async function travel(driver: ContainerDriver, job: Job, trip: Trip): Promise<number> {
  const { checkpoints } = driver;
  if (checkpoints === undefined) throw new Error('its runtime cannot send it while it runs');
  const why = (await checkpoints.whyBound(job)) ?? (await checkpoints.whyNot(job));
  if (why !== undefined) throw new Error(why);
  const alike = await checkpoints.alike(job);
  const expected = sizeOf(job) + (await checkpoints.files(job));
  if (expected > roomFor(job))
    throw new Error(`this node has no room for ${mib(expected)} in /run and in memory`);
  const socket = await open(job, trip);
  const give = (): void => void socket.destroy();
  trip.signal.addEventListener('abort', give);
  try {
    const reader = new Reader(socket);
    await byTarget(trip, async () => {
      await write(socket, `${JSON.stringify({ bytes: expected, alike })}\n`);
      await confirmed(reader, 'ready');
    });
    await writeDown(driver, checkpoints, job, trip);
    socket.setTimeout(stallMs, give);
    await byTarget(trip, async () => {
      await sendFiles(imagesOf(job), socket);
      await confirmed(reader, 'stored');
    });
    return socket.bytesWritten;
  } finally {
    trip.signal.removeEventListener('abort', give);
    socket.destroy();
  }
}

/** Asks until the target listens and has told its half of the key. */
async function open(job: Job, { target, signal }: Trip): Promise<TLSSocket> {
  const { resource } = job.operation.request;
  const place = targetOf(job, target);
  const own = newHalf();
  const deadline = performance.now() + readyLimitMs;
  for (;;) {
    signal.throwIfAborted();
    const half = await job.host.wayTo?.(target, resource, own.publicText).catch(() => undefined);
    if (half !== undefined) return reach(place, resource, own, half, signal);
    if (performance.now() > deadline) throw new NotTaken(`${target} does not get ready for it`);
    await new Promise((resolve) => setTimeout(resolve, readyPauseMs));
  }
}

/** What goes wrong there, the target can say. */
async function byTarget({ target }: Trip, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof NotTaken) throw error;
    const words = `the connection to ${target} broke: ${messageOf(error)}`;
    throw new NotTaken(words, { cause: error });
  }
}

async function confirmed(reader: Reader, word: string): Promise<void> {
  const said = await reader.line();
  if (said !== word) throw new NotTaken(said);
}

/** Not cut short: a CRIU that is killed half-way leaves processes that nobody knows the state of. */
async function writeDown(
  driver: ContainerDriver,
  checkpoints: Checkpoints,
  job: Job,
  { signal, progress, endsAt }: Trip,
): Promise<void> {
  signal.throwIfAborted();
  progress.stage = 'unplugged';
  progress.beganAt = performance.now();
  await holdPackets(job);
  const calm = within(job, endsAt - performance.now());
  const problem = await checkpoints.write(calm, imagesOf(job));
  if (problem !== undefined) throw new Error(`it could not be written down: ${problem}`);
  progress.stage = 'written';
  await seenGone(driver, calm);
  signal.throwIfAborted();
}

/** Its images and its directory stay. Throws when anything of it lives. */
async function seenGone(driver: ContainerDriver, job: Job): Promise<void> {
  const { resource } = job.operation.request;
  const state = await job.services.stop(resource, 'SIGKILL', 0);
  const pid = await driver.find(job);
  if (state.kind === 'running' || state.kind === 'unkillable' || pid !== undefined) {
    throw new Error('it was written down, and has not ended');
  }
}

/** Undefined: it runs here, and is reached. Otherwise it does not, and that is the end of the operation. */
async function stayHere(
  driver: ContainerDriver,
  job: Job,
  progress: Progress,
): Promise<Ended | undefined> {
  try {
    if (progress.stage === 'written') await goOn(driver, job);
    if ((await driver.inner(job)) === undefined) throw new Error('it has ended');
    dropImages(job);
    // One that nothing reaches is told of by its monitor.
    if (progress.stage !== 'untouched') await letPacketsIn(job).catch(() => undefined);
    return undefined;
  } catch (error) {
    const left = await clear(driver, job);
    const reason = `it is gone, it could not go on here: ${messageOf(error)}`;
    return left === undefined ? end(OCF.notRunning, reason) : { outcome: left, output: '' };
  }
}

/** From its images, once. */
async function goOn({ checkpoints }: ContainerDriver, job: Job): Promise<void> {
  renameSync(imagesOf(job), usedImagesOf(job));
  const ended = await checkpoints?.read(job, usedImagesOf(job));
  if (ended === undefined) return;
  throw new Error(ended.outcome.kind === 'exited' ? ended.outcome.exitReason : ended.outcome.kind);
}

async function wordsOf(target: string, error: unknown, refusal: RefusalWatch): Promise<string> {
  const problem = messageOf(error);
  const said = error instanceof NotTaken ? await refusal.why() : undefined;
  return said === undefined ? problem : `${problem}; ${target} says: ${said}`;
}

/** What its processes have in memory, at most: shared pages count for each. */
function sizeOf({ host, operation }: Job): number {
  const processes = host.cgroups?.processes(operation.request.resource) ?? [];
  return restBytes + processes.reduce((sum, pid) => sum + residentBytes(pid), 0);
}

function residentBytes(pid: number): number {
  try {
    const [, pages = '0'] = readFileSync(`/proc/${String(pid)}/statm`, 'utf8').split(' ');
    return Number(pages) * pageBytes;
  } catch {
    return 0;
  }
}

function gone(bytes: number, { beganAt }: Progress): Ended {
  const stoodMs = Math.round(performance.now() - beganAt);
  const output = `written down and sent in ${String(stoodMs)} ms, ${mib(bytes)}\n`;
  return { outcome: exitedWith(OCF.ok), output };
}

const mib = (bytes: number): string => `${String(Math.ceil(bytes / 1_048_576))} MiB`;

const end = (exitCode: number, reason: string): Ended => ({
  outcome: exitedWith(exitCode, reason),
  output: '',
});
