/** Says whether containers can be sent from and to this node while they run (core/model/live-containers.ts). */
import { execFile } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../agents/container/driver.ts';
import { baseEnvironment } from '../agents/environment.ts';
import { checkpointText, criuVersionOf } from '../core/model/live-containers.ts';

/** It may be installed, upgraded or removed at any time. */
const LOOK_MS = 60_000;
const ANSWER_MS = 10_000;
const ANSWER_BYTES = 65_536;

type Say = (text: string | undefined) => void;

interface Following {
  readonly close: () => void;
}

/** `say` hears each change; undefined: there is none. */
export const followCriu = (say: Say): Following =>
  follow({
    program: () => programPath('criu'),
    question: ['--version'],
    beside: () => [],
    read: (output) => {
      const version = criuVersionOf(output);
      return version === undefined ? undefined : checkpointText(version);
    },
    say,
  });

/** What podman runs its containers with. It is not asked where there is no CRIU that could use the answer. */
export const followPodman = (say: Say): Following =>
  follow({
    program: () => (programPath('criu') === undefined ? undefined : programPath('podman')),
    question: ['info', '--format', '{{.Host.OCIRuntime.Name}}'],
    beside: containersConf,
    read: (output) => /^[\w.-]{1,32}(?=\n?$)/.exec(output)?.[0],
    say,
  });

interface Followed {
  readonly program: () => string | undefined;
  readonly question: readonly string[];
  /** Files that change the answer. */
  readonly beside: () => readonly string[];
  /** Undefined: that is no answer. */
  readonly read: (output: string) => string | undefined;
  readonly say: Say;
}

function follow({ program, question, beside, read, say }: Followed): Following {
  let known: string | undefined;
  const look = (): void => {
    const path = program();
    const found = path === undefined ? undefined : [path, ...beside()].map(stampOf).join(' ');
    if (found === known) return;
    known = found;
    if (path === undefined) return say(undefined);
    ask(path, question, (output) => {
      const text = read(output);
      // It may have been busy: it is asked again with the next look.
      if (text === undefined && known === found) known = undefined;
      say(text);
    });
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  look();
  return { close: () => clearInterval(timer) };
}

function ask(program: string, question: readonly string[], answered: (text: string) => void): void {
  const options = {
    timeout: ANSWER_MS,
    killSignal: 'SIGKILL',
    maxBuffer: ANSWER_BYTES,
    env: baseEnvironment(),
  } as const;
  execFile(program, question, options, (_error, output) => answered(output));
}

/** containers.conf(5). */
function containersConf(): readonly string[] {
  const directory = '/etc/containers/containers.conf.d';
  const main = ['/usr/share/containers/containers.conf', '/etc/containers/containers.conf'];
  return [...main, ...namesIn(directory).map((name) => join(directory, name))];
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${path} ${String(stat.mtimeMs)} ${String(stat.ino)}`;
}
