import { afterAll, beforeAll, expect, test } from 'vitest';
import { pollService } from './client.ts';
import { createLab } from './lab.ts';
import type { Lab } from './lab.ts';
import { measureNodeLoss } from './measure.ts';
import { untilMembers } from './membership.ts';
import type { LabNode } from './node.ts';
import { forgetStamps, readStamps } from './stamps.ts';
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

/** What a cluster manager would do, without one: starts the service when the other node is lost. */
async function takeOver(node: LabNode): Promise<void> {
  await untilMembers([node], [node.id], false);
  await start(node);
}

test('a lost node: what a client outside sees, split among those who caused it', async () => {
  const [first, second] = [lab.node('n1'), lab.node('n2')];
  await lab.startCorosync();
  await start(first);
  const client = pollService(lab.observer, { address: webAddress });
  const kept = pollService(lab.observer, { address: webAddress, kept: true });
  expect((await client.served()).node).toBe('n1');
  await kept.served();
  forgetStamps(lab);

  const taken = takeOver(second);
  const parts = await measureNodeLoss({ lab, client }, first);
  await taken;
  expect((await client.served()).node).toBe('n2');
  expect((await kept.served()).node).toBe('n2');
  expect(parts.detectionMs).toBeGreaterThan(300); // The token's time at least.
  expect(parts.detectionMs).toBeLessThan(2000);
  expect(parts.agentsMs).toBeGreaterThan(20);
  expect(parts.fencingMs).toBe(0);
  expect(parts.totalMs).toBeGreaterThan(parts.detectionMs + parts.agentsMs);
  expect(client.outages()).toMatchObject([{ before: 'n1', after: 'n2' }]);
  client.stop();
  kept.stop();
});

test('each run of a timed agent leaves a stamp with its times and its exit code', () => {
  const stamps = readStamps(lab);
  const starts = stamps.filter((stamp) => stamp.kind === 'agent' && stamp.action === 'start');
  expect(starts).toMatchObject([
    { node: 'n2', agent: 'IPaddr2', resource: 'address', code: 0 },
    { node: 'n2', agent: 'nginx', resource: 'server', code: 0 },
  ]);
  const now = process.hrtime.bigint();
  for (const { beginNs, endNs } of starts) {
    expect(beginNs < endNs && endNs < now).toBe(true);
    expect(Number(endNs - beginNs) / 1e6).toBeGreaterThan(5);
  }
});
