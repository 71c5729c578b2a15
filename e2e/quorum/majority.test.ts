/** Three nodes: what each policy does without quorum, and the last man standing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LabNode } from '../lab/node.ts';
import { status, untilSettled } from '../lab/product.ts';
import { sleep, until } from '../lab/run.ts';
import { untilStatus } from '../product/cluster.ts';
import { alarmsOf, createStage, jobYaml, jobs, untilVotes } from './stage.ts';
import type { Stage } from './stage.ts';

let stage: Stage;

const quorum = [
  'wait_for_all: 1',
  'last_man_standing: 1',
  'last_man_standing_window: 1000',
  'auto_tie_breaker: 1',
];

beforeAll(async () => {
  stage = await createStage({ nodes: 3, quorum }, yamlOf('stop'));
});
afterAll(() => stage.close());

const yamlOf = (policy: string, resources = ''): string =>
  jobYaml(`${resources}
constraints:
  - location: job
    prefers: { n1: 100 }
options:
  no-quorum-policy: ${policy}
`);

const databases = `  dbs:
    clone: { db: { agent: "ocf:pacemaker:Stateful" } }
    promotable: true
`;

/** All nodes are alone: none of them has quorum. `beforehand` looks at them while they are not. */
async function scatter(
  policy: string,
  resources = '',
  beforehand = async (): Promise<void> => undefined,
): Promise<readonly number[]> {
  await stage.restore();
  await stage.apply(yamlOf(policy, resources));
  const running = jobs(stage.node(1));
  expect(running).toHaveLength(1);
  await beforehand();
  await Promise.all(stage.nodes.map((node) => node.cut()));
  return running;
}

async function gather(): Promise<void> {
  await Promise.all(stage.nodes.map((node) => node.heal()));
  await untilSettled(stage.nodes);
  expect(stage.shots()).toEqual([]);
}

// Each policy has a story in scenarios/cluster as well: quorum-lost-*.txt.

test('no-quorum-policy freeze: what runs goes on as it is', async () => {
  const before = await scatter('freeze');
  const first = stage.node(1);
  const seen = await untilVotes(first, 'alone', ({ present }) => present === 1);
  expect(seen.quorum).toMatchObject({ acting: false, votes: { outlook: 'one vote is missing' } });
  await sleep(1000);
  expect(jobs(first)).toEqual(before);
  await gather();
  expect(jobs(first)).toEqual(before);
}, 60_000);

test('no-quorum-policy fence: what runs stops, for nobody shoots', async () => {
  await scatter('fence');
  await until('the job has stopped', () => jobs(stage.node(1)).length === 0);
  await gather();
  await until('the job runs', () => jobs(stage.node(1)).length === 1);
}, 60_000);

test('no-quorum-policy ignore: what runs goes on, and nobody starts it anywhere else', async () => {
  const before = await scatter('ignore');
  await Promise.all(
    stage.nodes.map((node) => untilVotes(node, 'alone', ({ present }) => present === 1)),
  );
  await sleep(1000);
  expect(stage.nodes.map((node) => jobs(node))).toEqual([before, [], []]);
  await gather();
  expect(stage.nodes.map((node) => jobs(node))).toEqual([before, [], []]);
}, 60_000);

/** The copies of the promotable clone on a node, as this node tells it. */
const copyOn = (node: LabNode) => async (): Promise<string | undefined> => {
  const dbs = (await status(node)).resources.find(({ id }) => id === 'dbs');
  return dbs?.on.find((place) => place.node === node.name)?.role;
};

test('no-quorum-policy demote: what is promoted steps down and goes on, all else stops', async () => {
  const first = stage.node(1);
  await scatter('demote', databases, async () => {
    const roles = await Promise.all(stage.nodes.map((node) => copyOn(node)()));
    expect(roles).toContain('Promoted');
  });
  for (const node of stage.nodes)
    await until('it has stepped down', async () => (await copyOn(node)()) === 'Unpromoted');
  await until('the job has stopped', () => jobs(first).length === 0);
  await gather();
  await until('the job runs', () => jobs(first).length === 1);
  const after = await Promise.all(stage.nodes.map((node) => copyOn(node)()));
  expect(after.filter((role) => role === 'Promoted')).toHaveLength(1);
}, 60_000);

test('one after the other dies: votes are counted anew, the last one goes on', async () => {
  const [first, second, third] = [stage.node(1), stage.node(2), stage.node(3)];
  await stage.restore();
  await third.kill();
  const two = await untilVotes(first, 'counted anew', ({ expected }) => expected === 2);
  expect(two.quorum.votes?.rules).toEqual([
    'wait_for_all',
    'last_man_standing',
    'auto_tie_breaker',
  ]);
  expect(two.quorum.votes?.outlook).toMatch(/^one more loss and all stops, unless/);
  expect(alarmsOf(two)).not.toMatch(/corosync.conf/);
  await untilSettled([first, second]);
  await second.kill();
  const last = await untilStatus(
    first,
    'n1 goes on alone',
    ({ quorum: { acting, members, votes }, settled }) =>
      acting && settled && members.length === 1 && votes?.present === 1,
  );
  expect(last.quorum.votes?.needed).toBe(1);
  expect(jobs(first)).toHaveLength(1);
}, 60_000);
