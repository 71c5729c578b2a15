/**
 * What becomes of machines when a daemon is ended, a host is shut down, or the whole cluster is stopped: the
 * manual's table "When a node, or its daemon, goes" (docs/manual/machines.md), on real guests.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventView } from '../../src/core/view/types.ts';
import { obstacle } from '../guest/archive.ts';
import { patientService, type PatientClient } from '../lab/client.ts';
import { signal } from '../lab/host.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import * as product from '../lab/product.ts';
import { sleep, until } from '../lab/run.ts';
import { repository } from '../lab/toolchain.ts';
import { nodesWithQemu, qemusOf } from './copies.ts';
import { GUEST_ADDRESS, kernelWords } from './guest.ts';
import { createMachinesLab, machineText, type MachinesLab } from './lab.ts';
import { followLedger, type Ledger } from './ledger.ts';

const missing = obstacle();
if (missing !== undefined) console.warn(`left out: machines of nodes that leave: ${missing}`);

const timeout = 300_000;
const bootMs = 120_000;

let machines: MachinesLab;
let lab: Lab;
let client: PatientClient;
let ledger: Ledger;

/** `shop` moves live; `fixed` does not. Both hear the power button, both like n1. */
const configuration = (disks: string): string => `${machineText('shop', {
  address: GUEST_ADDRESS,
  disks,
})}
  fixed:
    agent: vm
    meta: { allow-migrate: false }
    parameters:
      memory: 96
      accelerator: tcg
      kernel: /run/lab/vmlinuz
      initrd: /run/lab/guest.cpio
      append: ${kernelWords()}
    operations: { stop: { timeout: 60s } }
options: { fencing-loop-limit: 0 }
constraints:
  - location: shop
    prefers: { n1: 10 }
  - location: fixed
    prefers: { n1: 10 }
`;

/** As systemd ends a service: SIGTERM, and nobody starts it again. */
async function endDaemon(node: LabNode): Promise<void> {
  withoutSupervisor(node);
  const daemon = product.daemonProcess(node);
  if (daemon !== undefined) signal(daemon.pid, 'SIGTERM');
  await until('the daemon has ended', () => product.daemonProcess(node) === undefined);
}

/** Who would start the daemon again is gone. */
function withoutSupervisor(node: LabNode): void {
  const supervisor = node.processes().find(({ name }) => name.startsWith('enter'));
  if (supervisor !== undefined) signal(supervisor.pid, 'SIGKILL');
}

/** The command with which the unit has the node leave while the machine goes down. */
function leaveCommand(): readonly string[] {
  const unit = readFileSync(join(repository, 'packaging/systemd/holdfast-leave.service'), 'utf8');
  const [, line = ''] = /^ExecStop=-\/usr\/bin\/holdfast (.+)$/m.exec(unit) ?? [];
  return line.split(' ');
}

const lastNumber = async (node: LabNode): Promise<number> =>
  (await product.history(node)).at(-1)?.number ?? 0;

async function storySince(node: LabNode, number: number): Promise<readonly EventView[]> {
  return (await product.history(node)).filter((event) => event.number > number);
}

/** Their ends, as the cluster tells them. */
const stopsOf = (story: readonly EventView[], resource: string): readonly string[] =>
  story
    .filter((event) => event.resource === resource && event.operation === 'stop')
    .map(({ node, outcome }) => `${node ?? ''} ${outcome ?? ''}`);

const pidsOn = (node: LabNode): readonly number[] => qemusOf(node).map(({ pid }) => pid);

const places = async (node: LabNode): Promise<readonly (string | undefined)[]> => {
  const seen = await product.status(node);
  return ['shop', 'fixed'].map((name) => product.runsOn(seen, name));
};

