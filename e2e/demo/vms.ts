/** `./dev demo --vms`: machines on three nodes; they move, die, and leave a node that is to be empty. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EventView } from '../../src/core/view/types.ts';
import { obstacle } from '../guest/archive.ts';
import { patientOn, patientService, pollService } from '../lab/client.ts';
import type { PatientClient, ServiceClient } from '../lab/client.ts';
import { isServer, signal } from '../lab/host.ts';
import type { Measured } from '../lab/measure.ts';
import { milliseconds } from '../lab/outages.ts';
import * as product from '../lab/product.ts';
import { GUEST_ADDRESS } from '../machines/guest.ts';
import { createMachinesLab, machineText } from '../machines/lab.ts';
import type { MachinesLab } from '../machines/lab.ts';
import { wrap } from './look.ts';
import { heading, report, summary } from './report.ts';
import type { Away, Happening } from './report.ts';
import type { Screen } from './screen.ts';
import type { Performance } from './stage.ts';

/** What runs; a container takes its place beside them as a third. */
const services = [
  { name: 'shop', address: GUEST_ADDRESS },
  { name: 'desk', address: '10.77.0.211' },
] as const;
const watched = services[0];

interface Cast {
  readonly machines: MachinesLab;
  /** Asks the machine that the story is about. */
  readonly client: ServiceClient;
  /** One for each of the others: they tell what was lost. */
  readonly patient: readonly PatientClient[];
}

/** Needs root and QEMU. An abort ends what there is already; then this rejects. */
export async function createMachinesStage(abort: AbortSignal): Promise<Performance> {
  const problem = obstacle();
  if (problem !== undefined) throw new Error(`no machines here: ${problem}`);
  const machines = await createMachinesLab(abort);
  const { lab } = machines;
  const client = pollService(lab.observer, {
    address: watched.address,
    intervalMs: askEveryMs,
    timeoutMs: patienceMs,
  });
  const patient = services
    .filter((service) => service !== watched)
    .map(({ address }) => patientService(lab.observer, { address, intervalMs: askEveryMs }));
  return {
    tell: (screen) => tell({ machines, client, patient }, screen),
    lookInside: [
      './dev lab exec n1 holdfast status',
      `./dev lab exec observer curl -s http://${watched.address}/`,
      './dev lab exec n2 holdfast resource move shop n2 --live --wait',
    ],
    keepLogs: (directory) => {
      rmSync(directory, { recursive: true, force: true });
      for (const { name, directory: from } of lab.nodes)
        cpSync(join(from, 'log'), join(directory, name), { recursive: true });
    },
    close: () => machines.close(),
  };
}

/** A guest that is executed in software answers some hundred requests in a second, at most. */
const askEveryMs = 50;
/** TCP sends what was caught in the switch again after 1 s at most. */
const patienceMs = 2500;

interface Scene {
  readonly title: string;
  readonly play: (cast: Cast, host: string) => Promise<{ what: string; away: Away }>;
  readonly shows?: boolean;
}

const scenes: readonly Scene[] = [
  {
    title: 'A machine moves while it runs',
    play: async (cast, host) => {
      const to = cast.machines.lab.nodes.find(({ name }) => name !== host)!.name;
      const words = ['resource', 'move', watched.name, to, '--live'] as const;
      const away = await unharmed(cast, ...words);
      await product.clearMove(cast.machines.anyNode(), watched.name);
      return { what: `holdfast ${words.join(' ')}`, away };
    },
  },
  {
    title: 'The machine is killed',
    play: async (cast, host) => ({
      what: `kill -9 of QEMU on ${host}`,
      away: await struck(cast, () => {
        const node = cast.machines.lab.node(host);
        const guest = `guest=${watched.name},`;
        const found = node
          .processes()
          .filter(
            (each) =>
              isServer(each, 'qemu-system-x86_64') &&
              each.argv.some((word) => word.startsWith(guest)),
          );
        for (const { pid } of found) signal(pid, 'SIGKILL');
        return Promise.resolve();
      }),
    }),
  },
  {
    title: 'Its host loses power',
    play: async (cast, host) => ({
      what: `${host} is switched off: every process is gone, its link is down`,
      away: await struck(cast, () => cast.machines.lab.node(host).kill()),
    }),
    shows: true,
  },
  {
    title: 'The host comes back',
    play: async (cast) => ({
      what: 'it boots and joins; the machines stay where they run',
      away: await unharmed(cast),
    }),
  },
  {
    title: 'A node is emptied',
    play: async (cast, host) => ({
      what: `holdfast node standby ${host}: all that runs there leaves live`,
      away: await unharmed(cast, 'node', 'standby', host),
    }),
    shows: true,
  },
  {
    title: 'And put back',
    play: async (cast) => {
      const { nodes } = await product.status(cast.machines.anyNode());
      const name = nodes.find(({ state }) => state === 'standby')?.name ?? '';
      return {
        what: `holdfast node online ${name}`,
        away: await unharmed(cast, 'node', 'online', name),
      };
    },
  },
];

async function tell(cast: Cast, screen: Screen): Promise<void> {
  await opening(cast, screen);
  const happenings: Happening[] = [];
  for (const [at, scene] of scenes.entries()) {
    const title = `${String(at + 1)} of ${String(scenes.length)}  ${scene.title}`;
    screen.say('', heading(title, screen.look), '');
    happenings.push(await play(cast, scene, screen));
  }
  screen.say('', heading('In short', screen.look), '', ...summary(happenings, screen.look), '');
}

