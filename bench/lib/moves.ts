/** Live moves by command, beside the same moves by a bare QMP script: requests lost, pause, time. */
import type { EventView } from '../../src/core/view/types.ts';
import type { LabNode } from '../../e2e/lab/node.ts';
import * as product from '../../e2e/lab/product.ts';
import { sleep } from '../../e2e/lab/run.ts';
import { GUEST_ADDRESS } from '../../e2e/machines/guest.ts';
import { machineText } from '../../e2e/machines/lab.ts';
import type { MachinesLab } from '../../e2e/machines/lab.ts';
import { bareParameters, bootBare, firstPort } from './bare-machine.ts';
import type { BareMachine, BareMove } from './bare-machine.ts';
import type { BenchOptions } from './bench.ts';
import { figure } from './figure.ts';
import type { Figure } from './figure.ts';
import { inWords, patienceMs, watchGuest } from './guest-clients.ts';
import type { GuestClients, Lost } from './guest-clients.ts';
import { lastNumber, storySince } from './story.ts';

const memoryMib = 128;
const imageBytes = 64 << 20;
/** Of its own /run, which no other node reaches; not O_DIRECT, for tmpfs has none. */
const ownImage = '/run/disk.raw';
const bareOwnImage = '/run/bare.raw';
const bareAddress = '10.77.0.209';
/** QEMU's execution in software loses a guest now and then, with and without a cluster (docs/decisions/machines.md). */
const brokenMax = 3;
const monitorSeconds = 30;

interface Way {
  readonly disks: string;
  readonly more: readonly string[];
  readonly bareDisk: string;
}

/** Moves there and back: of the script's guest, then of the cluster's, each under the same clients. */
export async function measureMoves(
  machines: MachinesLab,
  storage: 'shared' | 'mirror',
  { runs = 20, say }: BenchOptions,
): Promise<readonly Figure[]> {
  const way = storage === 'shared' ? shared(machines) : mirrored();
  await machines.apply('');
  if (storage === 'mirror') await makeImages(machines, ownImage);
  const script = await scriptedMoves(machines, way, storage === 'mirror');
  await machines.apply(machineText('vm', { address: GUEST_ADDRESS, memoryMib, ...way }));
  const samples: Sample[] = [];
  let broken = 0;
  try {
    while (samples.length < runs) {
      const bare = await script.move();
      const own = await watched(machines, GUEST_ADDRESS, (clients) =>
        ownMove(machines, clients, say),
      );
      if (own !== undefined) samples.push({ ...own, script: bare });
      else if ((broken += 1) > brokenMax) throw new Error(`${String(broken)} guests did not go on`);
      const last = samples.at(-1);
      if (own !== undefined && last)
        say(`${String(samples.length)}/${String(runs)}  ${told(last)}`);
    }
  } finally {
    await script.stop();
  }
  return [
    ...figuresOf(storage, samples),
    figure(`guests-lost-${storage}`, 'guests', [broken]),
    figure(`guests-lost-${storage}-bare`, 'guests', [script.broken()]),
  ];
}

const told = ({ lost, idle, own, script }: Sample): string =>
  `lost ${inWords(lost)} (at rest ${inWords(idle)})  downtime ${String(own.downtimeMs)} ` +
  `(bare ${String(script.downtimeMs)})  total ${String(own.totalMs)} (bare ${script.totalMs.toFixed(0)})`;

/** While clients ask it, as they ask the other one: what is asked writes to its memory. */
async function watched<Result>(
  machines: MachinesLab,
  address: string,
  act: (clients: GuestClients) => Promise<Result>,
): Promise<Result> {
  const clients = watchGuest(machines, address);
  try {
    await clients.served();
    return await act(clients);
  } finally {
    clients.stop();
  }
}

/** Undefined: the guest was lost. */
async function ownMove(
  machines: MachinesLab,
  clients: GuestClients,
  say: (line: string) => void,
): Promise<Omit<Sample, 'script'> | undefined> {
  const rest = clients.mark();
  await sleep(patienceMs);
  const mark = clients.mark();
  const own = await moveOrBreak(machines, say);
  if (own === undefined) return undefined;
  await sleep(patienceMs);
  const lost = clients.lost(mark);
  if (lost.new + lost.kept > 0 && (await isFoundDead(machines, say))) return undefined;
  return { own, lost, idle: clients.lost(rest, mark) };
}

interface ScriptedMoves {
  readonly move: () => Promise<BareMove>;
  readonly stop: () => Promise<void>;
  /** Guests that did not answer after a move, and were booted anew. */
  readonly broken: () => number;
}

async function scriptedMoves(
  machines: MachinesLab,
  way: Way,
  copies: boolean,
): Promise<ScriptedMoves> {
  let [here, there] = machines.lab.nodes;
  if (here === undefined || there === undefined) throw new Error('a lab without nodes');
  let broken = 0;
  let bare = await bareMachine(machines, here, way, copies);
  const move = async (): Promise<BareMove> => {
    const to = there!;
    const moved = await watched(machines, bareAddress, async () => {
      await sleep(patienceMs);
      return bare.move(to);
    });
    [here, there] = [there, here];
    return moved;
  };
  return {
    move: async () => {
      for (;;) {
        const moved = await move().catch((error: unknown) => error);
        if (!(moved instanceof Error)) return moved as BareMove;
        if ((broken += 1) > brokenMax) throw moved;
        await bare.stop();
        bare = await bareMachine(machines, here!, way, copies);
      }
    },
    stop: () => bare.stop(),
    broken: () => broken,
  };
}

