/** Conversations with what calls itself QEMU: broken ones end, they do not hang. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openQmp, type QmpEvent } from './qmp.ts';
import { guestState } from './status.ts';

let directory: string;
let server: Server | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-qmp-'));
});
afterEach(() => {
  server?.close();
  rmSync(directory, { recursive: true });
});

const greeting = '{"QMP": {"version": {}, "capabilities": []}}\r\n';

/** A QEMU that answers each command with what `answer` says. */
async function qemu(answer: (command: string, socket: Socket) => unknown): Promise<string> {
  const path = join(directory, 'qmp');
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(greeting);
    socket.on('data', (data: Buffer) => {
      for (const line of data.toString().trim().split('\n')) {
        const { execute, id } = JSON.parse(line) as { execute: string; id: number };
        const said = execute === 'qmp_capabilities' ? { return: {} } : answer(execute, socket);
        if (said !== undefined) socket.write(`${JSON.stringify({ ...(said as object), id })}\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server?.listen(path, resolve));
  return path;
}

const soon = (): AbortSignal => AbortSignal.timeout(5000);

test('answers find their questions, events their listeners', async () => {
  const path = await qemu((command, socket) => {
    socket.write('{"event": "STOP", "data": {"a": 1}, "timestamp": {}}\r\n');
    return { return: command };
  });
  const qmp = await openQmp(path, soon());
  const events: QmpEvent[] = [];
  qmp.onEvent((event) => events.push(event));
  expect(await Promise.all([qmp.ask('one'), qmp.ask('two')])).toEqual(['one', 'two']);
  expect(events[0]).toEqual({ name: 'STOP', data: { a: 1 } });
  qmp.close();
  await expect(qmp.ask('three')).rejects.toThrow('was closed');
});

test('a refusal says what was refused, and why', async () => {
  const path = await qemu(() => ({ error: { class: 'GenericError', desc: 'no such disk' } }));
  const qmp = await openQmp(path, soon());
  await expect(qmp.ask('eject')).rejects.toThrow('QEMU refused eject: no such disk');
  qmp.close();
});

test.each([
  ['that never answers', () => undefined, 'aborted'],
  ['that hangs up', (_command: string, socket: Socket) => void socket.destroy(), 'hung up'],
  [
    'that talks nonsense',
    (_command: string, socket: Socket) => void socket.write('{{{\n'),
    'not JSON',
  ],
  [
    'that never ends its line',
    (_command: string, socket: Socket) => void socket.write('x'.repeat(3 << 20)),
    'endless line',
  ],
])('one %s ends the conversation', async (_what, answer, words) => {
  const qmp = await openQmp(await qemu(answer), AbortSignal.timeout(500));
  await expect(qmp.ask('query-status')).rejects.toThrow(words);
  await qmp.ended;
});

test('what waits after -S is a paused guest only until it is told to run', async () => {
  const path = await qemu(() => ({ return: { status: 'paused', running: false } }));
  const qmp = await openQmp(path, soon());
  expect(await guestState(qmp, true)).toEqual({ kind: 'arrived' });
  expect(await guestState(qmp, false)).toEqual({ kind: 'ill', reason: 'it was paused by hand' });
  qmp.close();
});
