/** Says whether containers can be sent from and to this node while they run (core/model/live-containers.ts). */
import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { programPath } from '../agents/container/driver.ts';
import { baseEnvironment } from '../agents/environment.ts';
import { checkpointText, criuVersionOf } from '../core/model/live-containers.ts';

/** It may be installed, upgraded or removed at any time. */
const LOOK_MS = 60_000;
const ANSWER_MS = 10_000;
const ANSWER_BYTES = 65_536;

/** `say` hears each change; undefined: there is none. */
export function followCriu(say: (text: string | undefined) => void): {
  readonly close: () => void;
} {
  let known: string | undefined;
  const look = (): void => {
    const program = programPath('criu');
    const found = program === undefined ? undefined : `${program} ${stampOf(program)}`;
    if (found === known) return;
    known = found;
    if (program === undefined) say(undefined);
    else askVersion(program, say);
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  look();
  return { close: () => clearInterval(timer) };
}

function askVersion(program: string, say: (text: string | undefined) => void): void {
  const options = {
    timeout: ANSWER_MS,
    killSignal: 'SIGKILL',
    maxBuffer: ANSWER_BYTES,
    env: baseEnvironment(),
  } as const;
  execFile(program, ['--version'], options, (_error, output) => {
    const version = criuVersionOf(output);
    say(version === undefined ? undefined : checkpointText(version));
  });
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${String(stat.mtimeMs)} ${String(stat.ino)}`;
}
