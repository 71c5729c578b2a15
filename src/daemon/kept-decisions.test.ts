import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { pictureOf } from '../core/cluster/picture.ts';
import { nodeName, wallMs } from '../core/model/ids.ts';
import type { Picture } from '../core/model/picture.ts';
import { schedule } from '../core/scheduler/schedule.ts';
import { NOON, clusterOf, configured, node, primitive } from '../core/view/testing/states.ts';
import { planDigest, readKept } from '../offline/kept.ts';
import { KeptDecisions } from './kept-decisions.ts';

let directory = '';
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'holdfast-kept-'))));
afterEach(() => rmSync(directory, { recursive: true }));

const now = wallMs(NOON);
const limits = { filesMax: 3, bytesMax: 1_000_000, quietMs: 60_000 };

function pictureWith(count: number): Picture {
  const resources = Array.from({ length: count }, (_, index) => primitive(`r${index}`));
  const cluster = clusterOf([node('n1'), node('n2')], { configuration: configured(resources) });
  return pictureOf(cluster, nodeName('n1'), false);
}

const open = (more: Partial<typeof limits> = {}, onTrouble = vi.fn<(text: string) => void>()) =>
  new KeptDecisions(join(directory, 'decisions'), onTrouble, { ...limits, ...more });

function keep(kept: KeptDecisions, id: string, count = 3): void {
  const picture = pictureWith(count);
  kept.keep({ id, now, picture }, schedule(picture, now));
}

it('what was kept decides the same again, byte for byte, after a restart too', async () => {
  const first = open();
  keep(first, '4.17');
  await first.flush();
  const file = await open().read('4.17');
  const read = readKept(file ?? Buffer.alloc(0), 'file');
  if ('error' in read) throw new Error(read.error);
  const { id, now: then, picture, planDigest: digest } = read.kept;
  expect(id).toBe('4.17');
  expect(JSON.stringify(schedule(picture, then))).toBe(
    JSON.stringify(schedule(pictureWith(3), now)),
  );
  expect(await planDigest(schedule(picture, then))).toBe(digest);
});

it('nobody else may read it', async () => {
  const kept = open();
  keep(kept, '4.17');
  await kept.flush();
  expect(statSync(join(directory, 'decisions')).mode & 0o777).toBe(0o700);
  expect(statSync(join(directory, 'decisions/4.17.json.gz')).mode & 0o777).toBe(0o600);
});

it('keeps so many, the newest, and drops what no longer fits in so many bytes', async () => {
  const kept = open();
  for (const [at, id] of ['9.1', '9.2', '1.3', '1.4', '1.5'].entries()) {
    keep(kept, id);
    await kept.flush();
    utimesSync(join(directory, `decisions/${id}.json.gz`), at + 1, at + 1);
  }
  keep(kept, '1.6');
  expect(await kept.ids()).toEqual(['1.6', '1.5', '1.4']);
  const small = open({ bytesMax: statSync(join(directory, 'decisions/1.6.json.gz')).size + 10 });
  keep(small, '1.7');
  expect(await small.ids()).toEqual(['1.7']);
});

it('decisions in a hurry are written when there is time, the newest of them', async () => {
  const kept = open({ filesMax: 100 });
  for (let number = 1; number <= 30; number += 1) keep(kept, `1.${number}`);
  expect(readdirSync(directory)).toEqual([]);
  expect(await kept.ids()).toHaveLength(20);
  expect(await kept.read('1.30')).toBeDefined();
  expect(await kept.read('1.10')).toBeUndefined();
});

it('a decision that finds nothing to do is not kept, an id that is a path not read', async () => {
  const kept = open();
  kept.keep(
    { id: '1.1', now, picture: pictureWith(0) },
    { actions: [], order: [], placements: [], unplaced: [], findings: [] },
  );
  expect(await kept.ids()).toEqual([]);
  writeFileSync(join(directory, 'x.json.gz'), 'x');
  expect(await kept.read('../x')).toBeUndefined();
});

it('tells once that it cannot write, and decides on', async () => {
  const onTrouble = vi.fn<(text: string) => void>();
  writeFileSync(join(directory, 'decisions'), 'a file in the way');
  const kept = open({}, onTrouble);
  keep(kept, '1.1');
  keep(kept, '1.2');
  await kept.flush();
  expect(onTrouble).toHaveBeenCalledOnce();
  expect(onTrouble).toHaveBeenCalledWith(expect.stringContaining('decisions are not kept'));
});
