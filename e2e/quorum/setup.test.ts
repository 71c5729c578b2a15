/** What `holdfast cluster setup` writes, as it is, in front of a real Corosync. */
import type { StatusView } from '../../src/core/view/types.ts';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import { untilMembers } from '../lab/membership.ts';
import type { LabNode } from '../lab/node.ts';
import { holdfastAsk, startDaemon } from '../lab/product.ts';
import { sleep } from '../lab/run.ts';
import { untilStatus } from '../product/cluster.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await createLab({ nodes: 2 });
});
afterAll(() => lab?.close());

const FILES = ['corosync.conf', 'authkey'];
const fileOf = (node: LabNode, name: string): string => join(node.directory, 'etc-corosync', name);

async function setUp([first, ...others]: readonly LabNode[]): Promise<string> {
  if (first === undefined) throw new Error('no node to set up');
  for (const name of FILES) rmSync(fileOf(first, name));
  const words = lab.nodes.map(({ name, address }) => `${name}=${address}`);
  const said = await holdfastAsk(first, 'cluster', 'setup', '--name', 'web', ...words);
  for (const node of others)
    for (const name of FILES) copyFileSync(fileOf(first, name), fileOf(node, name));
  return said;
}

/** Listens to all that goes through the node's cable (packet(7)): how many packets, and the plain ones. */
async function overhear(node: LabNode): Promise<{ packets: number; plain: number }> {
  return JSON.parse(await node.ask(['python3', '-c', LISTEN])) as never;
}

/** The name of the daemons' CPG group stands in each of their messages. */
const LISTEN = `
import json, socket, time
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.settimeout(0.2)
end = time.monotonic() + 3
seen = []
while time.monotonic() < end:
    try: seen.append(wire.recv(65536))
    except TimeoutError: pass
print(json.dumps({"packets": len(seen), "plain": sum(b"holdfast" in one for one in seen)}))
`;

async function startDaemons(): Promise<StatusView> {
  await Promise.all(lab.nodes.map((node) => startDaemon(node)));
  return untilStatus(
    lab.nodes[0] as LabNode,
    'both are there',
    (seen) => seen.quorum.members.length === 2,
  );
}

test('the cluster comes up on it, encrypted, and the status has nothing to say against it', async () => {
  const [first, second] = lab.nodes as [LabNode, LabNode];
  const said = await setUp(lab.nodes);
  expect(said).toContain(`root@${second.address}:/etc/corosync/   # n2`);
  expect(said).not.toContain(`root@${first.address}:`);

  await lab.startCorosync();
  const seen = await startDaemons();
  expect(seen.cluster.name).toBe('web');
  expect(JSON.stringify(seen.alarms)).not.toMatch(/encrypt|two_node|authkey/);
  expect(seen.quorum.votes?.rules).toEqual(['two_node', 'wait_for_all']);
  const heard = await overhear(first);
  expect(heard.packets).toBeGreaterThan(20);
  expect(heard.plain).toBe(0);
}, 60_000);

test('who has another key does not get in', async () => {
  const [first, second] = lab.nodes as [LabNode, LabNode];
  await second.stopCorosync();
  const key = readFileSync(fileOf(first, 'authkey'));
  writeFileSync(fileOf(second, 'authkey'), randomBytes(256), { flag: 'w' });
  await second.startCorosync();
  await sleep(4000);
  await untilMembers([first], [first.id]);
  await untilMembers([second], [second.id], false);
  await second.stopCorosync();
  writeFileSync(fileOf(second, 'authkey'), key);
  await second.startCorosync();
  await untilMembers(lab.nodes, [first.id, second.id]);
}, 60_000);

test('what the listener would hear without it', async () => {
  for (const node of lab.nodes) await node.stopCorosync();
  const text = readFileSync(fileOf(lab.nodes[0] as LabNode, 'corosync.conf'), 'utf8');
  const plain = text
    .replace(/crypto_cipher: .*/, 'crypto_cipher: none')
    .replace(/crypto_hash: .*/, 'crypto_hash: none');
  for (const node of lab.nodes) writeFileSync(fileOf(node, 'corosync.conf'), plain);
  await lab.startCorosync();
  const seen = await startDaemons();
  expect(JSON.stringify(seen)).toContain("Corosync's traffic is not encrypted");
  expect((await overhear(lab.nodes[0] as LabNode)).plain).toBeGreaterThan(0);
}, 60_000);
