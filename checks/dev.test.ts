import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

test('a verb that does not exist is refused, with those that do', () => {
  const { stderr, status } = spawnSync(join(root, 'dev'), ['tset'], { encoding: 'utf8' });
  expect(stderr).toBe(
    'dev: there is no verb tset; the verbs are: ' +
      'bench build chaos check demo differ fmt help hostile install lab setup sim steady test\n',
  );
  expect(status).toBe(2);
});

/** A process that has ended and only waits for its parent to look (state Z) is not alive. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** The child starts one of its own, says both process ids, and waits. */
const family = `
  source scripts/dev/run.sh
  run node_modules/.bin/node -e '
    const child = require("node:child_process").spawn("sleep", ["60"]);
    console.log(process.pid, child.pid);
  '
`;

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends all that a verb started', async (signal, status) => {
  const dev = spawn('bash', ['-c', family], { cwd: root });
  const [output] = (await once(dev.stdout, 'data')) as [Buffer];
  const pids = output.toString().trim().split(' ').map(Number);
  expect(pids.map(isAlive)).toEqual([true, true]);
  dev.kill(signal);
  expect(await once(dev, 'exit')).toEqual([status, null]);
  expect(pids.map(isAlive)).toEqual([false, false]);
});

test('a command keeps its exit status', () => {
  const script = 'source scripts/dev/run.sh; run bash -c "exit 7"';
  expect(spawnSync('bash', ['-c', script], { cwd: root }).status).toBe(7);
});
