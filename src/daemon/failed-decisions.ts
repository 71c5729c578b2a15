/** Inputs on which the scheduler failed, kept for replay; the newest few. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { WallMs } from '../core/model/ids.ts';
import type { Picture } from '../core/model/picture.ts';
import { messageOf } from './exit.ts';

const KEPT_MAX = 5;

/** Returns the file's path, or why there is none. The picture holds names of secrets only. */
export function keepFailedDecision(
  directory: string,
  picture: Picture,
  now: WallMs,
  reason: string,
): string {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const path = join(directory, `${now}.json`);
    writeFileSync(path, JSON.stringify({ reason, now, picture }), { mode: 0o600 });
    const old = readdirSync(directory).sort().slice(0, -KEPT_MAX);
    for (const name of old) rmSync(join(directory, name), { force: true });
    return path;
  } catch (error) {
    return `no file: ${messageOf(error)}`;
  }
}
