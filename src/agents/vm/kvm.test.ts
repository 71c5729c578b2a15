/** KVM is taken where a guest was seen to run, not where there is a device. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentHost } from '../host.ts';
import type { ProcessRequest } from '../process.ts';
import { accelerator, whyNoGuest } from './kvm.ts';

let directory: string;
let device: string;
let started: ProcessRequest[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-kvm-test-'));
  device = join(directory, 'kvm');
  started = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

/** QEMU ends with this code; the probe's own is 33. */
const host = (exitCode: number): Pick<AgentHost, 'startProcess'> =>
  ({
    startProcess: (request: ProcessRequest) => {
      started.push(request);
      return { result: Promise.resolve({ outcome: { kind: 'exited', exitCode } }) };
    },
  }) as unknown as Pick<AgentHost, 'startProcess'>;

test('without a device nothing is tried', async () => {
  expect(await whyNoGuest(host(33), device)).toMatch(/^KVM cannot be used here \(ENOENT/);
  expect(started).toEqual([]);
});

test.each([
  ['x64', 33, 'qemu-system-x86_64', 'accel=kvm'],
  ['arm64', 0, 'qemu-system-aarch64', '-cpu host'],
])('a device with which no guest runs is not enough (%s)', async (architecture, code, ...words) => {
  writeFileSync(device, '');
  expect(await whyNoGuest(host(1), device, architecture)).toMatch(/did not run with it$/);
  expect(await whyNoGuest(host(code), device, architecture)).toBeUndefined();
  for (const word of words) expect(started[0]?.argv.join(' ')).toContain(word);
});

test('where no such guest is known nothing is tried, and it is said', async () => {
  writeFileSync(device, '');
  expect(await whyNoGuest(host(0), device, 's390x')).toBe('KVM is not tried on s390x');
  expect(started).toEqual([]);
});

test('who says which is not asked, nor is what was taken over', async () => {
  const commandLine: readonly string[] = [];
  expect(await accelerator(host(1), { accelerator: 'kvm', commandLine })).toBe('kvm');
  expect(await accelerator(host(33), { accelerator: 'tcg', commandLine })).toBe('tcg');
  await accelerator(host(33), { accelerator: 'auto', commandLine: ['/usr/bin/qemu-kvm'] });
  expect(started).toEqual([]);
});