/** Undefined, and said: the guest arrived, did not go on, and was started anew. */
async function moveOrBreak(
  machines: MachinesLab,
  say: (line: string) => void,
): Promise<BareMove | undefined> {
  try {
    return await moveOnce(machines);
  } catch (error) {
    if (await isFoundDead(machines, say)) return undefined;
    throw error;
  }
}

/** Its monitor says so when its time is over. */
async function isFoundDead(machines: MachinesLab, say: (line: string) => void): Promise<boolean> {
  for (let second = 0; second < monitorSeconds; second++) {
    const found = await arrivedAndFailed(machines);
    if (found !== undefined) {
      say(`not counted: the guest arrived and did not go on (${found.text})`);
      return true;
    }
    await sleep(1000);
  }
  return false;
}

/** The last move was good, and the monitor that followed was not. */
async function arrivedAndFailed(machines: MachinesLab): Promise<EventView | undefined> {
  const story = await storySince(machines, 0);
  const arrived = story.findLastIndex(({ operation }) => operation === 'migrate_from');
  if (arrived < 0 || story[arrived]?.severity !== 'good') return undefined;
  return story
    .slice(arrived)
    .find(({ operation, severity }) => operation === 'monitor' && severity !== 'good');
}

interface Sample {
  readonly lost: Lost;
  /** In as long a time before, while it did not move. */
  readonly idle: Lost;
  readonly own: BareMove;
  readonly script: BareMove;
}

function figuresOf(storage: 'shared' | 'mirror', samples: readonly Sample[]): readonly Figure[] {
  const of = (name: string, unit: string, pick: (sample: Sample) => number): Figure =>
    figure(name, unit, samples.map(pick));
  const migrate = storage === 'shared' ? 'migrate' : 'migrate-mirror';
  return [
    of(`lost-${storage}`, 'requests', ({ lost }) => lost.new + lost.kept),
    of(`lost-${storage}-new`, 'requests', ({ lost }) => lost.new),
    of(`lost-${storage}-kept`, 'requests', ({ lost }) => lost.kept),
    of(`lost-${storage}-idle`, 'requests', ({ idle }) => idle.new + idle.kept),
    of(`downtime-${storage}-ms`, 'ms', ({ own }) => own.downtimeMs),
    of(`downtime-${storage}-bare-ms`, 'ms', ({ script }) => script.downtimeMs),
    of(`${migrate}-ms`, 'ms', ({ own }) => own.totalMs),
    of(`${migrate}-bare-ms`, 'ms', ({ script }) => script.totalMs),
  ];
}

function shared(machines: MachinesLab): Way {
  const disks = machines.image('disk.raw', imageBytes);
  return { disks, more: [], bareDisk: machines.image('bare.raw', imageBytes) };
}

const mirrored = (): Way => ({
  disks: `${ownImage},cache=writeback`,
  more: ['migration_storage: copy'],
  bareDisk: `${bareOwnImage},cache=writeback`,
});

async function makeImages({ lab }: MachinesLab, path: string): Promise<void> {
  for (const node of lab.nodes) await node.ask(['truncate', '-s', String(imageBytes), path]);
}

async function bareMachine(
  { lab }: MachinesLab,
  on: LabNode,
  { bareDisk }: Way,
  copies: boolean,
): Promise<BareMachine> {
  return bootBare(lab, on, {
    name: 'bare',
    port: firstPort,
    copies,
    parameters: bareParameters(bareAddress, memoryMib, bareDisk),
    prepare: async (node) => {
      if (copies) await node.ask(['truncate', '-s', String(imageBytes), bareOwnImage]);
    },
  });
}

/** By command, to the next node; times are those of the cluster's own order. */
async function moveOnce(machines: MachinesLab): Promise<BareMove> {
  const { lab } = machines;
  const seen = await product.status(machines.anyNode());
  const from = product.runsOn(seen, 'vm');
  const at = lab.nodes.findIndex(({ name }) => name === from);
  const to = lab.nodes[(at + 1) % 2];
  if (to === undefined) throw new Error('there is no other node');
  const before = await lastNumber(machines);
  await product.holdfastAsk(to, 'resource', 'move', 'vm', to.name, '--live', '--wait');
  const story = await storySince(machines, before);
  const asked = story.find(({ kind }) => kind === 'mark');
  const sent = story.find(({ operation }) => operation === 'migrate_to');
  const arrived = story.find(({ operation }) => operation === 'migrate_from');
  const downtime = /stood still for (\d+) ms/.exec(sent?.output ?? '')?.[1];
  if (!asked || !arrived || downtime === undefined || arrived.severity !== 'good') {
    throw new Error(`no move in the story: ${story.map(({ text }) => text).join('; ')}`);
  }
  return { totalMs: arrived.time - asked.time, downtimeMs: Number(downtime) };
}
