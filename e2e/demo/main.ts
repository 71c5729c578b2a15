/** `./dev demo`: a cluster on this machine, struck and measured. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sleep } from '../lab/run.ts';
import { repository } from '../lab/toolchain.ts';
import { createCorosyncStage } from './corosync-stage.ts';
import { createLocalStage } from './local-stage.ts';
import { partsUnder, picture } from './picture.ts';
import { createScreen } from './screen.ts';
import type { Performance } from './stage.ts';
import { tell } from './story.ts';
import { createMachinesStage } from './vms.ts';

const usage = `usage: ./dev demo [--vms] [--keep] [--engine corosync|local] [--picture FILE]

  --vms       virtual machines and a container: they move, die, and leave a node; needs root and QEMU
  --keep      leave the cluster running afterwards, and say how to look inside
  --engine    corosync: machines of namespaces with a real Corosync; needs root
              local: several daemons of one user, without Corosync; chosen where there is no root
  --picture   write what was seen of the lost node as SVG, as in the README
`;

/** Conventional for a program that Ctrl-C ended (128 + SIGINT). */
const interruptedCode = 130;
const seen: string[] = [];
const screen = createScreen({ seen: (lines) => seen.push(...lines) });
const interrupt = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(name, () => interrupt.abort());
const interrupted = new Promise<'interrupted'>((resolve) => {
  interrupt.signal.addEventListener('abort', () => resolve('interrupted'));
});

process.exit(await main());

async function main(): Promise<number> {
  const options = parse();
  if (options === undefined) return 2;
  screen.say('Building the cluster …');
  const building = build(options);
  try {
    const stage = await Promise.race([building, interrupted]);
    if (stage === 'interrupted') return interruptedCode;
    const code = await perform(stage, options.keep);
    if (code === 0 && options.picture !== undefined) draw(options.picture);
    return code;
  } catch (error) {
    sayFailure(error);
    return 1;
  } finally {
    // It ends by itself when it was interrupted while it was built.
    await Promise.race([building.then((stage) => stage.close()).catch(() => {}), sleep(15_000)]);
  }
}

async function build({ engine, vms }: Options): Promise<Performance> {
  if (vms) return createMachinesStage(interrupt.signal);
  const create = engine === 'corosync' ? createCorosyncStage : createLocalStage;
  const stage = await create(interrupt.signal);
  return { ...stage, tell: (where) => tell(stage, where) };
}

interface Options {
  readonly keep: boolean;
  readonly vms: boolean;
  readonly engine: 'corosync' | 'local';
  readonly picture: string | undefined;
}

function parse(): Options | undefined {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = { keep: flag, vms: flag, engine: text, picture: text } as const;
  try {
    const { values } = parseArgs({ options });
    const { keep = false, vms = false, engine, picture: file } = values;
    if (vms && (engine === 'local' || process.getuid?.() !== 0)) {
      throw new Error('--vms needs root, and machines of namespaces: --engine corosync');
    }
    return { keep, vms, engine: chooseEngine(engine), picture: file };
  } catch (error) {
    process.stderr.write(`demo: ${message(error)}\n\n${usage}`);
    return undefined;
  }
}

function chooseEngine(wanted: string | undefined): 'corosync' | 'local' {
  if (wanted === 'corosync' || wanted === 'local') return wanted;
  if (wanted !== undefined) throw new Error(`--engine ${wanted}: it can be corosync or local`);
  if (process.getuid?.() === 0) return 'corosync';
  screen.say('Without root there are no machines of namespaces and no Corosync: this runs on the');
  screen.say('local engine, several daemons of one user on this machine.', '');
  return 'local';
}

async function perform(stage: Performance, keeps: boolean): Promise<number> {
  try {
    const end = await Promise.race([stage.tell(screen), interrupted]);
    if (end === 'interrupted') return interruptedCode;
  } catch (error) {
    if (interrupt.signal.aborted) return interruptedCode;
    sayFailure(error);
    const directory = join(repository, '.cache', 'demo-failure');
    stage.keepLogs(directory);
    process.stderr.write(`The logs of all nodes are in ${directory}.\n`);
    if (!keeps) return 1;
    await look(stage);
    return 1;
  }
  if (keeps) await look(stage);
  return 0;
}

function draw(file: string): void {
  writeFileSync(file, picture(partsUnder(seen, ['A whole node loses power', 'In short'])));
}

async function look({ lookInside }: Performance): Promise<void> {
  screen.say('', 'The cluster goes on until Ctrl-C. Look inside from another terminal:', '');
  screen.say(...lookInside.map((command) => `    ${command}`), '');
  await interrupted;
}

function sayFailure(error: unknown): void {
  process.stderr.write(`\nThe demonstration failed: ${message(error)}\n`);
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
