/** two_node with `wait_for_all: 0`, where Corosync calls a lone node quorate: Holdfast waits by itself. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { killDaemon, status } from '../lab/product.ts';
import { sleep, until } from '../lab/run.ts';
import { untilStatus } from '../product/cluster.ts';
import { alarmsOf, boot, createStage, jobYaml, jobs } from './stage.ts';
import type { Stage } from './stage.ts';

/** For nodes that were not seen; 20 s where nothing is said. */
const GRACE_S = 4;
let stage: Stage;

beforeAll(async () => {
  const options = { nodes: 2, quorum: ['two_node: 1', 'wait_for_all: 0'] };
  stage = await createStage(options, jobYaml(`options: { dc-deadtime: ${GRACE_S}s }\n`));
});
afterAll(() => stage?.close());

test('the status says that wait_for_all is missing and forced; together they act', async () => {
  const seen = await untilStatus(stage.node(1), 'both', ({ quorum }) => quorum.acting);
  expect(seen.quorum.votes?.rules).toEqual(['two_node']);
  expect(alarmsOf(seen)).toMatch(/wait_for_all: 0: Holdfast waits for both nodes all the same/);
});

test('the other one dies: the survivor goes on alone, and so does a new daemon there', async () => {
  const [first, second] = [stage.node(1), stage.node(2)];
  await second.kill();
  const before = await untilStatus(
    first,
    'n1 goes on alone',
    ({ quorum, settled }) => settled && quorum.acting && quorum.members.length === 1,
  );
  expect(jobs(first)).toHaveLength(1);
  killDaemon(first);
  const after = await untilStatus(
    first,
    'its new daemon acts',
    ({ daemon, quorum }) => daemon.startedAt > before.daemon.startedAt && quorum.acting,
  );
  expect(after.quorum.members).toEqual(['n1']);
  expect(jobs(first)).toHaveLength(1);
}, 60_000);

test('a node that boots alone starts nothing and shoots nobody, and says why', async () => {
  const [first, second] = [stage.node(1), stage.node(2)];
  await first.kill();
  const before = stage.shots().length;
  await boot(second);
  const alone = await untilStatus(second, 'it is up', ({ quorum }) => quorum.votes?.present === 1);
  const { stdout } = await second.exec(['corosync-quorumtool', '-s']);
  expect(stdout).toMatch(/Quorate:\s+Yes/);
  expect(alone.quorum.acting).toBe(false);
  expect(alone.quorum.sentence).toMatch(/not all nodes have been seen together.*nobody is fenced/);
  expect(alone.quorum.advice).toMatch(/start the other node.*is it off for good/);
  expect(alone.quorum.votes?.outlook).toMatch(/all nodes must be there once/);
  await sleep(2.5 * GRACE_S * 1000);
  expect((await status(second)).quorum.acting).toBe(false);
  expect(jobs(second)).toEqual([]);
  expect(stage.shots().slice(before)).toEqual([]);

  await stage.restore();
  await until('the service runs', () => stage.nodes.some((node) => jobs(node).length === 1));
  expect(stage.shots().slice(before)).toEqual([]);
}, 120_000);
