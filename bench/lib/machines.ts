/** The parts of bench/machines.ts, each on a cluster of its own. */
import type { EventView } from '../../src/core/view/types.ts';
import { patientService, pollService } from '../../e2e/lab/client.ts';
import * as product from '../../e2e/lab/product.ts';
import { sleep, until } from '../../e2e/lab/run.ts';
import { GUEST_ADDRESS } from '../../e2e/machines/guest.ts';
import { machineText } from '../../e2e/machines/lab.ts';
import type { MachinesLab } from '../../e2e/machines/lab.ts';
import { bareParameters, bootBare, firstPort } from './bare-machine.ts';
import type { BareMachine } from './bare-machine.ts';
import type { BenchOptions } from './bench.ts';
import { figure } from './figure.ts';
import type { Figure } from './figure.ts';
import { lastNumber, storySince } from './story.ts';
import { bootMs } from './guest-clients.ts';

/**
 * The host of a machine loses power: from the moment when the cluster knows it to the moment when the
 * machine's boot begins elsewhere, less what the fence agent took.
 */
export async function measureHostKill(
  machines: MachinesLab,
  { runs = 20, say }: BenchOptions,
): Promise<readonly Figure[]> {
  const disks = machines.image('disk.raw');
  const vm = machineText('vm', { address: GUEST_ADDRESS, disks });
  // A node that is fenced again and again would be held back.
  await machines.apply(`${vm}options: { fencing-loop-limit: 0 }\n`);
  const samples: number[] = [];
  for (let run = 1; run <= runs; run++) {
    await sleep(4000); // a cluster that has just become quorate waits 3 s for latecomers
    const before = await lastNumber(machines);
    const host = product.runsOn(await product.status(machines.anyNode()), 'vm');
    if (host === undefined) throw new Error('the machine runs nowhere');
    await machines.lab.node(host).kill();
    let story: readonly EventView[] = [];
    const isUp = async (): Promise<boolean> => {
      story = await storySince(machines, before);
      return story.some(({ operation, severity }) => operation === 'start' && severity === 'good');
    };
    await until('the machine runs elsewhere', isUp, 60_000, 250);
    samples.push(ownPart(story));
    say(`${String(run)}/${String(runs)}  own ${String(samples.at(-1))} ms`);
    await machines.restore();
  }
  return [figure('host-kill-own-ms', 'ms', samples)];
}

/** In the cluster's own times, in ms: known, shot, begun. */
function ownPart(story: readonly EventView[]): number {
  const known = story.find(({ kind }) => kind === 'node' || kind === 'view');
  const shot = story.findLast(({ kind, durationMs }) => kind === 'fencing' && durationMs);
  const started = story.find(({ operation }) => operation === 'start');
  if (!known || !shot || !started) throw new Error('the story lacks a part of the failover');
  return started.time - (started.durationMs ?? 0) - known.time - (shot.durationMs ?? 0);
}

const evacuated = 10;
const atOnce = 2;
const watchEveryMs = 200;
/** With 64 MiB Debian's kernel does not boot. */
const smallMib = 96;

/** A node with ten machines goes to standby, two at a time; then the same by a script. */
export async function measureEvacuation(
  machines: MachinesLab,
  { runs = 1, say }: BenchOptions,
): Promise<readonly Figure[]> {
  const numbers = Array.from({ length: evacuated }, (_, index) => index);
  const address = (index: number): string => `10.77.0.${String(211 + index)}`;
  const [ratios, losses, bareLosses]: [number[], number[], number[]] = [[], [], []];
  for (let run = 1; run <= runs; run++) {
    const bare = await scripted(machines, numbers.map(address));
    const own = await ordered(machines, numbers.map(address));
    say(
      `${String(run)}/${String(runs)}  own ${own.ms.toFixed(0)} ms, lost ${String(own.lost)}; ` +
        `by script ${bare.ms.toFixed(0)} ms, lost ${String(bare.lost)}`,
    );
    ratios.push(own.ms / bare.ms);
    losses.push(own.lost);
    bareLosses.push(bare.lost);
  }
  return [
    figure('evacuate-ratio', '', ratios),
    figure('evacuate-lost', 'requests', losses),
    figure('evacuate-bare-lost', 'requests', bareLosses),
  ];
}

