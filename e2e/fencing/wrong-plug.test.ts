/** A switch that cuts the power of something else than the node that it was asked for, on a real cluster. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdfastAsk, runsOn } from '../lab/product.ts';
import { holdfast, untilStatus } from '../product/cluster.ts';
import { alarmsOf, boot, createStage, jobYaml, jobs } from '../quorum/stage.ts';
import type { Stage } from '../quorum/stage.ts';

const YAML = jobYaml(`constraints:
  - location: job
    prefers: { n3: 100 }
`).replace('fence_lab', 'fence_wrong');

/** It has switched something off, and says so. */
const WRONG = `#!/bin/sh
asked=$(cat)
if echo "$asked" | grep -q '^action=o'; then exit 0; fi
echo "$asked" | fence_lab "$@"
`;

const files = mkdtempSync(join(tmpdir(), 'holdfast-fencing-'));
let stage: Stage;

beforeAll(async () => {
  mkdirSync(join(files, 'sbin'));
  writeFileSync(join(files, 'sbin', 'fence_wrong'), WRONG, { mode: 0o755 });
  stage = await createStage({ nodes: 3, directory: files }, YAML);
});
afterAll(async () => {
  await stage.close();
  rmSync(files, { recursive: true, force: true });
});

test('a node that was confirmed off and comes back in the same boot is told of until it is restarted', async () => {
  const [first, , third] = stage.nodes;
  if (first === undefined || third === undefined) throw new Error('three nodes');
  await third.cut();
  await untilStatus(first, 'the job runs elsewhere', (now) => {
    const where = runsOn(now, 'job');
    return now.settled && where !== undefined && where !== 'n3';
  });
  await third.heal();
  const back = await untilStatus(first, 'n3 is back', ({ nodes, settled }) => {
    return settled && nodes.every(({ state }) => state === 'online');
  });
  expect(alarmsOf(back)).toContain(
    'n3 was not off: its fencing by power was confirmed, but its machine has run on since',
  );
  expect(await holdfastAsk(first, 'fence', 'proofs')).toMatch(/n3 .*never/);
  expect(stage.nodes.flatMap((node) => jobs(node))).toHaveLength(1);

  await third.kill();
  await boot(third);
  await untilStatus(first, 'n3 is back in another boot', (now) => {
    const isWhole = now.settled && now.nodes.every(({ state }) => state === 'online');
    return isWhole && !alarmsOf(now).includes('was not off');
  });
}, 120_000);

test('a rehearsal finds it out before anything depends on it', async () => {
  const [first, second] = stage.nodes;
  if (first === undefined || second === undefined) throw new Error('three nodes');
  await holdfastAsk(first, 'node', 'standby', 'n2');
  await untilStatus(first, 'n2 is in standby', ({ settled }) => settled);
  const rehearsal = ['fence', 'test', 'n2', '--for-real', '--yes'] as const;
  const { code, stdout } = await holdfast(first, ...rehearsal);
  expect({ code, stdout }).toMatchObject({
    code: 10,
    stdout: expect.stringContaining('power has confirmed it, but n2 was not off') as string,
  });
  const said = alarmsOf(await untilStatus(first, 'n2 is back', ({ settled }) => settled));
  expect(said).toContain('n2 was not off');
  expect(said).toContain('Fencing of n2 was tried for real, and failed: power has confirmed it');
}, 120_000);
