/** KVM is taken where a guest was seen to run, not where there is a device. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentHost } from '../host.ts';
import type { ProcessRequest } from '../process.ts';
import { accelerator, runsGuests } from './kvm.ts';

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
  expect(await runsGuests(host(33), device)).toBe(false);
  expect(started).toEqual([]);
});

test.skipIf(process.arch !== 'x64')('a device with which no guest runs is not enough', async () => {
  writeFileSync(device, '');
  expect(await runsGuests(host(1), device)).toBe(false);
  expect(await runsGuests(host(33), device)).toBe(true);
  expect(started[0]?.argv.join(' ')).toContain('accel=kvm');
});

test('who says which is not asked', async () => {
  expect(await accelerator(host(1), 'kvm')).toBe('kvm');
  expect(await accelerator(host(33), 'tcg')).toBe('tcg');
  expect(started).toEqual([]);
});
