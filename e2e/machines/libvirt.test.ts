/** `ocf:heartbeat:VirtualDomain` as it is: live between the libvirts of two nodes of a real cluster. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { obstacle as noLibvirt } from '../agents/hypervisor.ts';
import { obstacle as noGuest } from '../guest/archive.ts';
import { patientService, type PatientClient } from '../lab/client.ts';
import type { LabNode } from '../lab/node.ts';
import * as product from '../lab/product.ts';
import { until } from '../lab/run.ts';
import { GUEST_ADDRESS } from './guest.ts';
import { createMachinesLab, type MachinesLab } from './lab.ts';
import { domainFile, startLibvirt, virsh } from './libvirt.ts';

const missing = noLibvirt() ?? noGuest();
if (missing !== undefined) console.warn(`left out: domains of libvirt: ${missing}`);

/** For both stories: the first one's domain is stopped, and no resource any more, when the second begins. */
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

beforeAll(async () => {
  if (missing === undefined) machines = await createMachinesLab(undefined, startLibvirt);
});
afterAll(() => machines?.close());

describe.skipIf(missing !== undefined)('a domain of libvirt', () => {
  beforeAll(async () => {
    await machines.apply(resource(domainFile(machines, 'shop', GUEST_ADDRESS)));
    client = patientService(machines.lab.observer, { address: GUEST_ADDRESS, intervalMs: 200 });
    await until('the guest answers', async () => (await lastAnswer()) !== undefined, 60_000);
  });
  afterAll(() => client?.stop());

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

/** One runs on n1 and is defined on n2 as well, one is only defined, one is in libvirt's memory alone. */
async function beginByHand(): Promise<void> {
  const [n1, n2, n3] = machines.lab.nodes as [LabNode, LabNode, LabNode];
  await virsh(n1, 'define', domainFile(machines, 'shop', GUEST_ADDRESS));
  await virsh(n1, 'start', 'shop');
  const definition = join(machines.lab.sharedDirectory, 'defined.xml');
  writeFileSync(definition, await virsh(n1, 'dumpxml', '--inactive', 'shop'));
  await virsh(n2, 'define', '/run/lab/defined.xml');
  await virsh(n2, 'autostart', 'shop');
  await virsh(n2, 'define', domainFile(machines, 'wiki', '10.77.0.211'));
  await virsh(n3, 'create', domainFile(machines, 'cart', '10.77.0.212'));
}

describe.skipIf(missing !== undefined)('domains that libvirt had before', () => {
  const ask = async (...words: readonly string[]): Promise<string> =>
    (await product.holdfastAsk(machines.anyNode(), ...words)).replaceAll(/\s+/g, ' ');
  const node = (name: string): LabNode => machines.lab.node(name);
  const autostart = async (): Promise<boolean> =>
    /Autostart: +enable/.test(await virsh(node('n2'), 'dominfo', 'shop'));

  beforeAll(async () => {
    await machines.apply('');
    await beginByHand();
  });

  test('are told with what is missing elsewhere, and those that are off by themselves', async () => {
    const told = await ask('adopt', '--vms', '--dry-run');
    expect(told).toContain('Would adopt shop as they run');
    expect(told).toContain('n3 has no /etc/libvirt/qemu/shop.xml: it can neither start nor move');
    expect(told).toContain("switches off libvirt's autostart of shop on n2");
    expect(told).toContain('off, and left alone unless named: wiki on n2');
    expect(told).toContain('n3: cart is left out: it runs without /etc/libvirt/qemu/cart.xml');
  });

  test('become resources as they run, and no other libvirt starts them', async () => {
    const before = await virsh(node('n1'), 'domid', 'shop');
    await ask('adopt', '--vms', '--wait');
    expect(await virsh(node('n1'), 'domid', 'shop')).toBe(before);
    expect(product.runsOn(await product.status(node('n1')), 'shop')).toBe('n1');
    expect(await autostart()).toBe(false);
    expect(await ask('export')).not.toContain('wiki');
  });

  test('stay off when they are asked for, until they are started', async () => {
    await ask('adopt', '--vms', 'wiki', '--wait');
    expect(product.runsOn(await product.status(node('n1')), 'wiki')).toBeUndefined();
    await ask('resource', 'start', 'wiki', '--wait');
    expect(product.runsOn(await product.status(node('n1')), 'wiki')).toBe('n2');
  });

  test('are given back with their autostart', async () => {
    await ask('release', 'shop');
    expect(await autostart()).toBe(true);
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