describe.skipIf(missing !== undefined)('machines', () => {
  beforeAll(async () => {
    machines = await createMachinesLab();
    lab = machines.lab;
    await machines.apply(configuration(machines.image('disk.raw')));
    client = patientService(lab.observer, { address: GUEST_ADDRESS });
    ledger = followLedger(join(lab.sharedDirectory, 'disk.raw'));
    await until(
      'it answers',
      async () => (await client.lostSince(client.begin() - 1)).lost.length === 0,
    );
  }, timeout);
  afterAll(async () => {
    client.stop();
    ledger.close();
    await machines.close();
  });

  test(
    'run on when the daemon is stopped, and are found when it is started',
    async () => {
      const [n1, n2] = lab.nodes as [LabNode, LabNode];
      expect(await places(n2)).toEqual(['n1', 'n1']);
      const [before, number, mark] = [pidsOn(n1), await lastNumber(n2), client.begin()];
      await endDaemon(n1);
      await sleep(3000);
      const n1SeenBy = (await product.status(n2)).nodes.find(({ name }) => name === 'n1');
      expect(n1SeenBy?.state).not.toBe('online');
      expect(n1.pid()).toBeDefined();
      await product.startDaemon(n1);
      await product.untilSettled(lab.nodes);
      expect(await places(n2)).toEqual(['n1', 'n1']);
      expect(pidsOn(n1)).toEqual(before);
      expect((await client.lostSince(mark)).lost).toEqual([]);
      const story = await storySince(n2, number);
      expect(story.filter(({ kind }) => kind === 'fencing')).toEqual([]);
      expect(story.map(({ operation }) => operation)).not.toContain('start');
    },
    timeout,
  );

  test(
    'leave a host that is shut down: live where they can, the others shut down and boot elsewhere',
    async () => {
      const [n1, n2] = lab.nodes as [LabNode, LabNode];
      const [boot, number, mark] = [ledger.boot(), await lastNumber(n2), client.begin()];
      withoutSupervisor(n1);
      await product.holdfastAsk(n1, ...leaveCommand());
      await until('the daemon has ended', () => product.daemonProcess(n1) === undefined);
      expect(pidsOn(n1)).toEqual([]);
      await n1.stopCorosync();
      await n1.kill(); // the power goes last
      const seen = await product.untilSettled(lab.nodes.slice(1));
      expect(product.runsOn(seen, 'shop')).not.toBe('n1');
      expect(['n2', 'n3']).toContain(product.runsOn(seen, 'fixed'));
      expect((await client.lostSince(mark)).lost).toEqual([]);
      expect(ledger.boot()).toBe(boot);
      const story = await storySince(n2, number);
      expect(story.filter(({ kind }) => kind === 'fencing')).toEqual([]);
      const starts = story.filter(({ operation }) => operation === 'start');
      expect(starts.map(({ resource }) => resource)).toEqual(['fixed']);
      // Asked, not cut off.
      expect(stopsOf(story, 'fixed')).toEqual(['n1 ok']);
      await machines.restore();
    },
    timeout,
  );

  test(
    'of a node whose daemon stays away boot elsewhere when it was shot, and run once',
    async () => {
      await product.untilSettled(lab.nodes);
      const [home] = await places(machines.anyNode());
      const host = lab.node(home!);
      const other = lab.nodes.find((node) => node !== host)!;
      const [boot, number] = [ledger.boot(), await lastNumber(other)];
      await endDaemon(host);
      await until('another boot writes', () => ledger.boot() !== boot, bootMs, 100);
      const seen = await product.untilSettled(lab.nodes.filter((node) => node !== host));
      expect(host.pid()).toBeUndefined();
      expect(product.runsOn(seen, 'shop')).not.toBe(home);
      const kinds = (await storySince(other, number)).map(({ kind, operation, resource }) =>
        resource === 'shop' && operation === 'start' ? 'start' : kind,
      );
      expect(kinds.indexOf('start')).toBeGreaterThan(kinds.indexOf('fencing'));
      expect(ledger.violations).toEqual([]);
      await machines.restore();
    },
    timeout,
  );

  test(
    'shut down and boot nowhere when the whole cluster is stopped, and boot when it is started',
    async () => {
      const node = machines.anyNode();
      const boot = ledger.boot();
      for (const each of lab.nodes) withoutSupervisor(each);
      const story: EventView[] = [];
      const following = product.followHistory(node, (event) => story.push(event));
      await until('the story is told', () => story.length > 0);
      const stopped = await product.holdfastAsk(
        node,
        'cluster',
        'stop',
        '--all',
        '--yes',
        '--wait',
      );
      expect(stopped).toContain('leave together');
      const hasEnded = (each: LabNode): boolean => product.daemonProcess(each) === undefined;
      await until('all daemons have ended', () => lab.nodes.every(hasEnded), bootMs);
      expect(nodesWithQemu(lab)).toEqual([]);
      expect(ledger.boot()).toBe(boot);
      following.kill();
      const last = story.findIndex(({ text }) => text.includes('all leave together'));
      for (const name of ['shop', 'fixed']) {
        // Asked, not cut off.
        const ends = [expect.stringMatching(/^n[123] ok$/) as string];
        expect(stopsOf(story.slice(last), name)).toEqual(ends);
      }
      expect(lab.nodes.map((each) => each.pid() !== undefined)).toEqual([true, true, true]);
      await Promise.all(lab.nodes.map((each) => product.startDaemon(each)));
      await until('another boot writes', () => ledger.boot() !== boot, bootMs, 100);
      await product.untilSettled(lab.nodes, bootMs);
      expect(nodesWithQemu(lab)).toHaveLength(2);
      expect(ledger.violations).toEqual([]);
    },
    timeout,
  );
});
