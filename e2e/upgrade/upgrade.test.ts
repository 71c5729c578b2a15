/** Nodes of two versions side by side: one after the other is upgraded, and no service notices. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signal } from '../lab/host.ts';
import type { LabNode } from '../lab/node.ts';
import { daemonProcess, history, startDaemon, status, untilSettled } from '../lab/product.ts';
import { until } from '../lab/run.ts';
import { holdfast, untilStatus } from '../product/cluster.ts';
import { alarmsOf, createStage, jobYaml, jobs } from '../quorum/stage.ts';
import type { Stage } from '../quorum/stage.ts';
import { buildNextVersion } from './next-version.ts';
import type { NextVersion } from './next-version.ts';

let next: NextVersion;
let stage: Stage;

/** Ends when it is asked to, and is not started again: its program is exchanged meanwhile. */
const once = { restartAfterMs: undefined };

beforeAll(async () => {
  next = await buildNextVersion();
  stage = await createStage(
    { nodes: 3 },
    jobYaml(`  each:
    clone:
      one:
        agent: ocf:heartbeat:Dummy
        monitor: 1s
`),
    async () => {},
    once,
  );
});
afterAll(async () => {
  await stage?.close();
  next?.remove();
});

async function exchange(node: LabNode, program?: string): Promise<void> {
  const daemon = daemonProcess(node);
  if (daemon !== undefined) signal(daemon.pid, 'SIGTERM');
  await until(`the daemon of ${node.name} has ended`, () => daemonProcess(node) === undefined);
  await startDaemon(node, { ...once, ...(program === undefined ? {} : { program }) });
}

const told = async (): Promise<string> =>
  (await history(stage.node(1))).map(({ text }) => text).join('\n');

test('one node after the other: nothing is restarted, and the level rises with the last', async () => {
  const before = stage.nodes.map(jobs);
  expect(before.flat()).toHaveLength(1);
  for (const node of [...stage.nodes].reverse()) {
    const seen = await status(stage.node(1));
    expect(seen.cluster.featureLevel).toBe(1);
    expect(await told()).not.toMatch(/greets|feature level/);
    await exchange(node, next.holdfastd);
    await untilSettled(stage.nodes);
    if (node === stage.node(1)) break;
    const mixed = await status(stage.node(1));
    expect(mixed.daemon.version).toBe('0.0.0');
    expect(mixed.nodes.find(({ name }) => name === node.name)?.featureLevel).toBe(2);
    expect(alarmsOf(mixed)).toMatch(/An upgrade is under way: .*install the newer version on n1/);
  }
  const done = await untilStatus(
    stage.node(1),
    'the new level',
    ({ cluster }) => cluster.featureLevel === 2,
  );
  expect(done.daemon.version).toBe('0.1.0');
  expect(alarmsOf(done)).not.toMatch(/upgrade|refused/);
  await until('what the version brings has begun', async () => /greets/.test(await told()));
  const story = await told();
  expect(story).toMatch(/all nodes know feature level 2[^]*the new version greets/);
  // Each of them started once, at the beginning.
  expect(story.match(/(start|stop) of \w+ on n\d/g)).toHaveLength(4);
  expect(stage.nodes.map(jobs)).toEqual(before);
  expect(stage.shots()).toEqual([]);
}, 90_000);

test('an older version does not come into a cluster of a newer level, and says so', async () => {
  const [first, , third] = stage.nodes as [LabNode, LabNode, LabNode];
  expect(await holdfast(third, 'node', 'stop', 'n3', '--wait')).toMatchObject({ code: 0 });
  await until('the daemon of n3 has ended', () => daemonProcess(third) === undefined);

  await exchange(third);
  const own = await untilStatus(third, 'n3 cannot use its disk', ({ alarms }) => alarms.length > 0);
  expect(alarmsOf(own)).toMatch(/written at feature level 2, and this program knows 1: install/);
  expect(own.quorum.acting).toBe(false);

  rmSync(join(third.directory, 'lib-holdfast', 'store'), { recursive: true });
  await exchange(third);
  const refused = await untilStatus(first, 'the others refuse n3', ({ alarms }) =>
    alarms.some(({ text }) => text.startsWith('n3 does not join: its program knows')),
  );
  expect(refused.quorum.acting).toBe(true);
  expect([...refused.quorum.members].sort()).toEqual(['n1', 'n2']);
  const said = await status(third);
  expect(alarmsOf(said)).toMatch(/This node does not join: the cluster is at feature level 2/);

  await exchange(third, next.holdfastd);
  const whole = await untilSettled(stage.nodes);
  expect(whole.quorum.members).toHaveLength(3);
  expect(alarmsOf(whole)).not.toMatch(/does not join/);
  expect(stage.shots()).toEqual([]);
}, 90_000);
