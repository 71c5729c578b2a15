/** Completion in the real shells, in front of a daemon that knows some names. */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, it, vi } from 'vitest';

const run = promisify(execFile);
const directory = mkdtempSync(join(tmpdir(), 'holdfast-complete-'));
const main = join(import.meta.dirname, 'main.ts');

const ANSWERS: Readonly<Record<string, unknown>> = {
  '/v1/names': { nodes: ['n1', 'n2'], resources: ['web', 'worker', 'db'], secrets: ['ipmi'] },
  '/v1/agents': [{ name: 'ocf:heartbeat:IPaddr2' }, { name: 'ocf:heartbeat:nginx' }],
};
let server: Server;

beforeAll(async () => {
  server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(ANSWERS[path] ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(join(directory, 'api.sock'), resolve));
  const program = join(directory, 'holdfast');
  writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`);
  chmodSync(program, 0o755);
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true, force: true });
});

async function shell(name: string, ...words: readonly string[]): Promise<readonly string[]> {
  const env = {
    PATH: `${directory}:${process.env['PATH'] ?? ''}`,
    HOME: directory,
    HOLDFAST_RUN: directory,
  };
  const { stdout } = await run(name, words, { env, timeout: 30_000 });
  return stdout.split('\n').filter((line) => line !== '');
}

const BASH = `source <(holdfast completion bash); compopt() { :; }
COMP_LINE=$1 COMP_POINT=\${#1}; __holdfast_complete holdfast; printf '%s\\n' "\${COMPREPLY[@]}"`;
const FISH = 'holdfast completion fish | source; complete -C $argv[1]';
/** What the function hands to zsh, without a terminal. */
const ZSH = `compdef() { }; _describe() { print -rl -- "\${(P@)argv[-1]}" }; _arguments() { }
source <(holdfast completion zsh)
line=$1; words=("\${(@s: :)line}"); CURRENT=\${#words}; _holdfast || true`;

const offers: Readonly<Record<string, (line: string) => Promise<readonly string[]>>> = {
  bash: (line) => shell('bash', '--norc', '-c', BASH, 'bash', line),
  fish: (line) => shell('fish', '--no-config', '-c', FISH, line),
  zsh: (line) => shell('zsh', '-f', '-c', ZSH, 'zsh', line),
};

/** Without the description behind a tab, or (zsh, which escapes others) behind a colon. */
function word(line: string, shellName: string): string {
  if (shellName !== 'zsh') return line.split('\t')[0]?.trim() ?? '';
  return (/^(?:\\.|[^:\\])*/.exec(line)?.[0] ?? '').replaceAll('\\', '').trim();
}

const isThere = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((path) => existsSync(join(path, name)));

// bash is everywhere; zsh and fish are tried where they are installed, and named where they are not.
for (const name of ['bash', 'zsh', 'fish']) {
  it.skipIf(!isThere(name))(
    `${name}: commands, live names, agents, values of options`,
    async () => {
      const offered = async (line: string): Promise<readonly string[]> =>
        ((await offers[name]?.(line)) ?? []).map((each) => word(each, name));
      expect(await offered('holdfast resource mo')).toContain('move');
      // Live names are given up after half a second, which a busy machine may take.
      const names = await vi.waitUntil(
        async () => {
          const some = await offered('holdfast resource move w');
          return some.length > 0 && some;
        },
        { timeout: 50_000, interval: 500 },
      );
      expect(names).toEqual(expect.arrayContaining(['web', 'worker']));
      expect(names).not.toContain('db');
      const agents = await offered('holdfast agents ocf:heartbeat:IP');
      // bash goes on behind the last colon.
      expect(agents).toContain(name === 'bash' ? 'IPaddr2' : 'ocf:heartbeat:IPaddr2');
      expect(await offered('holdfast status -o j')).toContain('json');
    },
    60_000,
  );

  it.skipIf(!isThere(name))(
    `${name}: what stands on the line is not run`,
    async () => {
      const mark = join(directory, `${name}-was-run`);
      await offers[name]?.(`holdfast why $(touch ${mark}) w`).catch(() => undefined);
      await offers[name]?.(`holdfast why \`touch ${mark}\``).catch(() => undefined);
      expect(existsSync(mark)).toBe(false);
    },
    60_000,
  );
}
