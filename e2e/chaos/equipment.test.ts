/** What only some clusters of chaos have: it is there, its faults hit it, and it comes back. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LabNode } from '../lab/node.ts';
import { run, sleep, until } from '../lab/run.ts';
import { untilVotes } from '../quorum/stage.ts';
import { bootReset, feederOf } from './equipment.ts';
import type { FaultKind } from './plan.ts';
import { Promises } from './promises.ts';
import { createStage, untilWhole } from './stage.ts';
import type { Stage } from './stage.ts';
import { strike } from './strike.ts';

const isInstalled = (await run(['sh', '-c', 'command -v corosync-qnetd'])).code === 0;

const directory = mkdtempSync(join(tmpdir(), 'chaos-equipment-'));
let stage: Stage;

beforeAll(async () => {
  const device = isInstalled ? (['qdevice'] as const) : [];
  stage = await createStage(directory, 3, ['watchdog', ...device]);
}, 120_000);
afterAll(async () => {
  await stage?.close();
  rmSync(directory, { recursive: true });
});

async function struck(kind: FaultKind) {
  const fault = { kind, node: 0, afterMs: 0, forMs: 0, during: false, pick: 0 };
  const done = await strike({ stage, promises: new Promises() }, fault);
  if (done === undefined) throw new Error(`${kind}: nothing to strike`);
  return done;
}

const first = (): LabNode => stage.nodes[0]!;

const logOf = ({ directory: own }: LabNode): string =>
  readFileSync(join(own, 'log', 'holdfast', 'watchdog.log'), 'utf8');

const votes = (node: LabNode) =>
  untilVotes(node, 'the device votes', ({ device }) => device?.state === 'votes');

test.skipIf(!isInstalled)(
  'the quorum device votes; killed, its server killed or cut off, it does not, and does again',
  async () => {
    await Promise.all(stage.nodes.map(votes));
    for (const kind of ['kill-qdevice', 'kill-qnetd', 'cut-qnetd'] as const) {
      const { undo } = await struck(kind);
      await untilVotes(first(), `${kind} is felt`, ({ device }) => device?.state !== 'votes');
      await undo();
      await Promise.all(stage.nodes.map(votes));
    }
  },
  240_000,
);

test('a feeder that is killed is started again, and the machine is not reset', async () => {
  const life = first().pid();
  await until('it is fed', () => /"feeding":true/.test(logOf(first())), 30_000);
  const before = feederOf(first())?.pid;
  await struck('kill-feeder');
  await until('a new feeder', () => (feederOf(first())?.pid ?? before) !== before, 30_000);
  // Longer than the timer, which the new one has to go on feeding.
  await sleep(8000);
  expect(first().pid()).toBe(life);
  expect(await bootReset(stage)).toEqual([]);
}, 120_000);

test('a machine whose daemon stands still is reset by its watchdog, and boots by itself', async () => {
  await bootReset(stage);
  const life = first().pid();
  // Else the others shoot it before that.
  const silent = await struck('power-switch');
  const { undo } = await struck('stop-daemon');
  const resets: string[] = [];
  const isReset = async () => resets.push(...(await bootReset(stage))) > 0;
  await until('it is reset', isReset, 60_000);
  expect(resets).toEqual([first().name]);
  expect(first().pid()).not.toBe(life);
  await Promise.all([undo(), silent.undo()]);
  await untilWhole(stage, 60_000);
}, 180_000);
