/** What happens to the machines and the container of `./dev demo --vms`, and how long each was away. */
import type { EventView } from '../../src/core/view/types.ts';
import { patientOn } from '../lab/client.ts';
import type { PatientClient, ServiceClient } from '../lab/client.ts';
import { descendantsOf, isServer, signal } from '../lab/host.ts';
import type { Measured } from '../lab/measure.ts';
import { milliseconds } from '../lab/outages.ts';
import * as product from '../lab/product.ts';
import { until } from '../lab/run.ts';
import { GUEST_ADDRESS } from '../machines/guest.ts';
import type { MachinesLab } from '../machines/lab.ts';
import type { Away } from './report.ts';

export const shop = { name: 'shop', address: GUEST_ADDRESS } as const;
export const desk = { name: 'desk', address: '10.77.0.211' } as const;
/** A container. */
export const box = { name: 'box', address: '10.77.0.212' } as const;

/** A guest that is executed in software takes half a minute to boot, and a multiple of it beside other work. */
export const bootMs = 300_000;

export interface Cast {
  readonly machines: MachinesLab;
  /** Asks the machine that most of the story is about. */
  readonly client: ServiceClient;
  readonly boxClient: ServiceClient;
  /** Of the other machines: they tell what was lost. */
  readonly patient: readonly PatientClient[];
}

export interface Scene {
  readonly title: string;
  /** The resource that it is about; without it, the machine that most of the story is about. */
  readonly about?: string;
  readonly play: (cast: Cast, host: string) => Promise<{ what: string; away: Away }>;
  readonly shows?: boolean;
}

export const scenes: readonly Scene[] = [
  {
    title: 'A machine moves while it runs',
    play: async (cast, host) => {
      const to = cast.machines.lab.nodes.find(({ name }) => name !== host)!.name;
      const words = ['resource', 'move', shop.name, to, '--live'] as const;
      const away = await unharmed(cast, ...words);
      await product.clearMove(cast.machines.anyNode(), shop.name);
      return { what: `holdfast ${words.join(' ')}`, away };
    },
  },
  {
    title: 'The machine is killed',
    play: async (cast, host) => ({
      what: `kill -9 of QEMU on ${host}`,
      away: await struck(cast, shop.name, cast.client, () =>
        kill(cast, host, 'qemu-system-x86_64', (word) => word.startsWith(`guest=${shop.name},`)),
      ),
    }),
  },
  {
    title: 'The container is killed',
    about: box.name,
    play: async (cast, host) => ({
      what: `kill -9 of what runs in the container on ${host}`,
      away: await struck(cast, box.name, cast.boxClient, () => kill(cast, host, 'httpd')),
    }),
  },
  {
    title: 'The host loses power',
    play: async (cast, host) => ({
      what: `${host} is switched off: every process is gone, its link is down`,
      away: await struck(cast, shop.name, cast.client, () => cast.machines.lab.node(host).kill()),
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
      what: `holdfast node standby ${host}: its machines leave live, a container would stop and start`,
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

/** All processes of this program on the node, in its containers too, of which a word is as told. */
async function kill(
  { machines }: Cast,
  host: string,
  program: string,
  isMeant: (word: string) => boolean = () => true,
): Promise<void> {
  const all = descendantsOf(machines.lab.node(host).pid() ?? 0);
  const found = all.filter((each) => isServer(each, program) && each.argv.some(isMeant));
  if (found.length === 0) throw new Error(`${program} does not run on ${host}`);
  for (const { pid } of found) signal(pid, 'SIGKILL');
}

export async function eventsSince(
  machines: MachinesLab,
  seen: number,
): Promise<readonly EventView[]> {
  const story = await product.history(machines.anyNode());
  return story.filter(({ number }) => number > seen);
}

/**
 * A planned act, or the return of what was off: the machines run on. That one was booted anew, or is not
 * reached, is a broken promise; an answer that a busy machine gives too late is told.
 */
async function unharmed(cast: Cast, ...words: readonly string[]): Promise<Away> {
  const { machines, client, patient } = cast;
  const all = [patientOn(client), ...patient];
  const marks = all.map((each) => each.begin());
  if (words.length === 0) await machines.restore();
  else await product.holdfastAsk(machines.anyNode(), ...words, '--wait');
  const seen = await Promise.all(all.map((each, at) => each.lostSince(marks[at] ?? 0)));
  for (const { answers, lost } of seen) {
    const broken = lost.find(({ problem }) => problem !== 'timeout');
    if (broken !== undefined) throw new Error(`a request failed: ${broken.problem ?? 'no reason'}`);
    const boots = new Set(answers.flatMap(({ node }) => node ?? []));
    if (boots.size !== 1) throw new Error(`a machine runs on, but showed ${boots.size} boots`);
  }
  const late = seen.reduce((sum, { lost }) => sum + lost.length, 0);
  const answers = seen.reduce((sum, each) => sum + each.answers.length, 0) - late;
  return { kind: 'never', answers, late };
}

/** A fault: how long it was away, and for whom, by the cluster's own story. */
async function struck(
  { machines }: Cast,
  resource: string,
  client: ServiceClient,
  strike: () => Promise<void>,
): Promise<Away> {
  const seen = (await product.history(machines.anyNode())).at(-1)?.number ?? 0;
  const [struckAtMs, struckNs] = [Date.now(), process.hrtime.bigint()];
  await strike();
  // What it still answered while it was looked for does not count.
  const answer = await client.served(process.hrtime.bigint(), bootMs);
  const totalMs = milliseconds(struckNs, answer.endNs);
  let events: readonly EventView[] = [];
  // It may answer before its agent has ended, and is only known to run then.
  const hasStarted = async (): Promise<boolean> => {
    events = await eventsSince(machines, seen);
    return events.some((event) => event.resource === resource && event.operation === 'start');
  };
  await until(`${resource} has started`, hasStarted, bootMs, 100);
  return { kind: 'fault', parts: partsOf(events, resource, struckAtMs, totalMs) };
}

function partsOf(
  events: readonly EventView[],
  about: string,
  struckAtMs: number,
  totalMs: number,
): Measured {
  const detectionMs = Math.max(0, (events[0]?.time ?? struckAtMs) - struckAtMs);
  const duration = (event: EventView | undefined): number => event?.durationMs ?? 0;
  const fencingMs = duration(
    events.findLast(({ kind, durationMs }) => kind === 'fencing' && durationMs),
  );
  const agentsMs = events
    .filter(({ operation = '', resource }) => resource === about && /^st(op|art)$/.test(operation))
    .map((event) => withinMs(event, struckAtMs, totalMs))
    .reduce((sum, ms) => sum + ms, 0);
  const ownMs = Math.max(0, totalMs - detectionMs - fencingMs - agentsMs);
  return { detectionMs, fencingMs, agentsMs, ownMs, totalMs, struckAtMs };
}

/** How much of the operation was before the service answered. */
function withinMs(
  { time, durationMs = 0 }: EventView,
  struckAtMs: number,
  totalMs: number,
): number {
  const begin = time - durationMs - struckAtMs;
  return Math.max(0, Math.min(time - struckAtMs, totalMs) - Math.max(0, begin));
}
