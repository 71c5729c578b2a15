/** A container in a real cluster: moved by command, and started elsewhere when its host dies. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pollService, type ServiceClient } from '../lab/client.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import * as product from '../lab/product.ts';
import { until } from '../lab/run.ts';
import { bridged } from '../machines/lab.ts';
import { clusterOf, containerText, installRuntime, startCluster } from './on-nodes.ts';
import { obstacle } from './room.ts';

const missing = obstacle();
if (missing !== undefined) console.warn(`left out: a container in a cluster: ${missing}`);

const ADDRESS = '10.77.0.211';
let lab: Lab;
let client: ServiceClient;

async function prepare(node: LabNode): Promise<void> {
  await installRuntime(node);
  await bridged(node);
}

const runsOn = async (): Promise<string | undefined> =>
  product.runsOn(await product.status(lab.nodes.find((node) => node.pid() !== undefined)!), 'web');

describe.skipIf(missing !== undefined)('a container in a cluster', () => {
  beforeAll(async () => {
    lab = await createLab();
    await startCluster(lab, configuration, prepare);
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
    expect(said).toContain(
      'web stops and starts: a container takes its memory along with allow-migrate',
    );
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

const configuration = clusterOf(containerText('web', ADDRESS));
