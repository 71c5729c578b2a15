/** The story of `./dev demo`, scene by scene, on any stage. */
import { runsOn } from '../lab/product.ts';
import { wrap } from './look.ts';
import { heading, report, summary } from './report.ts';
import type { Away, Happening } from './report.ts';
import type { Screen } from './screen.ts';
import type { Stage } from './stage.ts';

interface Scene {
  readonly title: string;
  /** Says what it does, does it, and answers how long the service was away. */
  readonly play: (stage: Stage, server: string) => Promise<{ what: string; away: Away }>;
  /** The status screen afterwards is worth a look. */
  readonly shows?: boolean;
}

/** A part of the story that did not go as promised. */
export class SceneFailed extends Error {
  constructor(title: string, cause: unknown) {
    super(`“${title}”: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Throws a SceneFailed. */
export async function tell(stage: Stage, screen: Screen): Promise<readonly Happening[]> {
  await inScene('The cluster', () => opening(stage, screen));
  const happenings: Happening[] = [];
  for (const [at, scene] of scenes.entries()) {
    screen.say(
      '',
      heading(`${String(at + 1)} of ${String(scenes.length)}  ${scene.title}`, screen.look),
      '',
    );
    happenings.push(await inScene(scene.title, () => play(scene, stage, screen)));
  }
  screen.say('', heading('In short', screen.look), '', ...summary(happenings, screen.look), '');
  return happenings;
}

async function inScene<T>(title: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw new SceneFailed(title, error);
  }
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
      const mark = stage.patient.begin();
      const backMs = await stage.killDaemon(server);
      return {
        what: `kill -9 of holdfastd on ${server}; a new one was at work after ${backMs.toFixed(0)} ms`,
        away: await unharmed(stage, mark),
      };
    },
  },
  {
    title: 'A whole node loses power',
    play: async (stage, server) => ({
      what: `${server} ${stage.nodeLoss}`,
      away: { kind: 'fault', parts: await stage.killNode(server) },
    }),
    shows: true,
  },
  {
    title: 'The node comes back',
    play: async (stage) => {
      const mark = stage.patient.begin();
      const missing = await offline(stage);
      for (const node of missing) await stage.bootNode(node);
      await stage.rest();
      const what = `${missing.join(', ')} boots and joins; the service stays where it is`;
      return { what, away: await unharmed(stage, mark) };
    },
  },
  {
    title: 'The service is moved by hand',
    play: (stage, server) => moved(stage, other(stage, server)),
  },
  {
    title: 'And back',
    play: (stage, server) => moved(stage, other(stage, server)),
    shows: true,
  },
];

async function opening(stage: Stage, screen: Screen): Promise<void> {
  const { look } = screen;
  const { name, text } = stage.configuration;
  screen.say('', heading('The cluster', look), '', ...wrap(stage.built, look.columns, '  '), '');
  screen.say(look.command(`  $ holdfast apply -f ${name}`), '');
  screen.say(
    ...text
      .trimEnd()
      .split('\n')
      .map((line) => look.quiet(`    ${line}`.trimEnd())),
    '',
  );
  await stage.apply();
  await screen.live(() => liveText(stage), stage.rest());
  await rehearse(stage, screen);
  await showStatus(stage, screen);
  screen.say('', ...wrap(`A client asks ${stage.clientSays}.`, look.columns, '  '));
}

/** Fencing that was never tried is what fails when it is needed. */
async function rehearse({ rehearse: test, nodes }: Stage, screen: Screen): Promise<void> {
  if (test === undefined) return;
  const text = await test();
  screen.say('', screen.look.command(`  $ holdfast fence test ${nodes.join(' ')}`), '');
  screen.say(
    ...text
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`.trimEnd()),
  );
}

async function play(scene: Scene, stage: Stage, screen: Screen): Promise<Happening> {
  const before = await stage.rest();
  const from = runsOn(before, stage.service);
  if (from === undefined) throw new Error(`${stage.service} does not run on one node`);
  const seen = Math.max(-1, ...(await stage.events(-1)).map(({ number }) => number));
  const beganAtMs = Date.now();
  const { what, away } = await screen.live(() => liveText(stage), scene.play(stage, from));
  const atMs = away.kind === 'fault' ? away.parts.struckAtMs : beganAtMs;
  const after = await screen.live(() => liveText(stage), stage.rest());
  const events = await stage.events(seen);
  const to = runsOn(after, stage.service);
  const happening: Happening = { title: scene.title, what, atMs, events, away, from, to };
  screen.say(...report(happening, screen.look));
  if (scene.shows === true) await showStatus(stage, screen);
  return happening;
}

async function showStatus(stage: Stage, screen: Screen): Promise<void> {
  const text = await stage.screen();
  screen.say('', screen.look.command('  $ holdfast status'), '');
  screen.say(
    ...text
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`.trimEnd()),
  );
}

async function moved(stage: Stage, to: string): Promise<{ what: string; away: Away }> {
  const parts = await stage.move(to);
  const what = `holdfast resource move ${stage.service} ${to}`;
  return { what, away: { kind: 'planned', parts } };
}

/** Nothing was to fail since: that it did is a broken promise. */
async function unharmed(stage: Stage, mark: number): Promise<Away> {
  const { answers, lost } = await stage.patient.lostSince(mark);
  const [first] = lost;
  if (first === undefined) return { kind: 'never', answers: answers.length };
  const count = `${String(lost.length)} of ${String(answers.length)} requests were lost`;
  throw new Error(`${count}, the first one by: ${first.problem ?? 'no reason'}`);
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