async function opening(cast: Cast, screen: Screen): Promise<void> {
  const { look } = screen;
  const built =
    'Three nodes on a switch, each with a real Corosync and holdfastd, and QEMU. Two machines, made ' +
    "on the spot of Debian's kernel and a busybox, executed in software. Outside a client.";
  screen.say('', heading('The cluster', look), '', ...wrap(built, look.columns, '  '), '');
  const disks = cast.machines.image('shop.raw');
  const text = services
    .map(({ name, address }) =>
      machineText(name, { address, ...(name === 'shop' ? { disks } : {}) }),
    )
    .join('');
  const lines = text.trimEnd().split('\n');
  screen.say(...lines.map((line) => look.quiet(`    ${shortened(line)}`)), '');
  await screen.live(() => liveText(cast), cast.machines.apply(text));
  await cast.client.served(undefined, 60_000);
  const names = cast.machines.lab.nodes.map(({ name }) => name);
  await product.holdfastAsk(cast.machines.anyNode(), 'fence', 'test', ...names);
  await showStatus(cast, screen);
  const says = `A client asks http://${watched.address}/ every ${String(askEveryMs)} ms, each time over a new connection.`;
  screen.say('', ...wrap(says, look.columns, '  '));
}

const shortened = (line: string): string => (line.length <= 90 ? line : `${line.slice(0, 89)}…`);

async function play(cast: Cast, scene: Scene, screen: Screen): Promise<Happening> {
  const { machines } = cast;
  const before = await product.status(machines.anyNode());
  const from = product.runsOn(before, watched.name);
  if (from === undefined) throw new Error(`${watched.name} does not run on one node`);
  const seen = (await product.history(machines.anyNode())).at(-1)?.number ?? 0;
  const beganAtMs = Date.now();
  const { what, away } = await screen.live(() => liveText(cast), scene.play(cast, from));
  const atMs = away.kind === 'fault' ? away.parts.struckAtMs : beganAtMs;
  const on = machines.lab.nodes.filter((node) => node.pid() !== undefined);
  const to = product.runsOn(await product.untilSettled(on), watched.name);
  const events = await eventsSince(machines, seen);
  const happening: Happening = { title: scene.title, what, atMs, events, away, from, to };
  screen.say(...report(happening, screen.look));
  if (scene.shows === true) await showStatus(cast, screen);
  return happening;
}

async function eventsSince(machines: MachinesLab, seen: number): Promise<readonly EventView[]> {
  const story = await product.history(machines.anyNode());
  return story.filter(({ number }) => number > seen);
}

/** A planned act, or the return of what was off: that anything fails is a broken promise. */
async function unharmed(cast: Cast, ...words: readonly string[]): Promise<Away> {
  const { machines, client, patient } = cast;
  const all = [patientOn(client), ...patient];
  const marks = all.map((each) => each.begin());
  if (words.length === 0) await machines.restore();
  else await product.holdfastAsk(machines.anyNode(), ...words, '--wait');
  let answers = 0;
  for (const [at, each] of all.entries()) {
    const seen = await each.lostSince(marks[at] ?? 0);
    const [first] = seen.lost;
    if (first !== undefined) {
      throw new Error(`${String(seen.lost.length)} requests were lost: ${first.problem ?? ''}`);
    }
    answers += seen.answers.length;
  }
  return { kind: 'never', answers };
}

/** A fault: how long the machine was away, and for whom, by the cluster's own story. */
async function struck(cast: Cast, strike: () => Promise<void>): Promise<Away> {
  const { machines, client } = cast;
  const seen = (await product.history(machines.anyNode())).at(-1)?.number ?? 0;
  const [struckAtMs, struckNs] = [Date.now(), process.hrtime.bigint()];
  await strike();
  const answer = await client.served(struckNs, 60_000);
  const totalMs = milliseconds(struckNs, answer.endNs);
  const events = await eventsSince(machines, seen);
  return { kind: 'fault', parts: partsOf(events, struckAtMs, totalMs) };
}

function partsOf(events: readonly EventView[], struckAtMs: number, totalMs: number): Measured {
  const detectionMs = Math.max(0, (events[0]?.time ?? struckAtMs) - struckAtMs);
  const duration = (event: EventView | undefined): number => event?.durationMs ?? 0;
  const fencingMs = duration(
    events.findLast(({ kind, durationMs }) => kind === 'fencing' && durationMs),
  );
  const agentsMs = duration(
    events.findLast(
      ({ operation, resource }) => operation === 'start' && resource === watched.name,
    ),
  );
  const ownMs = Math.max(0, totalMs - detectionMs - fencingMs - agentsMs);
  return { detectionMs, fencingMs, agentsMs, ownMs, totalMs, struckAtMs };
}

async function showStatus({ machines }: Cast, screen: Screen): Promise<void> {
  const text = await product.holdfastAsk(machines.anyNode(), 'status');
  screen.say('', screen.look.command('  $ holdfast status'), '');
  screen.say(
    ...text
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`.trimEnd()),
  );
}

async function liveText({ machines, client }: Cast): Promise<string> {
  const last = client.answers().at(-1);
  const says = last?.node === undefined ? (last?.problem ?? 'not asked yet') : 'served';
  const text = await product.holdfastAsk(machines.anyNode(), 'status');
  return `${text}\nClient: ${says}; ${String(client.answers().length)} requests so far`;
}
