/**
 * The target's side of a live move of a container: `migrate_prepare` makes its network, unplugged, and listens;
 * what comes is kept; `migrate_from` lets it go on. Between them nothing runs here, whatever happens.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import type { TLSSocket } from 'node:tls';
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import type { Ended } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { endArrival, expectArrival } from '../vm/refusal.ts';
import type { Checkpoints, ContainerDriver, Job } from './driver.ts';
import { asRecord, parseJson } from './json.ts';
import { clear, giveUp, look, soon } from './life.ts';
import {
  comingImagesOf,
  dropImages,
  imagesOf,
  letPacketsIn,
  markUnplugged,
  plugAgain,
  roomFor,
  targetOf,
  usedImagesOf,
  whileMoving,
} from './moving.ts';
import { makeNetwork } from './network.ts';
import { Reader, takeFiles, write } from './parcel.ts';
import { listen, type Listener } from './way.ts';
import { messageOf } from '../output.ts';

interface Arrival {
  readonly listener: Listener;
  socket: TLSSocket | undefined;
}

/** By resource: for what this daemon listens, or listened and it has come. */
const arrivals = new Map<string, Arrival>();

/** It was prepared for here, and nobody has said yet whether it goes on here. */
export const isAwaited = (resource: string): boolean => arrivals.has(resource);

/** For the daemon of the source: this node's half of the key; undefined: nothing listens (yet). */
export const answerWay = (resource: string, half: string): string | undefined =>
  arrivals.get(resource)?.listener.tell(half);

function endListening(resource: string): void {
  const arrival = arrivals.get(resource);
  arrivals.delete(resource);
  arrival?.listener.close();
  arrival?.socket?.destroy();
}

/** Ends when the other node can begin, or knows why it cannot. What runs here is not touched. */
export async function receive(driver: ContainerDriver, job: Job): Promise<Ended> {
  const { resource } = job.operation.request;
  const refuse = expectArrival(resource);
  endListening(resource);
  try {
    const outcome = await prepare(driver, job, refuse);
    const isReady = outcome.kind === 'exited' && outcome.exitCode === OCF.ok;
    if (!isReady) refuse(outcome.kind === 'exited' ? outcome.exitReason : outcome.kind);
    return { outcome, output: '' };
  } catch (error) {
    refuse(messageOf(error));
    throw error;
  }
}

async function prepare(
  driver: ContainerDriver,
  job: Job,
  refuse: (reason: string) => void,
): Promise<OperationOutcome> {
  const { checkpoints } = driver;
  await job.host.leftoversEnded;
  const lacking = await driver.missing(job);
  if (lacking) return lacking;
  if (checkpoints === undefined) return failure('its runtime cannot take it while it runs');
  const why = await checkpoints.whyNot(job);
  if (why !== undefined) return failure(why);
  const { kind } = await look(driver, job);
  if (kind === 'running') return failure(SAME_NAME);
  return (
    (await makePlace(driver, checkpoints, job)) ?? startListening(driver, checkpoints, job, refuse)
  );
}

/** Undefined: all is there for it but what comes. */
async function makePlace(
  driver: ContainerDriver,
  checkpoints: Checkpoints,
  job: Job,
): Promise<OperationOutcome | undefined> {
  const problem = (await clear(driver, job)) ?? (await makeNetwork(job, true));
  if (problem) return problem;
  checkpoints.prepare(job);
  markUnplugged(job);
  return undefined;
}

async function startListening(
  driver: ContainerDriver,
  checkpoints: Checkpoints,
  job: Job,
  refuse: (reason: string) => void,
): Promise<OperationOutcome> {
  const { resource, node } = job.operation.request;
  const listener = await listen(targetOf(job, node), resource, (socket) => {
    const arrival = arrivals.get(resource);
    if (arrival === undefined || arrival.socket !== undefined) return void socket.destroy();
    arrival.socket = socket;
    take(driver, checkpoints, job, socket).catch((error: unknown) => {
      refuse(messageOf(error));
      socket.destroy();
      rmSync(comingImagesOf(job), { recursive: true, force: true });
    });
  });
  arrivals.set(resource, { listener, socket: undefined });
  return exitedWith(OCF.ok);
}

/** More than it had in memory when it was asked for room: it went on since. */
const grown = (bytes: number): number => bytes * 2 + 67_108_864;

