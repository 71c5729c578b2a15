/**
 * Clusters without any fence device: what a lost machine ran is recovered when its watchdog has surely reset it.
 * Corosync, daemons, feeders and the service are real; the devices are the laboratory's, which end a machine's
 * process 1 and with it all that runs there. What a kernel's watchdog does to a machine: watchdog.test.ts.
 */
import { afterEach, expect, test } from 'vitest';

import { signal } from '../lab/host.ts';
import type { Lab, LabOptions } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { daemonProcess, holdfastAsk, runsOn, status } from '../lab/product.ts';
import { sleep, until } from '../lab/run.ts';
import { holdfast, place, untilStatus } from '../product/cluster.ts';
import { alarmsOf, jobYaml, jobs, watchJobs } from '../quorum/stage.ts';
import { TIMEOUT_S, WAIT_MS, applyYaml, createWatchdogLab } from './stage.ts';
import { bootUnarmed, lastNumber, makeWhole, toldSince } from './stage.ts';

const yaml = (policy = 'stop'): string =>
  jobYaml().replace(
    /^fencing:\n.*\n.*\n/m,
    `options: { fencing-watchdog-timeout: -1, fencing-loop-limit: 0, no-quorum-policy: ${policy} }\n`,
  );

let lab: Lab | undefined;
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

/** All are armed, and say so. */
async function stage(options: LabOptions): Promise<readonly LabNode[]> {
  lab = await createWatchdogLab(options);
  const { nodes } = lab;
  await makeWhole(nodes);
  await applyYaml(lab, nodes[0]!, yaml());
  const areArmed = (text: string): boolean => !text.includes('is not armed');
  await untilStatus(nodes[0]!, 'all are armed', (now) => areArmed(alarmsOf(now)));
  return nodes;
}

/** It comes back by itself to where it was moved to. */
async function placeJob(seen: LabNode, node: LabNode): Promise<void> {
  const where = async () => runsOn(await status(seen), 'job');
  await until('the job runs', async () => (await where()) !== undefined, 20_000, 100);
  if ((await where()) !== node.name) {
    await holdfastAsk(seen, 'resource', 'move', 'job', node.name);
  }
  await untilStatus(seen, `the job runs on ${node.name}`, (now) => {
    return now.settled && runsOn(now, 'job') === node.name && jobs(node).length === 1;
  });
}

/** What an administrator does who wants to know. It comes back without a feeder. */
async function rehearse(seen: LabNode, node: LabNode): Promise<void> {
  const asked = await holdfast(seen, 'fence', 'test', node.name);
  expect(asked.stderr.replaceAll(/\s+/g, ' ')).toContain('nothing can be asked: only its watchdog');
  await holdfastAsk(seen, 'node', 'standby', node.name, '--wait');
  const before = await lastNumber(seen);
  const rehearsal = holdfastAsk(seen, 'fence', 'test', node.name, '--for-real', '--yes');
  await until('it is reset', () => node.pid() === undefined, 30_000);
  const isSaid = async () => (await toldSince(seen, before)).includes('fenced by watchdog');
  await until('the test has its end', isSaid, 30_000, 100);
  await bootUnarmed(node);
  expect(await rehearsal).toContain(`${node.name} is back after`);
  await holdfastAsk(seen, 'node', 'online', node.name);
  expect(await holdfastAsk(seen, 'fence', 'proofs')).toMatch(/n3 +1 +watchdog +\S+ +root@n1/);
}

const run = (nodes: readonly LabNode[]): boolean => nodes.some((node) => jobs(node).length > 0);

test('a machine that is silent is waited for, counted as reset, and its job recovered', async () => {
  const [first, second, third] = (await stage({})) as [LabNode, LabNode, LabNode];
  await placeJob(first, third);
  const before = await lastNumber(first);
  const mostAtOnce = watchJobs([first, second, third]);

  // As one that hangs: nobody there can stop the job, or say a word.
  const corosync = third.processes().find(({ name }) => name === 'corosync');
  const struckAt = performance.now();
  for (const { pid } of [corosync!, daemonProcess(third)!]) signal(pid, 'SIGSTOP');
  await sleep((TIMEOUT_S * 1000) / 2);
  expect(jobs(third)).toHaveLength(1);
  await until('it is reset', () => third.pid() === undefined, 30_000);
  expect(run([first, second])).toBe(false);
  await until('the job runs again', () => run([first, second]), 60_000);
  expect(performance.now() - struckAt).toBeGreaterThan(WAIT_MS);
  expect(mostAtOnce()).toBe(1);
  const told = await toldSince(first, before);
  expect(told).toContain('fencing n3 (reboot) by watchdog from');
  expect(told).toContain('n3 is down (clean): fenced by watchdog');

  // The same machine, up again, and reset on purpose while it is empty.
  await makeWhole([first, second, third]);
  await rehearse(first, third);

  // Up again, and lost in a life in which nobody has armed its watchdog.
  await placeJob(first, third);
  await third.kill();
  await untilStatus(first, 'it is lost', ({ nodes }) => nodes[2]?.state === 'lost');
  await sleep(1.25 * WAIT_MS);
  expect(run([first, second])).toBe(false);
  expect(alarmsOf(await status(first))).toContain('then: holdfast fence confirm n3');
  await holdfastAsk(first, 'fence', 'confirm', 'n3', '--yes');
  await until('the job runs again', () => run([first, second]), 20_000);
}, 180_000);

test('what does not count as the only means: two_node, services that go on without quorum', async () => {
  const [first, second] = (await stage({ nodes: 2, quorum: ['two_node: 1'] })) as [
    LabNode,
    LabNode,
  ];
  const said = 'The watchdog of n2 does not count: with two_node both halves have quorum';
  const now = await untilStatus(first, 'it says so', (seen) => alarmsOf(seen).includes(said));
  expect(now.resources[0]?.whyNot?.reason).toContain('there is no fence device');
  expect(run([first, second])).toBe(false);

  for (const policy of ['ignore', 'freeze']) {
    const file = place(lab!, `${policy}.yaml`, yaml(policy));
    const { code, stderr } = await holdfast(first, 'apply', '--yes', '-f', file);
    expect(code).not.toBe(0);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(
      `with no-quorum-policy "${policy}" services are to go on without quorum, while a watchdog resets`,
    );
    expect(stderr).toContain('nothing was changed');
  }
}, 90_000);
