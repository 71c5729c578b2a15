/**
 * The newest decisions with what they were made from, on the disk of the node that made them, for
 * `holdfast simulate --history`. Written when nothing else is to be decided; at most so many, at
 * most so many bytes. A picture holds names of secrets, never their values.
 */
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';

import type { WallMs } from '../core/model/ids.ts';
import type { Picture } from '../core/model/picture.ts';
import type { Plan } from '../core/model/plan.ts';
import { jsonChunks, planDigest } from '../offline/kept.ts';
import type { KeptDecision } from '../offline/kept.ts';
import { messageOf } from './exit.ts';

interface MadeDecision {
  /** `4.17`: epoch and number. */
  readonly id: string;
  readonly now: WallMs;
  readonly picture: Picture;
}

interface Limits {
  readonly filesMax: number;
  readonly bytesMax: number;
  /** A recovery is not held up: it is written when so long nothing was decided. */
  readonly quietMs: number;
}

const LIMITS: Limits = { filesMax: 100, bytesMax: 64_000_000, quietMs: 2000 };
/** Decisions that follow one another faster than they can be written: the oldest are dropped. */
const WAITING_MAX = 20;
const ID = /^\d{1,15}\.\d{1,15}$/;
const ENDING = '.json.gz';

export class KeptDecisions {
  readonly #directory: string;
  readonly #onTrouble: (text: string) => void;
  readonly #limits: Limits;
  #waiting: (MadeDecision & { readonly plan: Plan })[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isTroubled = false;

  /** @param onTrouble is told once when it cannot be written, and again after it could */
  constructor(directory: string, onTrouble: (text: string) => void, limits = LIMITS) {
    this.#directory = directory;
    this.#onTrouble = onTrouble;
    this.#limits = limits;
  }

  /** Decisions without anything to do are not worth a file. */
  keep(made: MadeDecision, plan: Plan): void {
    if (!plan.actions.some(({ pseudo }) => !pseudo)) return;
    this.#waiting = [...this.#waiting.filter(({ id }) => id !== made.id), { ...made, plan }];
    this.#waiting = this.#waiting.slice(-WAITING_MAX);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), this.#limits.quietMs).unref();
  }

  /** Writes now what waits; never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#writing = this.#writing.then(() => this.#writeWaiting());
    return this.#writing;
  }

  /** Newest first. */
  async ids(): Promise<readonly string[]> {
    await this.flush();
    return (await this.#files()).map(({ name }) => name.slice(0, -ENDING.length));
  }

  /** The file as it is; undefined: it is not kept here. */
  async read(id: string): Promise<Uint8Array | undefined> {
    if (!ID.test(id)) return undefined;
    await this.flush();
    return readFile(this.#path(id)).catch(() => undefined);
  }

  async #writeWaiting(): Promise<void> {
    for (let made = this.#waiting.shift(); made !== undefined; made = this.#waiting.shift()) {
      try {
        await this.#write(made);
        this.#isTroubled = false;
      } catch (error) {
        if (!this.#isTroubled) this.#onTrouble(`decisions are not kept: ${messageOf(error)}`);
        this.#isTroubled = true;
      }
    }
  }

  /** Nobody finds half a file: it gets its name when it is complete. */
  async #write({ plan, ...made }: MadeDecision & { readonly plan: Plan }): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const kept: KeptDecision = { ...made, planDigest: await planDigest(plan) };
    const unfinished = join(this.#directory, 'unfinished');
    await rm(unfinished, { force: true });
    await pipeline(
      Readable.from(jsonChunks(kept)),
      createGzip({ level: constants.Z_BEST_SPEED }),
      createWriteStream(unfinished, { mode: 0o600 }),
    );
    await rename(unfinished, this.#path(made.id));
    await this.#dropOld();
  }

  async #dropOld(): Promise<void> {
    let bytes = 0;
    for (const [at, { name, size }] of (await this.#files()).entries()) {
      bytes += size;
      if (at < this.#limits.filesMax && bytes <= this.#limits.bytesMax) continue;
      await rm(join(this.#directory, name), { force: true });
    }
  }

  async #files(): Promise<readonly { readonly name: string; readonly size: number }[]> {
    const names = await readdir(this.#directory).catch(() => []);
    const kept = names.filter((name) => name.endsWith(ENDING));
    const files = await Promise.all(
      kept.map(async (name) => ({ name, about: await stat(join(this.#directory, name)) })),
    );
    return files
      .map(({ name, about: { size, mtimeMs } }) => ({ name, size, mtimeMs }))
      .toSorted((a, b) => b.mtimeMs - a.mtimeMs);
  }

  #path(id: string): string {
    return join(this.#directory, `${id}${ENDING}`);
  }
}
