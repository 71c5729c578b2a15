/** What both sides of a live move of a container share: where its images are, and that it is unplugged. */
import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { availableMemory } from '../memory.ts';
import { placeOf, type Place } from '../vm/migration.ts';
import type { Job } from './driver.ts';
import { plug, unplug } from './network.ts';
import { messageOf } from '../output.ts';

/** Written down, or come as a whole: it can be continued from there. */
export const imagesOf = ({ directory }: Job): string => join(directory, 'images');
/** From which it is being continued: they are never used twice. */
export const usedImagesOf = ({ directory }: Job): string => join(directory, 'images.used');
/** Of which more is to come. */
export const comingImagesOf = ({ directory }: Job): string => join(directory, 'images.coming');

/** Nothing goes on from here any more. */
export function dropImages(job: Job): void {
  for (const directory of [imagesOf(job), usedImagesOf(job), comingImagesOf(job)]) {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Where it is taken: the same port as a machine of that name would have (docs/manual/machines.md). */
export const targetOf = ({ host, operation, settings }: Job, node: string): Place =>
  placeOf(host, node, operation.request, {
    ...settings.migration,
    tlsDirectory: undefined,
  });

/** Of the memory that can be had, what a copy may take: the images are in memory themselves. */
export function roomFor({ host }: Job): number {
  const { bavail, bsize } = statfsSync(host.machinesDirectory ?? '/run');
  return Math.min(bavail * bsize, availableMemory() ?? 0);
}

// --- being on the move ---

const moving = new Set<string>();

/** An operation of this daemon sends it away, or lets it go on here, just now. */
export const isMoving = (resource: string): boolean => moving.has(resource);

export async function whileMoving<T>(resource: string, work: () => Promise<T>): Promise<T> {
  moving.add(resource);
  try {
    return await work();
  } finally {
    moving.delete(resource);
  }
}

// --- being unplugged ---

const unpluggedMark = ({ directory }: Job): string => join(directory, 'unplugged');

/** Its mark is there before: whoever finds it running, and nobody moving it, plugs it in again. */
export function markUnplugged(job: Job): void {
  writeFileSync(unpluggedMark(job), '', { mode: 0o600 });
}

/** Throws when it could not be done. */
export async function holdPackets(job: Job): Promise<void> {
  markUnplugged(job);
  refuse(await unplug(job));
}

/** Throws when it could not be done. */
export async function letPacketsIn(job: Job): Promise<void> {
  refuse(await plug(job));
  rmSync(unpluggedMark(job), { force: true });
}

/** A daemon that died in the middle of a move has left it unplugged. A problem as words. */
export async function plugAgain(job: Job): Promise<string | undefined> {
  if (isMoving(job.operation.request.resource) || !existsSync(unpluggedMark(job))) return undefined;
  try {
    await letPacketsIn(job);
    return undefined;
  } catch (error) {
    return `nothing reaches it: ${messageOf(error)}`;
  }
}

function refuse(problem: Awaited<ReturnType<typeof plug>>): void {
  if (problem === undefined) return;
  throw new Error(problem.kind === 'exited' ? problem.exitReason : problem.kind);
}
