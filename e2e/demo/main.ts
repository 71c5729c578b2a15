/** `./dev demo [--keep] [--engine corosync|local]`: a cluster on this machine, struck and measured. */
import { parseArgs } from 'node:util';
import { createCorosyncStage } from './corosync-stage.ts';
import { createScreen } from './screen.ts';
import type { Stage } from './stage.ts';
import { tell } from './story.ts';

const screen = createScreen();
const { values } = parseArgs({
  options: { keep: { type: 'boolean', default: false }, engine: { type: 'string' } },
});
const stopped = new Promise<void>((resolve) => {
  process.once('SIGINT', resolve).once('SIGTERM', resolve);
});

// Interrupted while it is built, all of it ends with this process, and the next lab sweeps.
const stage =
  (await Promise.race([raise(chooseEngine(values.engine)), stopped])) ?? process.exit(130);
try {
  const story = tell(stage, screen);
  await Promise.race([story, stopped]);
  if (values.keep) await Promise.race([keep(stage), stopped]);
} finally {
  await stage.close();
}
process.exit();

function chooseEngine(wanted: string | undefined): 'corosync' | 'local' {
  if (wanted === 'corosync' || wanted === 'local') return wanted;
  if (wanted !== undefined) throw new Error(`--engine ${wanted}: it can be corosync or local`);
  if (process.getuid?.() === 0) return 'corosync';
  screen.say('Without root there are no machines of namespaces: this runs on the local engine.');
  return 'local';
}

async function raise(engine: 'corosync' | 'local'): Promise<Stage> {
  screen.say('Building the cluster …');
  if (engine === 'corosync') return createCorosyncStage();
  throw new Error('the local engine has no stage yet');
}

async function keep({ lookInside }: Stage): Promise<void> {
  screen.say('', 'The cluster goes on until Ctrl-C. Look inside from another terminal:', '');
  screen.say(...lookInside.map((command) => `    ${command}`), '');
  await stopped;
}
