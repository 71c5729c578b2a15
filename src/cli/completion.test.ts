import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { expect, it } from 'vitest';

const main = join(import.meta.dirname, 'main.ts');
const holdfast = (...words: readonly string[]) =>
  spawnSync(process.execPath, [main, ...words], {
    encoding: 'utf8',
    env: { HOLDFAST_RUN: '/nowhere' },
  });

it.each(['bash', 'zsh', 'fish'])('writes a script for %s', (shell) => {
  const { stdout, status } = holdfast('completion', shell);
  expect(status).toBe(0);
  expect(stdout).toContain(' complete -- ');
});

it('completes commands, also without a daemon', () => {
  const { stdout, status } = holdfast('complete', '--', 'resource', 'mo');
  expect(status).toBe(0);
  expect(stdout).toContain('move');
  expect(stdout).not.toContain('restart');
});

/** What bash would offer for the line, when the program answers with these lines. */
function offered(line: string, ...answer: readonly string[]): readonly string[] {
  const script = `set -u; ${holdfast('completion', 'bash').stdout}
    compopt() { files=", files"; }
    program() { printf '%s\\n' "\${@:3}" >&3; printf '%s\\n' "\${answer[@]}"; }
    answer=("$@") files=''
    COMP_LINE=$LINE COMP_POINT=\${#LINE}
    __holdfast_complete program
    echo "\${COMPREPLY[*]-}$files"`;
  const bash = spawnSync('bash', ['--norc', '-c', script, 'bash', ...answer], {
    encoding: 'utf8',
    env: { LINE: line },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  expect(bash.stderr).toBe('');
  return [bash.stdout.trimEnd(), ...(bash.output[3] ?? '').trimEnd().split('\n')];
}

it('in bash: names that go on as it was begun, without any package of bash', () => {
  const line = 'holdfast resource move w';
  expect(offered(line, 'web\tnginx', 'other', ':4')).toEqual(['web', 'resource', 'move', 'w']);
});

it('in bash: a new word; what holds a colon goes on after it', () => {
  expect(offered('holdfast why ', 'a', 'b', ':4')).toEqual(['a b', 'why']);
  const line = 'holdfast agents ocf:heartbeat:IP';
  expect(offered(line, 'ocf:heartbeat:IPaddr2', ':4')[0]).toBe('IPaddr2');
});

it('in bash: what stands on the line is not run', () => {
  expect(offered('holdfast why $(echo', ':4')).toEqual(['', 'why', '$(echo']);
});

it('where a file is wanted the shell offers files', () => {
  expect(offered('holdfast apply -f clu', ':0')[0]).toBe(', files');
  for (const words of [['apply', '-f'], ['import'], ['secret', 'set', 'x', '--file']]) {
    expect(holdfast('complete', '--', ...words, '').stdout).toBe(':0\n');
  }
  expect(holdfast('complete', '--', 'why', '').stdout).toBe(':4\n');
});
