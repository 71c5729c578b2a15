/** `ocf:heartbeat:VirtualDomain` as it is: live between the libvirts of two nodes of a real cluster. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { obstacle as noLibvirt } from '../agents/hypervisor.ts';
import { obstacle as noGuest } from '../guest/archive.ts';
import { patientService, type PatientClient } from '../lab/client.ts';
import * as product from '../lab/product.ts';
import { until } from '../lab/run.ts';
import { GUEST_ADDRESS } from './guest.ts';
import { createMachinesLab, type MachinesLab } from './lab.ts';
import { domainFile, startLibvirt, virsh } from './libvirt.ts';

const missing = noLibvirt() ?? noGuest();
if (missing !== undefined) console.warn(`left out: domains of libvirt: ${missing}`);

let machines: MachinesLab;
let client: PatientClient;

const lastAnswer = async (): Promise<string | undefined> =>
  (await client.lostSince(client.begin() - 1)).answers.at(-1)?.node;
const runsOn = async (): Promise<string | undefined> =>
  product.runsOn(await product.status(machines.anyNode()), 'shop');
/** By libvirt's own word, not by the cluster's. */
const whereLibvirtRunsIt = async (): Promise<readonly string[]> => {
  const running = await Promise.all(
    machines.lab.nodes.map(
      async (node) => [node.name, await virsh(node, 'list', '--name')] as const,
    ),
  );
  return running.filter(([, names]) => names.includes('shop')).map(([name]) => name);
};

describe.skipIf(missing !== undefined)('a domain of libvirt', () => {
  beforeAll(async () => {
    machines = await createMachinesLab(undefined, startLibvirt);
    await machines.apply(resource(domainFile(machines, 'shop', GUEST_ADDRESS)));
    client = patientService(machines.lab.observer, { address: GUEST_ADDRESS, intervalMs: 200 });
    await until('the guest answers', async () => (await lastAnswer()) !== undefined);
  });
  afterAll(async () => {
    client?.stop();
    await machines?.close();
  });

  test('moves live from libvirt to libvirt: no request is lost, it is the same boot', async () => {
    const [from, boot] = [await runsOn(), await lastAnswer()];
    const to = machines.lab.nodes.find((node) => node.name !== from)!;
    const mark = client.begin();
    const words = ['resource', 'move', 'shop', '--to', to.name, '--live', '--wait'];
    const said = await product.holdfastAsk(machines.anyNode(), ...words);
    expect(said).toContain('shop moves while it runs.');
    expect(await runsOn()).toBe(to.name);
    expect(await whereLibvirtRunsIt()).toEqual([to.name]);
    const { answers, lost } = await client.lostSince(mark);
    expect(lost).toEqual([]);
    expect([...new Set(answers.map(({ node }) => node))]).toEqual([boot]);
  });

  test('is shut down by its power button where it has moved to', async () => {
    const host = machines.lab.node((await runsOn())!);
    await product.holdfastAsk(host, 'resource', 'stop', 'shop', '--wait');
    expect(await whereLibvirtRunsIt()).toEqual([]);
    expect(await host.ask(['cat', '/run/shop.serial'])).toContain('guest: power button');
  });
});

const resource = (config: string): string => `
  shop:
    agent: ocf:heartbeat:VirtualDomain
    parameters:
      config: ${config}
      hypervisor: qemu:///system
      migration_transport: tcp
      # One file system of one kernel: libvirt does not see that the nodes share it.
      migrate_options: --unsafe
    monitor: 2s
    meta: { allow-migrate: true }
    operations: { stop: { timeout: 60s } }
`;
