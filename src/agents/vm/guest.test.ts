/** A guest whose QEMU ends while it is asked. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ServiceState, ServiceSupervisor } from '../command/supervisor.ts';
import { lookAt } from './guest.ts';
import { placesOf, type Machines } from './qemu.ts';

test('a QEMU that hangs up in the middle of an answer is asked again until its end is known', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-guest-'));
  let asked = 0;
  const state = (): Promise<ServiceState> =>
    Promise.resolve(asked < 2 ? { kind: 'running', pid: 1 } : { kind: 'ended', detail: 'SIGKILL' });
  const machines: Machines = { directory, services: { state } as unknown as ServiceSupervisor };
  const path = placesOf(machines, 'vm').control;
  mkdirSync(dirname(path), { recursive: true });
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('{"QMP": {"version": {}, "capabilities": []}}\r\n');
    socket.on('data', (text: Buffer) => {
      const { execute, id } = JSON.parse(text.toString()) as { execute: string; id: number };
      if (execute === 'qmp_capabilities')
        return void socket.write(`${JSON.stringify({ return: {}, id })}\r\n`);
      asked += 1;
      socket.destroy();
    });
  });
  onTestFinished(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const seen = await lookAt(machines, 'vm', AbortSignal.timeout(5000), (guest) => guest.state());
  expect(seen).toBeUndefined();
  expect(asked).toBe(2);
});
