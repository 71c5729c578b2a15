/** What can be seen of holdfast-watchdog without a watchdog; the rest: e2e/watchdog. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';

const program = new URL('../../../native/build/holdfast-watchdog', import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), 'holdfast-watchdog-'));
const file = join(directory, 'no-device');
writeFileSync(file, '');

async function run(...words: string[]): Promise<{ code: unknown; error: string }> {
  return new Promise((resolve) => {
    const options = { timeout: 5000 };
    execFile(program, words, options, (problem, _output, error) =>
      resolve({ code: problem?.code, error }),
    );
  });
}

test.each([
  [['--timeout', '1'], '--timeout cannot be "1": whole seconds from 2 to 600'],
  [['--timeout', '10s'], '--timeout cannot be "10s"'],
  [['--proof-age', '-1'], '--proof-age cannot be "-1": whole seconds from 1 to 600'],
  [['--socket', 'watchdog.sock'], '--socket cannot be "watchdog.sock": an absolute path'],
  [['--socket', `/${'x'.repeat(107)}`], 'an absolute path of at most 107 bytes'],
  [['--device', 'watchdog'], '--device cannot be "watchdog"'],
  [['--timeout'], '--timeout needs a value'],
  [['--colour', 'red'], '--colour is no option'],
  [['now'], '"now" is no option'],
])('%j is refused', async (words, text) => {
  const { code, error } = await run(...words);
  expect(code).toBe(2);
  expect(error).toContain(text);
});

/** Started without a device that could reset this machine. */
async function start(
  name: string,
): Promise<{ pid: number | undefined; socket: string; first: unknown }> {
  const socket = join(directory, name);
  const child = spawn(program, ['--device', file, '--socket', socket, '--proof-age', '3']);
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { pid: child.pid, socket, first: JSON.parse(line) };
}

test('without a device it says so, and listens for nobody but its user', async () => {
  const { socket, first } = await start('state.sock');
  expect(first).toMatchObject({
    armed: false,
    feeding: false,
    proofAgeMs: 3000,
    why: `${file}: it is no device`,
  });
  expect(statSync(socket).mode & 0o777).toBe(0o600);
});

test.skipIf(process.getuid?.() !== 0)('nothing of its memory can be swapped out', async () => {
  const { pid } = await start('locked.sock');
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN);
  // All that is mapped, but for the pages of the kernel that no program can lock.
  expect(kilobytes('VmLck')).toBeGreaterThan(kilobytes('VmSize') / 2);
});

test('a second one at the same socket ends', async () => {
  const { socket } = await start('second.sock');
  const { code, error } = await run('--device', file, '--socket', socket);
  expect([code, error]).toEqual([1, expect.stringContaining('another one listens')]);
});

test.each([
  ['proof 1 99999999999999\n', 'from the future'],
  ['proof 0 1\n', 'said before'],
  ['proof 2 1\nproof 2 1\n', 'said twice'],
  ['proof one 1\n', 'no number'],
  ['proof 1 1 V\n', 'something behind it'],
  ['hello 1 1\n', 'another word'],
  ['x'.repeat(200), 'no end'],
  ['proof 1\0 1\n', 'no text'],
])('who says %j is dropped: %s', async (text, why) => {
  const { socket } = await start(`${why}.sock`);
  const client = connect(socket);
  // What was not read is answered with a reset of the connection.
  client.on('error', () => undefined);
  const closed = new Promise((resolve) => void client.on('close', resolve));
  await once(client, 'data');
  client.write(text);
  await closed;
});
