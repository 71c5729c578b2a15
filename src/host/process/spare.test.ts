import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import type { ProcessRequest } from '../../agents/process.ts';
import { createStartProcess } from './launch.ts';
import { readProcess } from './orphans.ts';
import { createSpares } from './spare.ts';

const launcher = new URL('../../../native/build/holdfast-launch', import.meta.url).pathname;
const spares = createSpares(launcher, [], 2);
const start = createStartProcess({ launchers: spares });

const request = (script: string, rest: Partial<ProcessRequest> = {}): ProcessRequest => ({
  argv: ['/bin/sh', '-c', script],
  environment: { PATH: '/usr/bin:/bin' },
  timeoutMs: 10_000,
  outputBytesMax: 4096,
  ...rest,
});

/** What the script printed. */
const run = async (script: string, rest: Partial<ProcessRequest> = {}): Promise<string> =>
  (await start(request(script, rest)).result).output;

/** This process' children that wait for their arguments. */
function waiting(): readonly number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => readProcess(pid)?.parent === process.pid && isSpare(pid));
}

function isSpare(pid: number): boolean {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'latin1').includes('--spare');
  } catch {
    return false;
  }
}

/** The same twice: one that has run its program is still there for a moment. */
function untilWaiting(count: number): Promise<readonly number[]> {
  const look = async (): Promise<readonly number[]> => {
    const found = waiting();
    expect(found).toHaveLength(count);
    await sleep(50);
    expect(waiting()).toEqual(found);
    return found;
  };
  return vi.waitFor(look, { timeout: 10_000 });
}

beforeEach(async () => {
  await run('exit 0');
  await untilWaiting(2);
});

afterAll(async () => {
  spares.close();
  await untilWaiting(0);
});

test('a program runs in a process that waited, as in one that is started for it', async () => {
  const before = await untilWaiting(2);
  expect(before).toContain(Number(await run('echo $PPID')));
  await untilWaiting(2);
  const script = 'cat; env | sort; pwd; umask; ulimit -n; ls /proc/self/fd; exit 3';
  const rest = {
    environment: { A: 'b c', EMPTY: '', PATH: '/usr/bin:/bin' },
    standardInput: 'from the daemon\n',
    directory: '/tmp',
  };
  const direct = createStartProcess({ launchers: createSpares(launcher, [], 0) });
  const [ahead, needed] = await Promise.all(
    [start, direct].map((each) => each(request(script, rest)).result),
  );
  expect(ahead?.outcome).toEqual({ kind: 'exited', exitCode: 3 });
  expect(ahead?.output).toBe(needed?.output);
  expect(ahead?.output).toMatch(/^from the daemon\nA=b c\nEMPTY=\n/);
});

test('each waits for one program, and others take their place', async () => {
  const before = await untilWaiting(2);
  const parents = await Promise.all([1, 2, 3].map(() => run('echo $PPID; sleep 0.1')));
  const used = parents.map(Number);
  expect(new Set(used).size).toBe(3);
  expect(used).toEqual(expect.arrayContaining([...before]));
  const after = await untilWaiting(2);
  expect(after.filter((pid) => used.includes(pid))).toEqual([]);
});

test('a cancelled program ends with all that it started', async () => {
  const running = start(request('sleep 1000 & sleep 1000'));
  await sleep(100);
  running.cancel();
  expect((await running.result).outcome).toEqual({ kind: 'cancelled' });
});

test('one that was killed while it waited is not used', async () => {
  for (const pid of await untilWaiting(2)) process.kill(pid, 'SIGKILL');
  await untilWaiting(0);
  await sleep(20);
  expect(await run('echo well')).toBe('well\n');
});

test('what is too long for it is told to a process of its own', async () => {
  const before = await untilWaiting(2);
  const input = 'x'.repeat(60_000);
  const environment = { PATH: '/usr/bin:/bin', A: input, B: input };
  const output = await run('echo $PPID; wc -c', { environment, standardInput: input });
  expect(before).not.toContain(Number(output.split('\n')[0]));
  expect(output).toContain('60000');
});
