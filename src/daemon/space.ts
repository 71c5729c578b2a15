/** Measures, once a minute, what disks of machines may grow to on this node; tells it to all. */
import { realpath, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

import { qemuSummary } from '../adopt/qemu-words.ts';
import { ask } from '../adopt/run.ts';
import { isSharedType, mountOf, mountsOf, readMountInfo } from '../adopt/storage.ts';
import type { Mount } from '../adopt/storage.ts';
import { parameterOf } from '../core/config/values.ts';
import { eachPrimitive } from '../core/config/walk.ts';
import type { Configuration } from '../core/model/configuration.ts';
import { SPACE_ATTRIBUTE, fillRate, shortageOf, spaceText } from '../core/model/space.ts';
import type { FreeSample, Pool } from '../core/model/space.ts';
import { imageSpace } from '../host/space/images.ts';
import type { ImageSpace } from '../host/space/images.ts';
import { LVS_WORDS, thinPoolsIn } from '../host/space/thin.ts';
import { messageOf } from './exit.ts';
import type { Log } from './log.ts';
import type { Sayings } from './sayings.ts';

export interface SpaceParts {
  readonly model: () => Configuration;
  /** Disks of machines that are found on this node, resources or not. */
  readonly found: () => readonly string[];
  readonly sayings: Pick<Sayings, 'say'>;
  /** Something became short, or is not any more: another decision may be wanted. */
  readonly onShortage: () => void;
  readonly log: Pick<Log, 'debug'>;
  readonly nowMs?: () => number;
}

const FIRST_MS = 5000;
const EVERY_MS = 60_000;
/** LVM is a program, and thin volumes fill slowly. */
const LVS_EVERY = 10;
const SAMPLES_MAX = 30;
const IMAGES_MAX = 500;

export class SpaceWatch {
  readonly #parts: SpaceParts;
  readonly #samples = new Map<string, FreeSample[]>();
  #timer: NodeJS.Timeout;
  #thin: readonly Pool[] = [];
  #looks = 0;
  #shortages = '';
  #closed = false;

  constructor(parts: SpaceParts) {
    this.#parts = parts;
    this.#timer = setTimeout(() => void this.#turn(), FIRST_MS);
    this.#timer.unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async look(): Promise<void> {
    const { model, found, sayings, onShortage } = this.#parts;
    const paths = [...new Set([...disksOf(model()), ...found()])].slice(0, IMAGES_MAX);
    const files = paths.filter((path) => !path.startsWith('/dev/'));
    if (files.length < paths.length) await this.#lookAtThin();
    const pools = [...(await this.#filePools(files)), ...this.#thin];
    sayings.say(SPACE_ATTRIBUTE, spaceText(pools));
    const shortages = pools
      .flatMap((pool) => (shortageOf(pool) === 'none' ? [] : [`${pool.at} ${shortageOf(pool)}`]))
      .join(';');
    if (shortages !== this.#shortages) onShortage();
    this.#shortages = shortages;
  }

  async #turn(): Promise<void> {
    await this.look().catch((error: unknown) =>
      this.#parts.log.debug(`space for disks: ${messageOf(error)}`),
    );
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#turn(), EVERY_MS);
    this.#timer.unref();
  }

  async #filePools(paths: readonly string[]): Promise<readonly Pool[]> {
    const mounts = mountsOf(readMountInfo());
    const byMount = new Map<Mount, ImageSpace[]>();
    for (const path of paths) {
      const image = await imageSpace(path);
      // Where it would be made: what is there for it counts before it comes.
      const place = await realpath(image === undefined ? dirname(path) : path).catch(
        () => undefined,
      );
      const mount = place === undefined ? undefined : mountOf(place, mounts);
      if (mount === undefined) continue;
      byMount.set(mount, [...(byMount.get(mount) ?? []), ...(image === undefined ? [] : [image])]);
    }
    const pools: Pool[] = [];
    for (const [mount, images] of byMount) {
      const { bsize, blocks, bavail } = await statfs(mount.at);
      const size = { total: bsize * blocks, free: bsize * bavail };
      const growth = images.reduce((sum, one) => sum + Math.max(0, one.virtual - one.allocated), 0);
      pools.push(this.#pool(mount.at, mount.type, size, growth, images.length));
    }
    return pools.toSorted((a, b) => (a.at < b.at ? -1 : 1));
  }

  #pool(
    at: string,
    type: string,
    { total, free }: { readonly total: number; readonly free: number },
    growth: number,
    images: number,
  ): Pool {
    const shared = isSharedType(type);
    const rate = rounded(this.#rateOf(at, free));
    const step = Math.max(STEP_BYTES, total / STEPS);
    const coarse = (bytes: number): number => Math.round(Math.round(bytes / step) * step);
    return {
      at,
      type,
      shared,
      total,
      free: Math.min(total, coarse(free)),
      growth: coarse(growth),
      images,
      rate,
    };
  }

  #rateOf(at: string, free: number): number {
    const atMs = (this.#parts.nowMs ?? performance.now.bind(performance))();
    const samples = [...(this.#samples.get(at) ?? []), { atMs, free }].slice(-SAMPLES_MAX);
    this.#samples.set(at, samples);
    return fillRate(samples);
  }

  async #lookAtThin(): Promise<void> {
    this.#looks += 1;
    if (this.#looks % LVS_EVERY !== 1) return;
    const ran = await ask('lvs', LVS_WORDS);
    const pools = ran.kind === 'done' ? thinPoolsIn(ran.output) : [];
    this.#thin = pools.map(({ at, total, free, growth, volumes }) =>
      this.#pool(at, 'thin', { total, free }, growth, volumes),
    );
  }
}

/** What is told goes into the order: small changes are none. */
const STEPS = 256;
const STEP_BYTES = 1 << 20;

/** Two digits say enough of a rate. */
function rounded(value: number): number {
  if (value < 100) return value;
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Math.round(value / unit) * unit;
}

/** Of the class `vm`: `disks`, and the words of what was adopted. */
export function disksOf(model: Configuration): readonly string[] {
  const paths: string[] = [];
  for (const { primitive } of eachPrimitive(model)) {
    if (primitive.agent?.class !== 'vm') continue;
    const words = parameterOf(model, primitive, 'disks') ?? '';
    for (const word of words.split(/\s+/)) paths.push(word.split(',')[0] ?? '');
    paths.push(...adoptedDisks(parameterOf(model, primitive, 'command_line')));
  }
  return paths.filter((path) => path.startsWith('/'));
}

function adoptedDisks(line: string | undefined): readonly string[] {
  try {
    const argv = JSON.parse(line ?? '[]') as unknown;
    if (!Array.isArray(argv)) return [];
    return qemuSummary(argv.map(String)).disks.flatMap(({ path, own }) => (own ? [path] : []));
  } catch {
    return [];
  }
}
