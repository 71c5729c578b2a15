/** No machine comes to a node that has not the memory for it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ServiceState, ServiceSupervisor } from '../command/supervisor.ts';
import type { AgentHost } from '../host.ts';
import { availableMemory } from '../memory.ts';
import { placesOf } from './qemu.ts';
import { keepRoom, leaveRoom, takeRoom } from './room.ts';
import { parseVmSettings, type VmSettings } from './settings.ts';

const mib = 1_048_576;
let directory: string;
let host: AgentHost;
let running: Set<string>;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-room-'));
  running = new Set();
  const state = (resource: string): Promise<ServiceState> =>
    Promise.resolve(running.has(resource) ? { kind: 'running', pid: 0 } : { kind: 'absent' });
  const services = { state } as unknown as ServiceSupervisor;
  host = { services, machinesDirectory: directory } as unknown as AgentHost;
});
afterEach(() => {
  for (const resource of ['a', 'b', 'c']) leaveRoom(resource);
  rmSync(directory, { recursive: true });
});

const machine = (parameters: Readonly<Record<string, string>>): VmSettings => {
  const parsed = parseVmSettings(parameters);
  if (parsed.kind === 'wrong') throw new Error(parsed.reason);
  return parsed.settings;
};

const comes = (resource: string, availableMib: number, parameters = {}) =>
  takeRoom(host, resource, machine({ memory: '512', ...parameters }), () => availableMib * mib);

/** Its QEMU waits here. */
function waits(resource: string): void {
  const { expected } = placesOf({ services: host.services!, directory }, resource);
  mkdirSync(dirname(expected), { recursive: true });
  writeFileSync(expected, '');
  running.add(resource);
  keepRoom(resource);
}

test('what is available is what the kernel says', () => {
  const path = join(directory, 'meminfo');
  writeFileSync(path, 'MemTotal:       2000 kB\nMemFree:  1 kB\nMemAvailable:       1000 kB\n');
  expect(availableMemory(path)).toBe(1000 * 1024);
});

test('one that does not fit is refused with both figures, and what can be done', async () => {
  expect(await comes('a', 512)).toBeUndefined();
  leaveRoom('a');
  expect(await comes('a', 511)).toBe(
    'it may use 512 MiB of memory, and 511 MiB are available here; ' +
      'migration_overcommit: true lets it come all the same',
  );
});

test.each([
  [{ migration_overcommit: 'true' }],
  [{ arguments: '-mem-path /dev/hugepages' }],
  [{ arguments: '-object memory-backend-file,id=m,mem-path=/dev/hugepages,size=512M' }],
])('%j comes all the same', async (parameters) => {
  expect(await comes('a', 1, parameters)).toBeUndefined();
});

test('two that come at once do not take the same room', async () => {
  expect(await comes('a', 600)).toBeUndefined();
  expect(await comes('b', 600)).toMatch(
    /^it may use 512 MiB of memory, and 88 MiB are available here beside the 512 MiB of machines/,
  );
  expect(await comes('a', 600)).toBeUndefined(); // asked once more: not beside itself
  leaveRoom('a');
  expect(await comes('b', 600)).toBeUndefined();
});

test('one that waits counts, and not any more when it runs or is given up', async () => {
  expect(await comes('a', 600)).toBeUndefined();
  waits('a');
  expect(await comes('b', 600)).toContain('88 MiB are available');
  running.delete('a');
  expect(await comes('b', 600)).toBeUndefined();
});
