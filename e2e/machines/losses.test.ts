/** A host is lost amid a live migration, or a machine that has gone on before all of it was there. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { EventView } from '../../src/core/view/types.ts';
import { obstacle } from '../guest/archive.ts';
import { pollService } from '../lab/client.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import * as product from '../lab/product.ts';
import { until } from '../lab/run.ts';
import { endQemu, nodesWithQemu } from './copies.ts';
import { GUEST_ADDRESS } from './guest.ts';
import { createMachinesLab, machineText, type MachinesLab } from './lab.ts';
import { followLedger, type Ledger } from './ledger.ts';
import { lookAtStage, type MigrationStage } from './migration-stage.ts';

const missing = obstacle();
if (missing !== undefined) console.warn(`left out: hosts lost amid a move: ${missing}`);

/** A guest that boots in software, after a node was shot and its remains were given up, on a busy machine. */
const bootMs = 100_000;
const timeout = 300_000;
const moveMs = 60_000;
const triesMax = 5;

let machines: MachinesLab;
let lab: Lab;
let ledger: Ledger;

interface Way {
  readonly from: LabNode;
  readonly to: LabNode;
}

/**
 * Asks for the live move, and waits until the source is at this stage of it. On a busy machine a guest may write so
 * little that it is through before: then once more.
 */
async function moveUntil(stage: MigrationStage): Promise<Way> {
  for (let tries = 1; tries <= triesMax; tries++) {
    const from = lab.node(product.runsOn(await product.status(machines.anyNode()), 'vm') ?? '');
    const to = lab.nodes.find((node) => node !== from)!;
    const look = await lookAtStage(from, AbortSignal.timeout(moveMs));
    await product.holdfastAsk(to, 'resource', 'move', 'vm', to.name, '--live');
    let seen: MigrationStage = 'before migrate_to';
    const isThere = async (): Promise<boolean> => {
      seen = await look.stage();
      return seen === stage || seen === 'after';
    };
    await until(`the move is in ${stage}`, isThere, moveMs, 20).finally(look.close);
    if (seen === stage) return { from, to };
    await product.untilSettled(lab.nodes);
  }
  throw new Error(`no move was seen in ${stage}`);
}

interface Before {
  readonly boot: string | undefined;
  readonly number: number;
}

async function now(): Promise<Before> {
  const number = (await product.history(machines.anyNode())).at(-1)?.number ?? 0;
  return { boot: ledger.boot(), number };
}

/** Another boot answers, and it is the only one; what the cluster tells of how it came to that. */
async function bootedOnceSince({ boot, number }: Before): Promise<readonly EventView[]> {
  await until('another boot writes', () => ledger.boot() !== boot, bootMs, 100);
  const client = pollService(lab.observer, { address: GUEST_ADDRESS, timeoutMs: 2500 });
  await client.served(undefined, bootMs).finally(client.stop);
  const seen = await product.untilSettled(lab.nodes.filter((node) => node.pid() !== undefined));
  expect(nodesWithQemu(lab)).toEqual([product.runsOn(seen, 'vm')]);
  expect(ledger.violations).toEqual([]);
  const story = await product.history(machines.anyNode());
  return story.filter((event) => event.number > number);
}

/** It was shot, with success, before the machine was begun anew; and that was once. */
function expectShotFirst(story: readonly EventView[], node: LabNode): void {
  const shot = story.find(
    (event) => event.kind === 'fencing' && event.node === node.name && event.severity === 'good',
  );
  const starts = story.filter(({ operation }) => operation === 'start');
  expect(shot).toBeDefined();
  expect(starts).toHaveLength(1);
  const begunAt = starts.map(({ time, durationMs = 0 }) => time - durationMs);
  expect(begunAt[0]).toBeGreaterThanOrEqual(shot?.time ?? Infinity);
}

describe.skipIf(missing !== undefined)('amid a live migration', () => {
  beforeAll(async () => {
    machines = await createMachinesLab();
    lab = machines.lab;
    const text = machineText('vm', {
      address: GUEST_ADDRESS,
      memoryMib: 160,
      disks: machines.image('disk.raw'),
      more: [
        'migration_bandwidth: 12',
        'migration_downtime: 20',
        'migration_auto_converge: false',
        'migration_postcopy: true',
      ],
      // So much is still to come when it goes on at its target.
      words: 'dirty=64',
      // Executed in software, a target that waits for memory that nobody has does not talk.
      timeoutsMs: { migrate_from: 15_000 },
    });
    // A node that is shot again and again would be held back.
    await machines.apply(`${text}options: { fencing-loop-limit: 0 }\n`);
    ledger = followLedger(join(lab.sharedDirectory, 'disk.raw'));
    // What does not wait for it would be seen to begin before.
    lab.power.setSlow(1000);
  });
  afterEach(async () => {
    await machines.restore();
    await product.holdfastAsk(machines.anyNode(), 'resource', 'clear', 'vm');
    await product.holdfastAsk(machines.anyNode(), 'resource', 'cleanup', 'vm');
    await product.untilSettled(lab.nodes);
  });
  afterAll(async () => {
    ledger.close();
    await machines.close();
  });

  test(
    'the host of the source is lost: it is shot, and the machine runs once',
    async () => {
      const before = await now();
      const { from } = await moveUntil('memory');
      await from.kill();
      const story = await bootedOnceSince(before);
      expectShotFirst(story, from);
      expect(story.map(({ operation }) => operation)).not.toContain('migrate_from');
    },
    timeout,
  );

  test(
    'that has gone on too early, the host of the source is lost: shot, then booted',
    async () => {
      const before = await now();
      const { from } = await moveUntil('post-copy');
      await from.kill();
      expectShotFirst(await bootedOnceSince(before), from);
    },
    timeout,
  );

  test(
    'that has gone on too early, the host of the target is lost: what the source has never runs on',
    async () => {
      const before = await now();
      const { to } = await moveUntil('post-copy');
      await to.kill();
      expectShotFirst(await bootedOnceSince(before), to);
    },
    timeout,
  );

  test(
    'that has gone on too early, only its source is lost: ended for certain, then booted',
    async () => {
      const before = await now();
      const { from, to } = await moveUntil('post-copy');
      endQemu(from);
      const story = await bootedOnceSince(before);
      const ended = story.findLastIndex(
        ({ operation, node }) => operation === 'stop' && node === to.name,
      );
      const begun = story.findIndex(({ operation }) => operation === 'start');
      expect(ended).toBeGreaterThanOrEqual(0);
      expect(begun).toBeGreaterThan(ended);
      expect(story.some(({ kind }) => kind === 'fencing')).toBe(false);
    },
    timeout,
  );
});
