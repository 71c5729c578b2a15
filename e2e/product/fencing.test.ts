/** What cannot be proven off is not recovered; what stands still, or has lost Corosync, is shot. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { signal } from '../lab/host.ts';
import type { LabNode } from '../lab/node.ts';
import { daemonProcess, runsOn, untilSettled } from '../lab/product.ts';
import { run, sleep, until } from '../lab/run.ts';
import { readStamps } from '../lab/stamps.ts';
import { repository } from '../lab/toolchain.ts';
import {
  createWebCluster,
  eventsSince,
  fencings,
  holdfast,
  lastEvent,
  now,
  runsElsewhere,
  servers,
  untilStatus,
} from './cluster.ts';
import type { WebCluster } from './cluster.ts';

let cluster: WebCluster;

beforeAll(async () => {
  cluster = await createWebCluster();
});
afterAll(() => cluster.close());
afterEach(async () => {
  cluster.lab.power.setBroken(false);
  await cluster.restore();
});

/** The server's node, and one of the others. */
async function victimAndWitness(): Promise<{ victim: LabNode; witness: LabNode }> {
  const victim = await cluster.server();
  const [witness] = cluster.others(victim);
  return { victim, witness: witness! };
}

test('nothing is recovered while the power switch is silent; then a person confirms', async () => {
  const { victim, witness } = await victimAndWitness();
  cluster.lab.power.setBroken(true);
  await victim.kill();
  const failed = await untilStatus(witness, 'fencing has failed', ({ alarms }) =>
    alarms.some(({ text }) => text.includes(`${victim.name} is lost`) && /failed/.test(text)),
  );
  const alarm = failed.alarms.find(({ text }) => text.includes(victim.name));
  expect(alarm?.advice).toContain(`holdfast fence confirm ${victim.name}`);
  const web = failed.resources.find(({ id }) => id === 'web');
  expect(web?.whyNot?.reason).toContain(victim.name);
  expect(runsElsewhere(cluster.lab, 'start', victim)).toEqual([]);

  const confirmed = await holdfast(witness, 'fence', 'confirm', victim.name, '--yes');
  expect(confirmed).toMatchObject({ code: 0 });
  const answer = await cluster.client.served(now());
  expect(answer.node).not.toBe(victim.name);
}, 60_000);

test('a daemon that stands still for 20 s is shot, its service goes on elsewhere', async () => {
  const { victim, witness } = await victimAndWitness();
  const mark = await lastEvent(witness);
  signal(daemonProcess(victim)!.pid, 'SIGSTOP');
  await until('it is shot', () => victim.pid() === undefined, 15_000);
  await cluster.client.served(now());
  const seen = await untilSettled(cluster.others(victim));
  expect(runsOn(seen, 'web')).not.toBe(victim.name);
  const [shot] = fencings(cluster.lab);
  for (const start of runsElsewhere(cluster.lab, 'start', victim))
    expect(start.beginNs).toBeGreaterThan(shot!.endNs);
  const told = (await eventsSince(witness, mark)).map(({ text }) => text).join('\n');
  expect(told).toContain('its daemon is silent');
}, 60_000);

test('one that cannot be shot and goes on after 20 s begins anew and harms nothing', async () => {
  const { victim, witness } = await victimAndWitness();
  const before = { mark: cluster.patient.begin(), servers: servers(victim) };
  const daemon = daemonProcess(victim)!.pid;
  cluster.lab.power.setBroken(true);
  signal(daemon, 'SIGSTOP');
  await untilStatus(witness, 'it counts as lost', ({ nodes }) =>
    nodes.some(({ name, state }) => name === victim.name && state === 'lost'),
  );
  await sleep(17_000);
  expect(runsElsewhere(cluster.lab, 'start', victim)).toEqual([]);
  signal(daemon, 'SIGCONT');
  await until('a new life', () => {
    const next = daemonProcess(victim)?.pid;
    return next !== undefined && next !== daemon;
  });
  const seen = await untilSettled(cluster.nodes);
  expect(runsOn(seen, 'web')).toBe(victim.name);
  // A monitor may be testing the configuration just now: that is an nginx more.
  expect(servers(victim)).toEqual(expect.arrayContaining([...before.servers]));
  expect((await cluster.patient.lostSince(before.mark)).lost).toEqual([]);
}, 90_000);

test('Corosync dies under the daemon: its services stop there, others wait for the shot', async () => {
  const { victim, witness } = await victimAndWitness();
  cluster.lab.power.setBroken(true);
  victim.killCorosync();
  await until('the server has stopped', () => servers(victim).length === 0, 15_000);
  const stops = () =>
    readStamps(cluster.lab)
      .filter(({ node, action }) => node === victim.name && action === 'stop')
      .map((stamp) => (stamp.kind === 'agent' ? stamp.resource : ''));
  await until('the address is gone', () => stops().includes('address'));
  expect(stops()).toEqual(['server', 'address']);
  await sleep(1000);
  expect(runsElsewhere(cluster.lab, 'start', victim)).toEqual([]);

  cluster.lab.power.setBroken(false);
  const answer = await cluster.client.served(now(), 40_000);
  expect(answer.node).not.toBe(victim.name);
  const shot = fencings(cluster.lab).find(({ code }) => code === 0);
  for (const start of runsElsewhere(cluster.lab, 'start', victim))
    expect(start.beginNs).toBeGreaterThan(shot!.endNs);
  await untilSettled([witness]);
}, 90_000);

test('what the others did about a killed node is reported, and done again the same', async () => {
  const { victim } = await victimAndWitness();
  await victim.kill();
  await cluster.client.served(now());
  const stories: string[] = [];
  for (const node of cluster.others(victim)) {
    const name = `incident-${node.name}.json.gz`;
    const told = await holdfast(node, 'report', '--incident', 'last', '--to', `/run/lab/${name}`);
    expect(told).toMatchObject({ code: 0 });
    const path = join(cluster.lab.sharedDirectory, name);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const again = await run([process.execPath, simulator, '--incident', path]);
    expect(again.stdout).toContain('all the same as then');
    expect(again).toMatchObject({ code: 0 });
    stories.push(again.stdout);
  }
  // One of them shot.
  expect(stories.join('\n')).toContain(` of ${victim.name} by power`);
}, 60_000);

const simulator = join(repository, 'src/sim/main.ts');
