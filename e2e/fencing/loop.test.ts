/** A node that is lost again and again, on a real cluster: it is held back until a person releases it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdfastAsk, runsOn } from '../lab/product.ts';
import { until } from '../lab/run.ts';
import { untilStatus } from '../product/cluster.ts';
import { alarmsOf, boot, createStage, jobYaml, jobs } from '../quorum/stage.ts';
import type { Stage } from '../quorum/stage.ts';

const YAML = jobYaml(`constraints:
  - location: job
    prefers: { n3: 100 }
options: { fencing-loop-limit: 2 }
`);

let stage: Stage;

beforeAll(async () => {
  stage = await createStage({ nodes: 3 }, YAML);
});
afterAll(() => stage.close());

/** Its power is gone; answers when the others have fenced it and run its job. */
async function lose(shots: number): Promise<void> {
  await stage.node(3).kill();
  await until('it is fenced', () => stage.shots().length === shots, 30_000);
  await untilStatus(stage.node(1), 'the job runs elsewhere', (now) => {
    const where = runsOn(now, 'job');
    return now.settled && where !== undefined && where !== 'n3';
  });
}

test('after two fencings nothing is started there; lost again it is fenced; a person releases it', async () => {
  const [first, , third] = stage.nodes;
  if (first === undefined || third === undefined) throw new Error('three nodes');
  const untilItRunsThere = () =>
    untilStatus(first, 'the job is back', (now) => now.settled && runsOn(now, 'job') === 'n3');
  const untilHeld = () =>
    untilStatus(first, 'it is held back', (now) => {
      const node = now.nodes.find(({ name }) => name === 'n3');
      return now.settled && node?.because === 'it is held back: holdfast fence release n3';
    });
  await untilItRunsThere();
  await lose(1);
  await boot(third);
  await untilItRunsThere();
  await lose(2);
  await boot(third);
  const held = await untilHeld();
  expect(alarmsOf(held)).toContain('n3 is held back, since it was fenced 2 times');
  expect(runsOn(held, 'job')).not.toBe('n3');

  await lose(3);
  await boot(third);
  await untilHeld();
  expect(jobs(third)).toEqual([]);
  await holdfastAsk(first, 'fence', 'release', 'n3');
  expect(alarmsOf(await untilItRunsThere())).not.toContain('held back');
  expect(stage.shots()).toEqual(['off n3', 'off n3', 'off n3']);
}, 180_000);
