/** A machine in a real cluster: it moves live by command, and boots elsewhere when its host dies. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asRecord, openQmp } from '../../src/agents/vm/qmp.ts';
import type { Transfer } from '../../src/core/model/transfer.ts';
import { obstacle } from '../guest/archive.ts';
import { patientService, type PatientClient } from '../lab/client.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import * as product from '../lab/product.ts';
import { until } from '../lab/run.ts';
import { GUEST_ADDRESS } from './guest.ts';
import { createMachinesLab, machineText, type MachinesLab } from './lab.ts';

const missing = obstacle();
if (missing !== undefined) console.warn(`left out: a machine in a cluster: ${missing}`);

let machines: MachinesLab;
let lab: Lab;
let client: PatientClient;

const runsOn = async (resource = 'vm'): Promise<string | undefined> =>
  product.runsOn(await product.status(machines.anyNode()), resource);

async function lastAnswer(): Promise<string | undefined> {
  const { answers } = await client.lostSince(client.begin() - 1);
  return answers.at(-1)?.node;
}

describe.skipIf(missing !== undefined)('a machine in a cluster', () => {
  beforeAll(async () => {
    machines = await createMachinesLab();
    lab = machines.lab;
    const vm = machineText('vm', { address: GUEST_ADDRESS, disks: machines.image('disk.raw') });
    await machines.apply(`${vm}${others}`);
    client = patientService(lab.observer, { address: GUEST_ADDRESS });
    await until('the guest answers', async () => (await lastAnswer()) !== undefined);
  });
  afterAll(async () => {
    client.stop();
    await machines.close();
  });

  test('moves live by command: no request is lost, and it is the same boot', async () => {
    const [from, boot] = [await runsOn(), await lastAnswer()];
    const to = lab.nodes.find((node) => node.name !== from)!;
    const mark = client.begin();
    const words = ['resource', 'move', 'vm', '--to', to.name, '--live', '--wait'];
    const said = await product.holdfastAsk(lab.nodes[0]!, ...words);
    expect(said).toContain('vm moves while it runs.');
    expect(await runsOn()).toBe(to.name);
    const { answers, lost } = await client.lostSince(mark);
    expect(lost).toEqual([]);
    expect([...new Set(answers.map(({ node }) => node))]).toEqual([boot]);
  });

  test('its host leaves and it moves live; who has it then minds neither who leaves nor the end of a daemon', async () => {
    // The others take their time to leave.
    const vm = machineText('vm', { address: GUEST_ADDRESS, disks: machines.image('disk.raw') });
    await machines.apply(vm);
    const [home, boot] = [(await runsOn())!, await lastAnswer()];
    const [asked, other] = lab.nodes.filter((node) => node.name !== home);
    const began = (await product.history(asked!)).at(-1)?.number ?? 0;
    await product.holdfastAsk(asked!, 'resource', 'clear', 'vm');
    await leave(asked!, home);
    const away = (await runsOn())!;
    expect(away).not.toBe(home);
    // There and back again: it has been to the node that leaves next.
    await product.holdfastAsk(asked!, 'resource', 'move', 'vm', home, '--live', '--wait');
    await product.clearMove(asked!, 'vm');
    await leave(lab.node(home), away);
    expect(await runsOn()).toBe(home);
    await product.restartDaemon(lab.node(home));
    await product.untilSettled([lab.node(home), other!]);
    expect(await runsOn()).toBe(home);
    expect(await lastAnswer()).toBe(boot);
    const story = (await product.history(asked!)).filter(({ number }) => number > began);
    const own = story.filter(({ resource }) => resource === 'vm');
    expect(own.map(({ operation }) => operation)).not.toContain('start');
    expect(own.filter(({ operation }) => operation === 'migrate_from')).toHaveLength(2);
    await machines.apply(`${vm}${others}`);
  });

  test('how it moves is changed while it runs, without a boot', async () => {
    const boot = await lastAnswer();
    const disks = machines.image('disk.raw');
    const changed = (...more: string[]): Promise<void> => {
      const vm = machineText('vm', { address: GUEST_ADDRESS, disks, more });
      return machines.apply(`${vm}${others}`);
    };
    await changed('migration_bandwidth: 500', 'migration_downtime: 200');
    const story = await product.history(lab.nodes[0]!);
    expect(story.findLast(({ resource }) => resource === 'vm')?.operation).not.toBe('start');
    expect(story.some(({ operation }) => operation === 'reload-agent')).toBe(true);
    expect(await lastAnswer()).toBe(boot);
    await changed();
    expect(await lastAnswer()).toBe(boot);
  });

  test('a move that cannot be live, or leads nowhere, is refused with the reason', async () => {
    const ask = (...words: readonly string[]): Promise<string> =>
      product.holdfastAsk(lab.nodes[0]!, 'resource', 'move', 'vm', ...words);
    await expect(ask((await runsOn())!)).rejects.toThrow('already');
    await expect(ask('--cancel')).rejects.toThrow('nothing to cancel');
    const here = await runsOn('fixed');
    const other = lab.nodes.find((node) => node.name !== here)!;
    const words = ['resource', 'move', 'fixed', other.name, '--live'];
    await expect(product.holdfastAsk(lab.nodes[0]!, ...words)).rejects.toThrow(
      /allow-migrate\s+is\s+false/,
    );
  });

  test('a slow move is seen on each node, and can be taken back: it stays, nothing has failed', async () => {
    const from = (await runsOn('slow'))!;
    const [to, other] = lab.nodes.filter((node) => node.name !== from);
    await product.holdfastAsk(to!, 'resource', 'move', 'slow', to!.name, '--live');
    const told: Transfer[] = [];
    await until('its progress is told', async () => {
      const { underWay } = await product.status(other!);
      told.push(...underWay.flatMap(({ transfer }) => transfer ?? []));
      return told.length > 0;
    });
    expect(told[0]).toMatchObject({ stage: 'memory' });
    expect(told[0]!.leftBytes).toBeGreaterThan(0);
    expect(told[0]!.bytesPerSecond).toBeLessThan(4 << 20);
    await product.holdfastAsk(other!, 'resource', 'move', 'slow', '--cancel', '--wait');
    const after = await product.untilSettled(lab.nodes);
    expect(product.runsOn(after, 'slow')).toBe(from);
    expect(after.failures).toEqual([]);
    const story = await product.history(other!);
    const ended = story.findLast(({ text }) => text.startsWith('migrate_to of slow'));
    expect(ended?.text).toContain('it runs on where it is');
    expect(ended?.text).toContain('not wanted any more');
  });

  test('what leaves a node shares its bandwidth, and has more when another one is taken back', async () => {
    const disks = machines.image('disk.raw');
    const vm = machineText('vm', { address: GUEST_ADDRESS, disks });
    const twins = ['one', 'two'].map((name) => small(name));
    const [n1, n2] = lab.nodes as [LabNode, LabNode];
    const there = ['one', 'two'].map((name) => `  - location: ${name}\n    prefers: { n1: 100 }\n`);
    const options = 'options: { migration-bandwidth: 2 }\n';
    await machines.apply(`${vm}${twins.join('')}${options}constraints:\n${there.join('')}`);
    const move = (...words: readonly string[]): Promise<string> =>
      product.holdfastAsk(n2, 'resource', 'move', ...words);
    await Promise.all([move('one', 'n2', '--live'), move('two', 'n2', '--live')]);
    const limits = (): Promise<unknown[]> =>
      Promise.all(['one', 'two'].map((name) => bandwidthOf(n1, name)));
    await until('each has its half', async () => String(await limits()) === `${MIB},${MIB}`);
    await move('one', '--cancel');
    await until('the other has all', async () => (await limits())[1] === 2 * MIB);
    await move('two', '--cancel', '--wait');
    await machines.apply(`${vm}${others}`);
  });

  test('leaves by itself, live and with its disk, before its pool is full', async () => {
    const [n1, n2] = lab.nodes as [LabNode, LabNode];
    for (const node of lab.nodes) {
      await node.ask(['mkdir', '/run/pool']);
      await node.ask(['mount', '-t', 'tmpfs', '-o', 'size=64M', 'tmpfs', '/run/pool']);
    }
    await n1.ask(['truncate', '-s', '32M', '/run/pool/thin.raw']);
    const vm = machineText('vm', { address: GUEST_ADDRESS, disks: machines.image('disk.raw') });
    const disk = 'disks: /run/pool/thin.raw,size=32M\n      migration_storage: copy';
    const there = 'constraints:\n  - location: thin\n    prefers: { n1: 100 }\n';
    await machines.apply(`${vm}${small('thin', disk)}${there}`);
    expect(await runsOn('thin')).toBe('n1');
    const began = (await product.history(n2)).at(-1)?.number ?? 0;
    // Somebody else's file: 1 MiB is left, and the image may grow by 32.
    await n1.ask(['fallocate', '-l', '63M', '/run/pool/other']);
    const hasLeft = async (): Promise<boolean> => ![undefined, 'n1'].includes(await runsOn('thin'));
    await until('it has left', hasLeft, 200_000, 1000);
    const after = await product.untilSettled(lab.nodes);
    expect(product.runsOn(after, 'thin')).not.toBe('n1');
    expect(after.failures).toEqual([]);
    const story = (await product.history(n2)).filter(({ number }) => number > began);
    const own = story.filter(({ resource }) => resource === 'thin');
    expect(own.map(({ operation }) => operation)).toContain('migrate_from');
    expect(own.map(({ operation }) => operation)).not.toContain('start');
    expect(await n1.ask(['cat', '/run/pool/thin.raw.stale'])).toContain('another node');
    await machines.apply(`${vm}${others}`);
  }, 300_000);

  test('boots on another node when its host loses power', async () => {
    const [host, boot] = [await runsOn(), await lastAnswer()];
    await lab.node(host!).kill();
    const bootsAnew = async (): Promise<boolean> => {
      const now = await lastAnswer();
      return now !== undefined && now !== boot;
    };
    await until('another boot answers', bootsAnew, 60_000);
    expect(await runsOn()).not.toBe(host);
  });
});

/** In good order; its daemon is started again at once, as by an administrator. */
async function leave(asked: LabNode, name: string): Promise<void> {
  await product.holdfastAsk(asked, 'node', 'stop', name, '--wait');
  await product.untilSettled(lab.nodes);
}

/** In bytes per second, as its QEMU on the node says. */
async function bandwidthOf(node: LabNode, resource: string): Promise<unknown> {
  const name = createHash('sha256').update(resource).digest('hex').slice(0, 16);
  const path = `/proc/${String(node.pid())}/root/run/holdfast/machines/${name}/watch`;
  const qmp = await openQmp(path, AbortSignal.timeout(5000));
  return qmp
    .ask('query-migrate-parameters')
    .then((answer) => asRecord(answer)['max-bandwidth'])
    .finally(() => qmp.close());
}

const MIB = 1_048_576;

/** Without network; its kernel fills memory that takes a while to be sent. */
const small = (name: string, more = ''): string => `
  ${name}:
    agent: vm
    parameters:
      memory: 64
      accelerator: tcg
      kernel: /run/lab/vmlinuz
      initrd: /run/lab/guest.cpio
      append: quiet no_timer_check
      ${more}
`;

const others = `${small('slow', 'migration_bandwidth: 1')}
  fixed:
    agent: vm
    meta: { allow-migrate: false }
    parameters: { memory: 32, accelerator: tcg }
    operations: { stop: { timeout: 4s } } # nothing in it hears the power button
`;
