import { afterAll, beforeAll, expect, test } from 'vitest';
import { pollService } from './client.ts';
import { createLab } from './lab.ts';
import type { Lab } from './lab.ts';
import type { LabNode } from './node.ts';
import { awayMs } from './outages.ts';
import { readStamps } from './stamps.ts';
import { installWebServer, webAddress } from './web.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await createLab({ nodes: 2, timedAgents: ['IPaddr2', 'nginx'] });
  installWebServer(lab);
});

afterAll(async () => {
  await lab.close();
});

const agents = '/usr/lib/ocf/resource.d/heartbeat';

/** Runs an agent as a cluster manager would (OCF Resource Agent API 1.0, 3.3 and 4.1). */
function agent(node: LabNode, name: string, action: string, resource: string): Promise<string> {
  return node.ask([`${agents}/${name}`, action], {
    environment: {
      OCF_ROOT: '/usr/lib/ocf',
      OCF_RESOURCE_INSTANCE: resource,
      OCF_RESKEY_ip: webAddress,
      OCF_RESKEY_cidr_netmask: '24',
    },
  });
}

async function start(node: LabNode): Promise<void> {
  await agent(node, 'IPaddr2', 'start', 'address');
  await agent(node, 'nginx', 'start', 'server');
}

test('a client in the observer measures how long a service was away', async () => {
  const [first, second] = [lab.node('n1'), lab.node('n2')];
  await start(first);
  const client = pollService(lab.observer, { address: webAddress });
  const kept = pollService(lab.observer, { address: webAddress, kept: true });
  expect((await client.served()).node).toBe('n1');
  await kept.served();

  const faultNs = process.hrtime.bigint();
  await first.kill();
  await start(second);
  const startedNs = process.hrtime.bigint();
  const back = await client.served(startedNs);
  expect(back.node).toBe('n2');
  const away = awayMs(client.answers(), faultNs)!;
  expect(away).toBeGreaterThan(20);
  expect(away).toBeLessThan(5000);
  expect((await kept.served(startedNs)).node).toBe('n2');
  client.stop();
  kept.stop();
});

test('each run of a timed agent leaves a stamp with its times and its exit code', () => {
  const stamps = readStamps(lab);
  const starts = stamps.filter((stamp) => stamp.kind === 'agent' && stamp.action === 'start');
  expect(starts).toMatchObject([
    { node: 'n1', agent: 'IPaddr2', resource: 'address', code: 0 },
    { node: 'n1', agent: 'nginx', resource: 'server', code: 0 },
    { node: 'n2', agent: 'IPaddr2', resource: 'address', code: 0 },
    { node: 'n2', agent: 'nginx', resource: 'server', code: 0 },
  ]);
  const now = process.hrtime.bigint();
  for (const { beginNs, endNs } of starts) {
    expect(beginNs < endNs && endNs < now).toBe(true);
    expect(Number(endNs - beginNs) / 1e6).toBeGreaterThan(5);
  }
});
