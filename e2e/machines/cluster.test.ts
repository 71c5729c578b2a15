/** A machine in a real cluster: it moves live by command, and boots elsewhere when its host dies. */
import { copyFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KERNEL, obstacle } from '../guest/archive.ts';
import { patientService, type PatientClient } from '../lab/client.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import * as product from '../lab/product.ts';
import { until } from '../lab/run.ts';
import { GUEST_ADDRESS, kernelWords, packGuest } from './guest.ts';

const missing = obstacle();
if (missing !== undefined) console.warn(`left out: a machine in a cluster: ${missing}`);

let lab: Lab;
let client: PatientClient;

/** The node's cable ends in a bridge, where its machines are plugged in as well. */
async function bridged(node: LabNode): Promise<void> {
  const ip = (text: string): Promise<string> => node.ask(['ip', ...text.split(' ')]);
  const address = `10.77.0.${node.name.slice(1)}/24`;
  await ip('link add br0 type bridge forward_delay 0');
  await ip(`address del ${address} dev eth0`);
  await ip(`address add ${address} dev br0`);
  await ip('link set eth0 master br0');
  await ip('link set br0 up');
}

const runsOn = async (): Promise<string | undefined> =>
  product.runsOn(await product.status(lab.nodes.find((node) => node.pid() !== undefined)!), 'vm');

async function lastAnswer(): Promise<string | undefined> {
  const { answers } = await client.lostSince(client.begin() - 1);
  return answers.at(-1)?.node;
}

describe.skipIf(missing !== undefined)('a machine in a cluster', () => {
  beforeAll(async () => {
    lab = await createLab();
    const shared = (name: string): string => join(lab.sharedDirectory, name);
    copyFileSync(KERNEL, shared('vmlinuz'));
    packGuest(shared('guest.cpio'));
    writeFileSync(shared('disk.raw'), '');
    truncateSync(shared('disk.raw'), 16 << 20);
    writeFileSync(shared('machine.yaml'), configuration);
    await Promise.all(lab.nodes.map(bridged));
    await lab.startCorosync();
    await Promise.all(lab.nodes.map((node) => product.startDaemon(node)));
    await product.untilSettled(lab.nodes);
    await product.holdfastAsk(lab.nodes[0]!, 'apply', '--yes', '-f', '/run/lab/machine.yaml');
    await product.untilSettled(lab.nodes);
    client = patientService(lab.observer, { address: GUEST_ADDRESS });
    await until('the guest answers', async () => (await lastAnswer()) !== undefined);
  });
  afterAll(async () => {
    client.stop();
    await lab.close();
  });

  test('moves live by command: no request is lost, and it is the same boot', async () => {
    const [from, boot] = [await runsOn(), await lastAnswer()];
    const to = lab.nodes.find((node) => node.name !== from)!;
    const mark = client.begin();
    await product.holdfastAsk(lab.nodes[0]!, 'resource', 'move', 'vm', to.name, '--wait');
    expect(await runsOn()).toBe(to.name);
    const { answers, lost } = await client.lostSince(mark);
    expect(lost).toEqual([]);
    expect([...new Set(answers.map(({ node }) => node))]).toEqual([boot]);
  });

  test('boots on another node when its host loses power', async () => {
    const [host, boot] = [await runsOn(), await lastAnswer()];
    await lab.node(host!).kill();
    await until('another boot answers', async () => {
      const now = await lastAnswer();
      return now !== undefined && now !== boot;
    });
    expect(await runsOn()).not.toBe(host);
  });
});

const configuration = `
version: 1
cluster: machines
nodes: { n1: {}, n2: {}, n3: {} }
fencing:
  devices:
    power: { agent: fence_lab, action: off, timeout: 2s }
resources:
  vm:
    agent: vm
    parameters:
      memory: 96
      accelerator: tcg
      kernel: /run/lab/vmlinuz
      initrd: /run/lab/guest.cpio
      append: ${kernelWords().trim()}
      disks: /run/lab/disk.raw
      networks: br0
      http: http://${GUEST_ADDRESS}/boot
    monitor: 1s
`;
