/** The disk beneath the daemon's state: full, and damaged. */
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { LabNode } from '../lab/node.ts';
import {
  daemonProcess,
  killDaemon,
  runsOn,
  startDaemon,
  status,
  untilSettled,
} from '../lab/product.ts';
import { sleep, until } from '../lab/run.ts';
import { createWebCluster, fencings, holdfast, servers, untilStatus } from './cluster.ts';
import type { WebCluster } from './cluster.ts';

let cluster: WebCluster;
/** Its state is on a small file system of its own. */
const small = 'n2';
const directory = '/var/lib/holdfast';

beforeAll(async () => {
  cluster = await createWebCluster(async (lab) => {
    const options = ['-o', 'size=4m,mode=700'];
    await lab.node(small).ask(['mount', '-t', 'tmpfs', ...options, 'small', directory]);
  });
});
afterAll(() => cluster.close());
afterEach(() => cluster.restore());

test('a full disk is said, stops nothing, and is got over when there is room again', async () => {
  const node = cluster.lab.node(small);
  const [other] = cluster.others(node);
  const mark = cluster.patient.begin();
  const fill = `dd if=/dev/zero of=${directory}/filler bs=64k 2>/dev/null; dd if=/dev/zero of=${directory}/rest bs=1 2>/dev/null`;
  await node.exec(['sh', '-c', fill]);
  const full = await untilStatus(node, 'its disk is full', async ({ alarms }) => {
    if (alarms.some(({ text }) => /disk/i.test(text))) return true;
    // The last block of a file has room for some records more. The majority has room for all.
    const changed = await holdfast(other!, 'node', 'maintenance', 'n3', '--for', '1h');
    expect(changed).toMatchObject({ code: 0 });
    return false;
  });
  expect(full.alarms.map(({ text }) => text).join('\n')).toMatch(/ENOSPC|no space/i);
  const said = new RegExp(`^${small} cannot write its state`);
  const elsewhere = await untilStatus(other!, 'the others are told', ({ alarms }) =>
    alarms.some(({ text }) => said.test(text)),
  );
  for (const { alarms } of [full, elsewhere]) {
    expect(alarms.filter(({ text }) => /disk/i.test(text))).toHaveLength(1);
  }
  await node.ask(['rm', `${directory}/filler`, `${directory}/rest`]);
  await holdfast(other!, 'node', 'online', 'n3');
  const well = await untilStatus(
    node,
    'all is well',
    ({ alarms, marks, quorum }) =>
      alarms.length === 0 && marks.length === 0 && quorum.members.length === 3,
  );
  expect(well.settled).toBe(true);
  expect((await cluster.patient.lostSince(mark)).lost).toEqual([]);
  expect(fencings(cluster.lab)).toEqual([]);
}, 60_000);

test('a flipped bit in the log: kept aside and named, nothing is lost, nothing stops', async () => {
  const node = cluster.lab.node('n3');
  const running = await cluster.server();
  const before = { version: (await status(node)).configuration.version, servers: servers(running) };
  // Without its supervisor: it must stay away while its disk is damaged.
  await stopDaemon(node);
  flipBit(join(node.directory, 'lib-holdfast', 'store'));
  await startDaemon(node);
  const seen = await untilSettled(cluster.nodes);
  expect(seen.configuration.version).toBe(before.version);
  const own = await untilStatus(node, 'the damage is named', ({ alarms }) =>
    alarms.some(({ text }) => /damaged/.test(text)),
  );
  const named = own.alarms.map(({ text }) => text).find((text) => /damaged/.test(text)) ?? '';
  const kept = readdirSync(join(node.directory, 'lib-holdfast', 'store'));
  expect(kept.filter((name) => name.includes('.damaged-') && named.includes(name))).toHaveLength(1);
  expect(runsOn(seen, 'web')).toBe(running.name);
  // A monitor may be testing the configuration just now: that is an nginx more.
  expect(servers(running)).toEqual(expect.arrayContaining([...before.servers]));
  expect(fencings(cluster.lab)).toEqual([]);
}, 60_000);

/** Ends the daemon together with what would start it again. */
async function stopDaemon(node: LabNode): Promise<void> {
  const supervisor = node.processes().find(({ name }) => name.startsWith('enter'));
  if (supervisor !== undefined) process.kill(supervisor.pid, 'SIGKILL');
  killDaemon(node);
  await until('it is gone', () => daemonProcess(node) === undefined);
  await sleep(300);
}

/** In the middle of the log that is in use. */
function flipBit(store: string): void {
  const logs = readdirSync(store).filter((name) => /^log-\d+$/.test(name));
  const newest = logs.sort((a, b) => Number(b.slice(4)) - Number(a.slice(4)))[0] ?? '';
  const path = join(store, newest);
  const bytes = readFileSync(path);
  const middle = Math.floor(statSync(path).size / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 4, middle);
  writeFileSync(path, bytes);
}
