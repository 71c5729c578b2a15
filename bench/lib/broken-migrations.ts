/** Live migrations that are broken at points of their way, and what is left of the machine. */
import { join } from 'node:path';
import type { EventView } from '../../src/core/view/types.ts';
import type { LabNode } from '../../e2e/lab/node.ts';
import * as product from '../../e2e/lab/product.ts';
import { sleep, until } from '../../e2e/lab/run.ts';
import { pollService } from '../../e2e/lab/client.ts';
import { GUEST_ADDRESS } from '../../e2e/machines/guest.ts';
import { endQemu, nodesWithQemu } from '../../e2e/machines/copies.ts';
import { machineText } from '../../e2e/machines/lab.ts';
import type { MachinesLab } from '../../e2e/machines/lab.ts';
import { followLedger } from '../../e2e/machines/ledger.ts';
import type { Ledger } from '../../e2e/machines/ledger.ts';
import { stageAt } from '../../e2e/machines/migration-stage.ts';
import type { MigrationStage } from '../../e2e/machines/migration-stage.ts';
import type { BenchOptions } from './bench.ts';
import { figure } from './figure.ts';
import type { Figure } from './figure.ts';
import { lastNumber, storySince } from './story.ts';

/** So slow that a migration takes a few seconds. */
const bandwidthMib = 12;
const points = 10;
/** From the command to the last point. */
const spanMs = 2500;

interface Fault {
  readonly name: string;
  /** The machine may have to boot anew: where it ran is gone. */
  readonly strike: (way: { from: LabNode; to: LabNode; dc: LabNode }) => Promise<void> | void;
}

const faults: readonly Fault[] = [
  { name: 'target', strike: ({ to }) => endQemu(to) },
  { name: 'source daemon', strike: ({ from }) => product.killDaemon(from) },
  { name: 'DC', strike: ({ dc }) => product.killDaemon(dc) },
  { name: 'link', strike: ({ to }) => to.cut() },
];

/** The figure counts the migrations after which all is as it has to be. */
export async function measureBroken(
  machines: MachinesLab,
  { runs = points, say }: BenchOptions,
): Promise<readonly Figure[]> {
  const image = machines.image('disk.raw');
  const more = [`migration_bandwidth: ${String(bandwidthMib)}`];
  await machines.apply(machineText('vm', { address: GUEST_ADDRESS, disks: image, more }));
  const ledger = followLedger(join(machines.lab.sharedDirectory, 'disk.raw'));
  let good = 0;
  try {
    await answers(machines);
    for (const fault of faults) {
      for (let point = 0; point < runs; point++) {
        const afterMs = Math.round((spanMs * (point + 0.5)) / runs);
        const since = await lastNumber(machines);
        const { stage, problems } = await breakOne(machines, ledger, fault, afterMs);
        if (problems.length === 0) good += 1;
        const when = `after ${String(afterMs)} ms (${stage})`;
        say(`${fault.name} ${when}: ${problems.join('; ') || 'well'}`);
        if (problems.length > 0) say(told(await storySince(machines, since)));
      }
    }
  } finally {
    ledger.close();
  }
  return [
    figure('broken-migrations', `of ${String(faults.length * runs)}`, [good]),
    figure('broken-doubles', 'machines', [ledger.violations.length]),
  ];
}

/** How it came to that, as the cluster tells it. */
const told = (story: readonly EventView[]): string =>
  story
    .flatMap(({ time, text, actions = [] }) => [
      `    ${new Date(time).toISOString()} ${text}`,
      ...actions.map((action) => `        ${action}`),
    ])
    .join('\n');

interface Broken {
  /** How far it was when it was broken. */
  readonly stage: string;
  /** What is wrong afterwards. */
  readonly problems: readonly string[];
}

async function breakOne(
  machines: MachinesLab,
  ledger: Ledger,
  fault: Fault,
  afterMs: number,
): Promise<Broken> {
  const seen = await product.status(machines.anyNode());
  const from = machines.lab.node(product.runsOn(seen, 'vm') ?? '');
  const to = machines.lab.nodes.find((node) => node !== from)!;
  const dc = machines.lab.node(seen.quorum.dc ?? '');
  const [boot, before] = [ledger.boot(), ledger.violations.length];
  await product.holdfastAsk(to, 'resource', 'move', 'vm', to.name, '--live');
  await sleep(afterMs);
  const reached = await stageAt(from);
  await fault.strike({ from, to, dc });
  const stages = [...new Set([reached, await stageAt(from)])];
  if (fault.name === 'link') await shot(to);
  await restored(machines);
  await answers(machines);
  const problems = [
    ...ledger.violations.slice(before),
    ...(await placeProblems(machines)),
    ...(ledger.boot() === boot || mayHaveDied(fault, stages)
      ? []
      : [`it booted anew (${from.name} to ${to.name}, the DC was ${dc.name})`]),
  ];
  return { stage: reached, problems };
}

/** When it had arrived already, or did just then, its death at the target is the machine's. */
const mayHaveDied = ({ name }: Fault, stages: readonly MigrationStage[]): boolean =>
  (name === 'target' || name === 'link') &&
  stages.some((stage) => stage === 'switch-over' || stage === 'after');

/** Whoever cannot be reached is switched off; its cable is whole when it comes back. */
async function shot(node: LabNode): Promise<void> {
  await until(`${node.name} is off`, () => node.pid() === undefined, 30_000, 50);
  await node.heal();
}

/** On again, forgiven, and at rest. Who was fenced three times in a while has to be let in again. */
async function restored(machines: MachinesLab): Promise<void> {
  await sleep(1000);
  await machines.restore();
  for (const { name } of machines.lab.nodes) {
    const release = product.holdfastAsk(machines.anyNode(), 'fence', 'release', name);
    await release.catch(() => undefined); // it is not held back
  }
  await product.holdfastAsk(machines.anyNode(), 'resource', 'clear', 'vm');
  await product.holdfastAsk(machines.anyNode(), 'resource', 'cleanup', 'vm');
  await product.untilSettled(machines.lab.nodes);
}

/** The cluster's word, and what runs. */
async function placeProblems(machines: MachinesLab): Promise<readonly string[]> {
  const said = product.runsOn(await product.status(machines.anyNode()), 'vm');
  const isThere = (): readonly string[] => nodesWithQemu(machines.lab);
  await until('one QEMU', () => isThere().length === 1, 5000).catch(() => undefined);
  const found = isThere();
  return found.length === 1 && found[0] === said
    ? []
    : [`the cluster says ${said ?? 'nowhere'}, it runs on ${found.join(' and ') || 'no node'}`];
}

async function answers({ lab }: MachinesLab): Promise<void> {
  const client = pollService(lab.observer, {
    address: GUEST_ADDRESS,
    intervalMs: 100,
    timeoutMs: 2500,
  });
  await client.served(undefined, 60_000).finally(client.stop);
}
