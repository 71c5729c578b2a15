/** What a machine's emulator is started as. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ServiceProgram } from '../command/supervisor.ts';
import type { AgentHost, Operation } from '../host.ts';
import { startQemu } from './qemu.ts';
import { parseVmSettings } from './settings.ts';

test('what was taken over is started with the emulator that it had, of whatever processor', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-qemu-'));
  const programs: ServiceProgram[] = [];
  const start = (_: string, program: ServiceProgram) => {
    programs.push(program);
    return Promise.resolve({ kind: 'started', pid: 1 });
  };
  const host = { services: { start }, machinesDirectory: directory } as unknown as AgentHost;
  const operation = { request: { resource: 'old' } } as unknown as Operation;
  const words = ['/opt/bin/qemu-system-ppc64', '-m', '64', '-qmp', 'unix:/run/old,server=on'];
  const parsed = parseVmSettings({ command_line: JSON.stringify(words) });
  if (parsed.kind === 'wrong') throw new Error(parsed.reason);
  expect(await startQemu(host, operation, parsed.settings, false)).toEqual({ kind: 'started' });
  rmSync(directory, { recursive: true });
  expect(programs[0]?.argv.slice(0, 3)).toEqual(['/opt/bin/qemu-system-ppc64', '-m', '64']);
});
