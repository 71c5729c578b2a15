/** Corosync keeps a process that has ended in its group: the next daemon of that node has to get in all the same. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import type { StatusView } from '../../src/core/view/types.ts';
import { settle } from '../../src/engine/testing/daemon.ts';
import { createLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { killDaemon, runsOn } from '../lab/product.ts';
import { untilStatus } from '../product/cluster.ts';
import { alarmsOf, createStage, jobYaml, jobs } from '../quorum/stage.ts';
import type { Stage } from '../quorum/stage.ts';
import { CorosyncNode } from './corosync-node.ts';

const program = fileURLToPath(new URL('ended-member.ts', import.meta.url));
const numberOfNobody = 31_999;

let lab: Lab | undefined;
let nodes: readonly CorosyncNode[] = [];
let stage: Stage | undefined;

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.forget()));
  await lab?.close();
  await stage?.close();
}, 30_000);

const until = (what: string, reached: () => boolean) => settle(what, reached, 20_000);

const lastView = (node: CorosyncNode) =>
  node.histories.at(-1)?.findLast((event) => event.kind === 'engine-view');

const heard = (node: CorosyncNode, text: string): boolean =>
  node.histories.at(-1)?.some((event) => event.kind === 'engine-message' && event.text === text) ??
  false;

/** A process of another PID namespace says a number that no process of the node has. */
function keepOne(node: LabNode) {
  const join = `${process.execPath} ${program} holdfast:lab; true`;
  const inside = `echo ${numberOfNobody - 1} > /proc/sys/kernel/ns_last_pid; ${join}`;
  return node.spawn(['unshare', '--pid', '--fork', 'sh', '-c', inside]);
}

test('a daemon joins beside what is left of an earlier one, and every node sees it once', async () => {
  lab = await createLab({});
  nodes = lab.nodes.map((node) => new CorosyncNode(node));
  const [first, ...others] = nodes as [CorosyncNode, CorosyncNode, CorosyncNode];
  await lab.startCorosync();
  const kept = keepOne(first.lab);
  const [said] = (await once(kept.stdout!, 'data')) as [Buffer];
  expect(said.toString()).toBe(`joined as ${numberOfNobody}\n`);
  await Promise.all(nodes.map((node) => node.startDaemon()));
  await until('all in one view', () => {
    const names = nodes.map((node) =>
      lastView(node)
        ?.members.map((member) => member.node)
        .join(),
    );
    return names.every((each) => each === 'n1,n2,n3');
  });
  expect(new Set(nodes.map((node) => JSON.stringify(lastView(node)?.members))).size).toBe(1);
  expect(await first.send(['from the new one'])).toBe(1);
  await until('all hear it', () => nodes.every((node) => heard(node, 'from the new one')));

  // A second one that lives takes the place as ever.
  expect(await first.startSecondDaemon()).toMatch(/already is the Holdfast daemon/);

  await first.killDaemon();
  await until('its end is told', () =>
    others.every((node) => lastView(node)?.left.some(({ member }) => member.node === 'n1')),
  );
  kept.stdin?.end();
  await once(kept, 'exit');
}, 90_000);

test('a cluster goes on with it: a daemon comes back, a machine that dies is fenced, and the node says what to do', async () => {
  stage = await createStage(
    { nodes: 3 },
    jobYaml('constraints: [{ location: job, prefers: { n3: 100 } }]'),
  );
  const [first, , third] = stage.nodes as [LabNode, LabNode, LabNode];
  const kept = keepOne(third);
  await once(kept.stdout!, 'data');
  killDaemon(third);
  const isWhole = (now: StatusView): boolean =>
    now.settled && now.nodes.every(({ state }) => state === 'online');
  await untilStatus(first, 'it is missed', (now) => !isWhole(now));
  await untilStatus(first, 'its daemon is back', isWhole);
  const said = alarmsOf(await untilStatus(third, 'it is whole there, too', isWhole));
  expect(said).toContain(
    `Corosync counts process ${numberOfNobody} of this node as a member still`,
  );
  expect(jobs(third)).toHaveLength(1);
  expect(stage.shots()).toEqual([]);

  await third.kill();
  const after = await untilStatus(first, 'the job runs elsewhere', (now) => {
    const where = runsOn(now, 'job');
    return now.settled && where !== undefined && where !== 'n3';
  });
  expect(alarmsOf(after)).not.toContain('as a member still');
  expect(stage.shots()).toEqual(['off n3']);
}, 120_000);