interface Evacuated {
  readonly ms: number;
  readonly lost: number;
}

async function scripted({ lab }: MachinesLab, addresses: readonly string[]): Promise<Evacuated> {
  const [n1, n2, n3] = lab.nodes;
  if (n1 === undefined || n2 === undefined || n3 === undefined) throw new Error('three nodes');
  const all: BareMachine[] = [];
  for (const [index, address] of addresses.entries()) {
    const parameters = bareParameters(address, smallMib);
    const port = firstPort + index * 2;
    all.push(await bootBare(lab, n1, { name: `bare${String(index)}`, port, parameters }));
  }
  await served(lab, addresses);
  const watch = watchAll(lab, addresses);
  await sleep(1000);
  const beganAt = performance.now();
  const queue = [...all.entries()];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      await next[1].move(next[0] % 2 === 0 ? n2 : n3);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  const ms = performance.now() - beganAt;
  const lost = await watch.lost();
  for (const one of all) await one.stop();
  return { ms, lost };
}

/**
 * Both ways of moving are watched alike, all guests. An answer costs a guest in software 10 ms and more:
 * clients that ask faster than two processors can answer lose requests wherever the guests are.
 */
function watchAll(
  lab: MachinesLab['lab'],
  addresses: readonly string[],
): { readonly lost: () => Promise<number> } {
  const clients = addresses.map((address) => {
    const client = patientService(lab.observer, { address, intervalMs: watchEveryMs });
    return { client, mark: client.begin() };
  });
  const lostBy = async ({ client, mark }: (typeof clients)[number]): Promise<number> => {
    const { lost } = await client.lostSince(mark);
    client.stop();
    return lost.length;
  };
  return {
    lost: async () => (await Promise.all(clients.map(lostBy))).reduce((sum, each) => sum + each, 0),
  };
}

async function served(lab: MachinesLab['lab'], addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    const client = pollService(lab.observer, { address, intervalMs: 200, timeoutMs: 1000 });
    await client.served(undefined, bootMs).finally(client.stop);
  }
}

async function ordered(machines: MachinesLab, addresses: readonly string[]): Promise<Evacuated> {
  const { lab } = machines;
  const names = addresses.map((_, index) => `vm${String(index)}`);
  const there = names.map((name) => `  - location: ${name}\n    prefers: { n1: 100 }\n`);
  const vms = addresses.map((address, index) =>
    machineText(names[index] ?? '', { address, memoryMib: smallMib }),
  );
  await machines.apply(
    `${vms.join('')}options: { migration-limit: ${String(atOnce)} }\nconstraints:\n${there.join('')}`,
  );
  await served(lab, addresses);
  const watch = watchAll(lab, addresses);
  await sleep(1000);
  const before = await lastNumber(machines);
  await product.holdfastAsk(lab.nodes[1]!, 'node', 'standby', 'n1', '--wait');
  const story = await storySince(machines, before);
  const asked = story.find(({ kind }) => kind === 'mark');
  const last = story.findLast(({ operation }) => operation === 'migrate_from');
  const moved = story.filter(
    ({ operation, severity }) => operation === 'migrate_from' && severity === 'good',
  );
  if (!asked || !last || moved.length !== evacuated) {
    throw new Error(`${String(moved.length)} of ${String(evacuated)} machines moved live`);
  }
  const lost = await watch.lost();
  await product.holdfastAsk(lab.nodes[1]!, 'node', 'online', 'n1', '--wait');
  await machines.apply('');
  return { ms: last.time - asked.time, lost };
}
