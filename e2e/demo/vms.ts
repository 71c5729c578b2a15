/** `./dev demo --vms`: machines on three nodes; they move, die, and leave a node that is to be empty. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { containerText, installRuntime, layRoot } from '../containers/on-nodes.ts';
import { obstacle as noContainers } from '../containers/room.ts';
import { obstacle as noMachines } from '../guest/archive.ts';
import { patientService, pollService } from '../lab/client.ts';
import * as product from '../lab/product.ts';
import { createMachinesLab, machineText } from '../machines/lab.ts';
import { wrap } from './look.ts';
import { heading, report, summary } from './report.ts';
import type { Happening } from './report.ts';
import type { Screen } from './screen.ts';
import type { Performance } from './stage.ts';
import { bootMs, box, desk, eventsSince, scenes, shop } from './vm-scenes.ts';
import type { Cast, Scene } from './vm-scenes.ts';

/** Needs root and QEMU. An abort ends what there is already; then this rejects. */
export async function createMachinesStage(abort: AbortSignal): Promise<Performance> {
  const problem = noMachines() ?? noContainers();
  if (problem !== undefined) throw new Error(`no machines and containers here: ${problem}`);
  const machines = await createMachinesLab(abort, installRuntime);
  const { lab } = machines;
  layRoot(lab);
  const ask = ({ address }: { readonly address: string }) =>
    pollService(lab.observer, { address, intervalMs: askEveryMs, timeoutMs: patienceMs });
  const patient = [patientService(lab.observer, { address: desk.address, intervalMs: askEveryMs })];
  const cast = { machines, client: ask(shop), boxClient: ask(box), patient };
  return {
    tell: (screen) => tell(cast, screen),
    lookInside: [
      './dev lab exec n1 holdfast status',
      `./dev lab exec observer curl -s http://${shop.address}/`,
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
    'Three nodes on a switch, each with a real Corosync and holdfastd, QEMU and runc. Two machines, ' +
    "made on the spot of Debian's kernel and a busybox, executed in software, and a container. Outside " +
    'a client.';
  screen.say('', heading('The cluster', look), '', ...wrap(built, look.columns, '  '), '');
  const disks = cast.machines.image('shop.raw');
  const text = [
    machineText(shop.name, { address: shop.address, disks, timeoutsMs: { start: bootMs } }),
    machineText(desk.name, { address: desk.address, timeoutsMs: { start: bootMs } }),
    containerText(box.name, box.address),
  ].join('');
  const lines = text.trimEnd().split('\n');
  screen.say(...lines.map((line) => look.quiet(`    ${shortened(line)}`)), '');
  await screen.live(() => liveText(cast), cast.machines.apply(text));
  for (const client of [cast.client, cast.boxClient]) await client.served(undefined, bootMs);
  const names = cast.machines.lab.nodes.map(({ name }) => name);
  await product.holdfastAsk(cast.machines.anyNode(), 'fence', 'test', ...names);
  await showStatus(cast, screen);
  const says = `A client asks http://${shop.address}/ every ${String(askEveryMs)} ms, each time over a new connection.`;
  screen.say('', ...wrap(says, look.columns, '  '));
}

const shortened = (line: string): string => (line.length <= 90 ? line : `${line.slice(0, 89)}…`);

async function play(cast: Cast, scene: Scene, screen: Screen): Promise<Happening> {
  const { machines } = cast;
  const before = await product.status(machines.anyNode());
  const { about = shop.name } = scene;
  const from = product.runsOn(before, about);
  if (from === undefined) throw new Error(`${about} does not run on one node`);
  const seen = (await product.history(machines.anyNode())).at(-1)?.number ?? 0;
  const beganAtMs = Date.now();
  const { what, away } = await screen.live(() => liveText(cast), scene.play(cast, from));
  const atMs = away.kind === 'fault' ? away.parts.struckAtMs : beganAtMs;
  const on = machines.lab.nodes.filter((node) => node.pid() !== undefined);
  const to = product.runsOn(await product.untilSettled(on, bootMs), about);
  const events = await eventsSince(machines, seen);
  const happening: Happening = { title: scene.title, what, atMs, events, away, from, to };
  screen.say(...report(happening, screen.look));
  if (scene.shows === true) await showStatus(cast, screen);
  return happening;
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
