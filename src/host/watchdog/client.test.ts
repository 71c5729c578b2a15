import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { native } from '../../../native/holdfast.ts';
import { connectToWatchdog } from './client.ts';
import type { WatchdogState } from './client.ts';

const program = new URL('../../../native/build/holdfast-watchdog', import.meta.url).pathname;

test('the daemon is told the state, and what it proves is heard, also after a restart', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-watchdog-'));
  const device = join(directory, 'device');
  const socket = join(directory, 'watchdog.sock');
  const states: WatchdogState[] = [];
  const client = connectToWatchdog(socket, (state) => states.push(state));
  onTestFinished(() => client.close());
  // No device at first: then the reason is the next one, which a proof changes.
  const start = (): (() => void) => {
    const child = spawn(program, ['--device', device, '--socket', socket, '--proof-age', '1']);
    onTestFinished(() => void child.kill('SIGKILL'));
    return () => void child.kill('SIGTERM');
  };
  writeFileSync(device, '');
  const stop = start();
  const why = (): string | undefined => states.at(-1)?.why;
  await vi.waitFor(() => expect(why()).toContain('it is no device'), 5000);
  stop();
  await vi.waitFor(() => expect(existsSync(socket)).toBe(false), 5000);
  states.length = 0;
  start();
  await vi.waitFor(() => expect(states).toHaveLength(1), 5000);
  client.prove(native().bootTimeMs());
  client.prove(native().bootTimeMs());
  client.release(native().bootTimeMs());
  // A word that was not understood would end the connection, and the next one bring a state.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(states).toHaveLength(1);
});
