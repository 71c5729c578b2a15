/** A service, its node and its manager die one after the other; a client from outside watches. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { signal } from '../lab/host.ts';
import {
  daemonProcess,
  killDaemon,
  mayBeScheduled,
  runsOn,
  status,
  untilSettled,
} from '../lab/product.ts';
import type { LabNode } from '../lab/node.ts';
import { sleep, until } from '../lab/run.ts';
import { readStamps } from '../lab/stamps.ts';
import {
  anyOf,
  createWebCluster,
  eventsSince,
  fencings,
  lastEvent,
  now,
  runsElsewhere,
  servers,
} from './cluster.ts';
import type { WebCluster } from './cluster.ts';

let cluster: WebCluster;

beforeAll(async () => {
  cluster = await createWebCluster();
});
afterAll(() => cluster.close());
afterEach(() => cluster.restore());

test('a server that dies is restarted where it was, and its failure is shown', async () => {
  const node = await cluster.server();
  const mark = await lastEvent(node);
  const before = servers(node);
  for (const pid of before) signal(pid, 'SIGKILL');
  await sleep(100);
  await cluster.client.served(now());
  const seen = await untilSettled(cluster.nodes);
  expect(runsOn(seen, 'web')).toBe(node.name);
  expect(servers(node).filter((pid) => before.includes(pid))).toEqual([]);
  expect(seen.failures).toMatchObject([
    { resource: 'server', node: node.name, operation: 'monitor' },
  ]);
  const told = (await eventsSince(node, mark)).flatMap(({ resource, operation, node: where }) =>
    operation === 'start' || operation === 'stop' ? [`${operation} ${resource} ${where}`] : [],
  );
  expect(told).toEqual([`stop server ${node.name}`, `start server ${node.name}`]);
  expect(fencings(cluster.lab)).toEqual([]);
});

test('a node that loses power is fenced before its service is started elsewhere', async () => {
  const victim = await cluster.server();
  const [witness] = cluster.others(victim);
  const mark = await lastEvent(witness!);
  const killed = now();
  await victim.kill();
  // While the power went it may have answered once more.
  const answer = await cluster.client.served(now());
  const seen = await untilSettled(cluster.others(victim));
  expect(runsOn(seen, 'web')).toBe(answer.node);
  expect(answer.node).not.toBe(victim.name);
  expect(seen.nodes.find(({ name }) => name === victim.name)?.state).toBe('down');

  const [shot] = fencings(cluster.lab);
  expect(shot).toMatchObject({ action: 'off', target: victim.name, code: 0 });
  const asked = cluster.lab.power.requests().findLast(({ node }) => node === victim.name);
  expect(asked?.atNs).toBeGreaterThan(killed);
  for (const start of runsElsewhere(cluster.lab, 'start', victim))
    expect(start.beginNs).toBeGreaterThan(shot!.endNs);
  await expectOrder(witness!, mark, [/fencing of .* is confirmed/, /start of address/]);
});

test('a node that is cut off goes on until it is shot: never are there two', async () => {
  const victim = await cluster.server();
  const [witness] = cluster.others(victim);
  await victim.drop();
  const answer = await cluster.client.served(now(), 20_000);
  expect(answer.node).not.toBe(victim.name);
  expect(victim.pid()).toBeUndefined();
  const [shot] = fencings(cluster.lab);
  expect(shot).toMatchObject({ target: victim.name, code: 0 });
  for (const start of runsElsewhere(cluster.lab, 'start', victim))
    expect(start.beginNs).toBeGreaterThan(shot!.endNs);
  // What the client saw agrees: the old one is never heard again after the new one has answered.
  const since = cluster.client.answers().findIndex(({ beginNs }) => beginNs >= answer.beginNs);
  const later = cluster.client.answers().slice(since);
  expect(new Set(later.map(({ node }) => node))).not.toContain(victim.name);
  await untilSettled([witness!]);
});

test('holdfastd is killed twenty times while a client asks: not one request is lost', async () => {
  const node = await cluster.server();
  const mark = cluster.patient.begin();
  const before = servers(node);
  // Each twice in a row, as soon as it takes part again: then much is still being looked for.
  for (let time = 0; time < 20; time++)
    await killInPassing(cluster.nodes[Math.floor(time / 2) % cluster.nodes.length]!);
  await untilSettled(cluster.nodes);
  const { answers, lost } = await cluster.patient.lostSince(mark);
  expect(answers.length).toBeGreaterThan(100);
  expect(lost).toEqual([]);
  expect(new Set(answers.map((answer) => answer.node))).toEqual(new Set([node.name]));
  // A monitor may be testing the configuration just now: that is an nginx more.
  expect(servers(node)).toEqual(expect.arrayContaining([...before]));
  const stamps = readStamps(cluster.lab);
  expect(stamps.filter(({ action }) => action === 'start' || action === 'stop')).toEqual([]);
  expect(fencings(cluster.lab)).toEqual([]);
}, 120_000);

/** Kills the daemon; answers as soon as the next one takes part in what the cluster does. */
async function killInPassing(node: LabNode): Promise<void> {
  const killed = daemonProcess(node)?.pid;
  killDaemon(node);
  const isBack = async () => {
    const pid = daemonProcess(node)?.pid;
    if (pid === undefined || pid === killed) return false;
    const seen = await status(node).catch(() => undefined);
    return seen?.quorum.acting === true && seen.quorum.members.includes(node.name);
  };
  await until(`another holdfastd takes part on ${node.name}`, isBack, 30_000, 50);
}

test('a service inherits neither scheduling nor OOM score nor cgroup of the daemon', async () => {
  const node = await cluster.server();
  const daemon = daemonProcess(node)!.pid;
  const [server] = servers(node);
  const proc = (pid: number, file: string) => readFileSync(`/proc/${String(pid)}/${file}`, 'utf8');
  const policy = (pid: number) => /^policy\s*:\s*(\d+)/m.exec(proc(pid, 'sched'))?.[1];
  const realTime = (await mayBeScheduled()) ? '2' : '0'; // SCHED_RR, SCHED_OTHER: sched(7)
  expect([policy(daemon), policy(server!)]).toEqual([realTime, '0']);
  expect(proc(server!, 'oom_score_adj')).toBe('0\n');
  const cgroup = (pid: number) => /^0::(.*)$/m.exec(proc(pid, 'cgroup'))?.[1] ?? '';
  expect(cgroup(daemon)).toMatch(/\/system\.slice\/holdfastd\.service$/);
  expect(cgroup(server!)).toMatch(/\/holdfast\/server\.resource\/op-\d+-start$/);
  const limits = (pid: number) => /^Max open files\s+(\d+)/m.exec(proc(pid, 'limits'))?.[1];
  expect(limits(server!)).toBe('1024');
  expect(runsOn(await status(anyOf(cluster.nodes)), 'web')).toBe(node.name);
});

/** The texts come in this order in the history. */
async function expectOrder(
  node: Parameters<typeof eventsSince>[0],
  mark: number,
  texts: readonly RegExp[],
): Promise<void> {
  const told = (await eventsSince(node, mark)).map(({ text }) => text);
  const places = texts.map((text) => told.findIndex((each) => text.test(each)));
  if (places.includes(-1)) throw new Error(`not all is told:\n${told.join('\n')}`);
  expect(places).toEqual([...places].sort((a, b) => a - b));
}
