/** Two nodes with two_node: both halves of a split have quorum, and one of them must win. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { status } from '../lab/product.ts';
import { until } from '../lab/run.ts';
import { untilStatus } from '../product/cluster.ts';
import { alarmsOf, boot, createStage, jobYaml, jobs, watchJobs } from './stage.ts';
import type { Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await createStage({ nodes: 2, quorum: ['two_node: 1'] }, jobYaml());
});
afterAll(() => stage.close());

test('the status says by which rules the two have quorum', async () => {
  const seen = await status(stage.node(1));
  expect(seen.quorum.votes).toMatchObject({
    expected: 2,
    present: 2,
    needed: 1,
    rules: ['two_node', 'wait_for_all'],
    outlook: 'either node may fail: the other fences it and goes on',
  });
  expect(alarmsOf(seen)).not.toMatch(/two_node|encrypted|votes/);
});

test('both are cut off: one shoots, the other waits and is shot; the service runs once', async () => {
  const [first, second] = [stage.node(1), stage.node(2)];
  const most = watchJobs(stage.nodes);
  // What was asked for is done, also when whoever asked is off by then.
  stage.lab.power.setSlow(1000);
  await Promise.all([first.cut(), second.cut()]);
  await until('n2 is off', () => second.pid() === undefined, 15_000);
  await until('the service runs on n1', () => jobs(first).length === 1, 15_000);
  // Longer than the other's wait: it was not alive any more to shoot.
  const seen = await untilStatus(first, 'n1 at rest', ({ settled }) => settled);
  expect(seen.quorum).toMatchObject({ acting: true, members: ['n1'] });
  expect(seen.quorum.votes?.outlook).toBe('this node goes on alone');
  expect(stage.shots()).toEqual(['off n2']);
  expect(first.pid()).toBeDefined();
  expect(most()).toBe(1);
  stage.lab.power.setSlow(0);
  await stage.restore();
}, 60_000);

test('the first one dies: the other waits in vain for being shot, then takes over', async () => {
  const begun = performance.now();
  const before = stage.shots().length;
  await stage.node(1).kill();
  await until('the service runs on n2', () => jobs(stage.node(2)).length === 1, 20_000);
  expect(performance.now() - begun).toBeGreaterThan(5000);
  expect(stage.shots().slice(before)).toEqual(['off n1']);
}, 60_000);

test('a node that boots alone waits for the other (wait_for_all)', async () => {
  await stage.node(2).kill();
  await boot(stage.node(2));
  const alone = await untilStatus(stage.node(2), 'it sees no quorum', ({ quorum }) => {
    return quorum.votes?.present === 1 && !quorum.acting;
  });
  expect(alone.quorum.votes?.outlook).toMatch(/all nodes must be there once/);
  expect(jobs(stage.node(2))).toEqual([]);
  const before = stage.shots().length;
  await stage.restore();
  await until('the service runs', () => stage.nodes.some((node) => jobs(node).length === 1));
  expect(stage.shots().slice(before)).toEqual([]);
}, 60_000);
