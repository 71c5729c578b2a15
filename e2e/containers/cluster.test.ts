/** A container in a real cluster: moved by command, and started elsewhere when its host dies. */
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pollService, type ServiceClient } from '../lab/client.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import * as product from '../lab/product.ts';
import { until } from '../lab/run.ts';
import { obstacle, unpacked } from './room.ts';

const missing = obstacle();
if (missing !== undefined) console.warn(`left out: a container in a cluster: ${missing}`);

const ADDRESS = '10.77.0.211';
let lab: Lab;
let client: ServiceClient;

/** The node has runc, and its cable ends in a bridge. */
async function prepare(node: LabNode): Promise<void> {
  const ask = (text: string): Promise<string> => node.ask(text.split(' '));
  await ask('mount -t tmpfs tmpfs /usr/local/bin');
  await ask(`cp ${unpacked}/usr/sbin/runc /usr/local/bin/runc`);
  const address = `10.77.0.${node.name.slice(1)}/24`;
  await ask('ip link add br0 type bridge forward_delay 0');
  await ask(`ip address del ${address} dev eth0`);
  await ask(`ip address add ${address} dev br0`);
  await ask('ip link set eth0 master br0');
  await ask('ip link set br0 up');
}

/** Busybox alone; each answer names the node that it comes from. */
function layRoot(root: string): void {
  for (const name of ['bin', 'proc', 'sys', 'dev', 'tmp']) {
    mkdirSync(join(root, name), { recursive: true });
  }
  cpSync('/bin/busybox', join(root, 'bin/busybox'));
  for (const name of ['sh', 'httpd', 'echo']) symlinkSync('busybox', join(root, 'bin', name));
}

const runsOn = async (): Promise<string | undefined> =>
  product.runsOn(await product.status(lab.nodes.find((node) => node.pid() !== undefined)!), 'web');

describe.skipIf(missing !== undefined)('a container in a cluster', () => {
  beforeAll(async () => {
    lab = await createLab();
    layRoot(join(lab.sharedDirectory, 'root'));
    writeFileSync(join(lab.sharedDirectory, 'container.yaml'), configuration);
    await Promise.all(lab.nodes.map(prepare));
    await lab.startCorosync();
    await Promise.all(lab.nodes.map((node) => product.startDaemon(node)));
    await product.untilSettled(lab.nodes);
    await product.holdfastAsk(lab.nodes[0]!, 'apply', '--yes', '-f', '/run/lab/container.yaml');
    await product.untilSettled(lab.nodes);
    client = pollService(lab.observer, { address: ADDRESS });
    await client.served();
  });
  afterAll(async () => {
    client.stop();
    await lab.close();
  });

  test('moves by a stop and a start, with its address', async () => {
    const from = await runsOn();
    const to = lab.nodes.find((node) => node.name !== from)!;
    const said = await product.holdfastAsk(lab.nodes[0]!, 'resource', 'move', 'web', to.name);
    expect(said).toContain('web stops and starts: a container cannot take its memory along');
    await product.untilSettled(lab.nodes);
    expect(await runsOn()).toBe(to.name);
    expect((await client.served()).node).toBe(to.name);
  });

  test('is started on another node when its host loses power', async () => {
    const host = await runsOn();
    await lab.node(host!).kill();
    await until('another node answers', async () => {
      const { node } = await client.served();
      return node !== host;
    });
    expect(await runsOn()).toBe((await client.served()).node);
  });
});

const script = [
  'mkdir -p /tmp/srv',
  'echo $HOLDFAST_NODE > /tmp/srv/index.html',
  'exec httpd -f -h /tmp/srv',
].join('; ');

const configuration = `
version: 1
cluster: containers
nodes: { n1: {}, n2: {}, n3: {} }
fencing:
  devices:
    power: { agent: fence_lab, action: off, timeout: 2s }
resources:
  web:
    agent: container
    parameters:
      runtime: runc
      root: /run/lab/root
      command: ${JSON.stringify(JSON.stringify(['/bin/sh', '-c', `/bin/busybox ${script}`]))}
      networks: br0,address=${ADDRESS}/24
      stop_signal: KILL
      tcp: 80
    monitor: 1s
`;