async function take(
  driver: ContainerDriver,
  checkpoints: Checkpoints,
  job: Job,
  socket: TLSSocket,
): Promise<void> {
  const reader = new Reader(socket);
  const { bytes, alike } = asRecord(parseJson(await reader.line()));
  if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 0) {
    throw new Error('what came is not a container');
  }
  const reason =
    whyNoRoom(job, bytes) ?? whyNotAlike(asRecord(alike), await checkpoints.alike(job));
  await goOnOnlyIf(reason, socket);
  await write(socket, 'ready\n');
  const coming = comingImagesOf(job);
  rmSync(coming, { recursive: true, force: true });
  await takeFiles(reader, coming, grown(bytes));
  // Until it is told that all has come, it can go on where it was.
  await goOnOnlyIf(await whyTaken(driver, job), socket);
  renameSync(coming, imagesOf(job));
  await write(socket, 'stored\n');
}

/** Otherwise the source is told why. */
async function goOnOnlyIf(reason: string | undefined, socket: TLSSocket): Promise<void> {
  if (reason === undefined) return;
  await write(socket, `${reason}\n`);
  throw new Error(reason);
}

/** Somebody else can have started one since this node got ready. */
const whyTaken = async (driver: ContainerDriver, job: Job): Promise<string | undefined> =>
  (await driver.find(job)) === undefined ? undefined : SAME_NAME;

const SAME_NAME = 'a container of that name runs here';

/** In memory twice for a moment: as images, and as what goes on from them. */
function whyNoRoom(job: Job, bytes: number): string | undefined {
  if (bytes * 2 <= roomFor(job)) return undefined;
  const needed = String(Math.ceil((bytes * 2) / 1_048_576));
  return `this node has no room for ${needed} MiB in /run and in memory`;
}

function whyNotAlike(
  there: Readonly<Record<string, unknown>>,
  here: Readonly<Record<string, string>>,
): string | undefined {
  const other = Object.entries(here).find(([name, value]) => there[name] !== value);
  if (other === undefined) return undefined;
  const [name, value] = other;
  return `its ${name} is another one on this node: ${value}, and ${String(there[name])} where it runs`;
}

/** Nothing will come any more, or what has come is not wanted. What runs here is not touched. */
export async function abandon(driver: ContainerDriver, job: Job): Promise<Ended> {
  const { resource } = job.operation.request;
  endArrival(resource);
  endListening(resource);
  if ((await look(driver, job)).kind === 'running') return done(exitedWith(OCF.ok));
  return done((await clear(driver, job)) ?? exitedWith(OCF.ok));
}

/** It goes on here, from what has come. */
export async function arrive(driver: ContainerDriver, job: Job): Promise<Ended> {
  const { resource } = job.operation.request;
  endArrival(resource);
  endListening(resource);
  const hasCome = existsSync(imagesOf(job));
  if ((await look(driver, job)).kind === 'running') {
    if (hasCome) return done(failure(`${SAME_NAME} that has not come from there`));
    const problem = await plugAgain(job);
    return done(problem === undefined ? exitedWith(OCF.ok) : failure(problem));
  }
  if (!hasCome || driver.checkpoints === undefined) {
    await clear(driver, soon(job));
    return done(failure('nothing has come that could go on'));
  }
  const { checkpoints } = driver;
  return whileMoving(resource, () => letGoOn(driver, checkpoints, job));
}

/** From its images, once: whatever comes of it, nothing goes on from them again. */
async function letGoOn(
  driver: ContainerDriver,
  checkpoints: Checkpoints,
  job: Job,
): Promise<Ended> {
  renameSync(imagesOf(job), usedImagesOf(job));
  try {
    const isThere = job.networkPath === undefined || existsSync(job.networkPath);
    const problem = isThere ? undefined : await makeNetwork(job, true);
    const ended = problem ? done(problem) : await checkpoints.read(job, usedImagesOf(job));
    if (ended) return await giveUp(driver, job, ended);
    await letPacketsIn(job);
    return done(exitedWith(OCF.ok));
  } catch (error) {
    return await giveUp(driver, job, done(failure(messageOf(error))));
  } finally {
    dropImages(job);
  }
}

const failure = (reason: string): OperationOutcome => exitedWith(OCF.error, reason);

const done = (outcome: OperationOutcome): Ended => ({ outcome, output: '' });
