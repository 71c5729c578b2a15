/** The story of `./dev demo`, scene by scene, on any stage. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runsOn } from '../lab/product.ts';
import { sleep } from '../lab/run.ts';
import { repository } from '../lab/toolchain.ts';
import { report, summary } from './report.ts';
import type { Away, Happening } from './report.ts';
import type { Screen } from './screen.ts';
import type { Stage } from './stage.ts';

interface Scene {
  readonly title: string;
  /** Says what it does, does it, and answers how long the service was away. */
  readonly play: (stage: Stage, server: string) => Promise<{ what: string; away: Away }>;
}

export async function tell(stage: Stage, screen: Screen): Promise<readonly Happening[]> {
  await opening(stage, screen);
  const happenings: Happening[] = [];
  for (const scene of scenes) happenings.push(await play(scene, stage, screen));
  screen.say('', heading('In short'), '', ...summary(happenings));
  return happenings;
}

const scenes: readonly Scene[] = [
  {
    title: 'The server process is killed',
    play: async (stage, server) => ({
      what: `kill -9 of ${stage.serverProcess} on ${server}`,
      away: { kind: 'fault', parts: await stage.killServer(server) },
    }),
  },
  {
    title: 'holdfastd is killed',
    play: async (stage, server) => {
      const before = stage.answers().length;
      const backMs = await stage.killDaemon(server);
      await sleep(500);
      return {
        what: `kill -9 of holdfastd on ${server}; a new one was at work after ${backMs.toFixed(0)} ms`,
        away: unharmed(stage, before),
      };
    },
  },
  {
    title: 'A whole node loses power',
    play: async (stage, server) => ({
      what: `${server} is switched off: every process gone, its link down`,
      away: { kind: 'fault', parts: await stage.killNode(server) },
    }),
  },
  {
    title: 'The node comes back',
    play: async (stage) => {
      const before = stage.answers().length;
      const missing = await offline(stage);
      for (const node of missing) await stage.bootNode(node);
      await stage.rest();
      return { what: `${missing.join(', ')} boots and joins`, away: unharmed(stage, before) };
    },
  },
  {
    title: 'The service is moved by hand',
    play: (stage, server) => moved(stage, other(stage, server)),
  },
  {
    title: 'And back',
    play: (stage, server) => moved(stage, other(stage, server)),
  },
];

async function opening(stage: Stage, screen: Screen): Promise<void> {
  screen.say('', heading('The cluster'), '', ...stage.built, '');
  screen.say(`holdfast apply -f ${stage.configuration}`, '');
  const yaml = readFileSync(join(repository, stage.configuration), 'utf8');
  screen.say(
    ...yaml
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`),
    '',
  );
  await stage.apply();
  await screen.live(() => liveText(stage), stage.rest());
  screen.say(`A client asks ${stage.clientSays}.`, '', await stage.screen());
}

async function play(scene: Scene, stage: Stage, screen: Screen): Promise<Happening> {
  screen.say('', heading(scene.title), '');
  const before = await stage.rest();
  const from = runsOn(before, stage.service);
  if (from === undefined) throw new Error(`${stage.service} does not run on one node`);
  const seen = Math.max(0, ...(await stage.events(0)).map(({ number }) => number));
  const atMs = Date.now();
  const { what, away } = await screen.live(() => liveText(stage), scene.play(stage, from));
  const after = await screen.live(() => liveText(stage), stage.rest());
  const events = await stage.events(seen);
  const to = runsOn(after, stage.service);
  const happening: Happening = { title: scene.title, what, atMs, events, away, from, to };
  screen.say(...report(happening), '', await stage.screen());
  return happening;
}

async function moved(stage: Stage, to: string): Promise<{ what: string; away: Away }> {
  const ms = await stage.move(to);
  return { what: `holdfast resource move ${stage.service} ${to}`, away: { kind: 'planned', ms } };
}

/** Nothing was to fail since; if something did, that is said. */
function unharmed(stage: Stage, before: number): Away {
  const answers = stage.answers().slice(before);
  const first = answers[0]?.beginNs ?? 0n;
  const outage = stage.outages().find(({ beginNs }) => beginNs >= first);
  if (outage === undefined) return { kind: 'never', answers: answers.length };
  return { kind: 'planned', ms: Number((outage.endNs ?? outage.beginNs) - outage.beginNs) / 1e6 };
}

async function offline(stage: Stage): Promise<readonly string[]> {
  const { nodes } = await stage.status();
  const online = new Set(nodes.filter(({ state }) => state === 'online').map(({ name }) => name));
  return stage.nodes.filter((name) => !online.has(name));
}

function other(stage: Stage, than: string): string {
  const found = stage.nodes.find((name) => name !== than);
  if (found === undefined) throw new Error('there is no other node');
  return found;
}

/** The status screen, and below it the client. */
async function liveText(stage: Stage): Promise<string> {
  const last = stage.answers().at(-1);
  const says =
    last?.node === undefined ? (last?.problem ?? 'not asked yet') : `served by ${last.node}`;
  return `${await stage.screen()}\nClient: ${says}; ${String(stage.answers().length)} requests so far`;
}

const heading = (title: string) => `── ${title} ${'─'.repeat(Math.max(0, 76 - title.length))}`;
