/** What the guest agent says, what it does not say, and what it says to somebody else. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askGuest } from './guest-agent.ts';

let directory: string;
let server: Server | undefined;
let sockets: Socket[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-guest-agent-'));
  sockets = [];
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server?.close();
  rmSync(directory, { recursive: true });
});

interface Asked {
  readonly execute: string;
  readonly arguments?: { readonly id: number };
}

/** An agent that says first what others asked, then answers each command; undefined: nothing. */
async function agent(answer: (asked: Asked) => unknown, first = ''): Promise<string> {
  const path = join(directory, 'agent');
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write(first);
    socket.on('data', (data: Buffer) => {
      for (const line of data.toString().trim().split('\n')) {
        const said = answer(JSON.parse(line) as Asked);
        if (said === 'hangs up') socket.destroy();
        else if (said !== undefined) socket.write(`${JSON.stringify(said)}\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server?.listen(path, resolve));
  return path;
}

const synced = ({ execute, arguments: given }: Asked, otherwise: unknown): unknown =>
  execute === 'guest-sync' ? { return: given?.id } : otherwise;
const soon = (ms = 5000): AbortSignal => AbortSignal.timeout(ms);

test('what it returns is the answer', async () => {
  const path = await agent((asked) => synced(asked, { return: { version: asked.execute } }));
  expect(await askGuest(path, 'guest-info', soon())).toEqual({ version: 'guest-info' });
});

test('what it says to somebody else before is none', async () => {
  const stale = '{"return": 17}\n{"error": {"desc": "of another question"}}\nnonsense\n';
  const path = await agent((asked) => synced(asked, { return: 'mine' }), stale);
  expect(await askGuest(path, 'guest-ping', soon())).toBe('mine');
});

test('what it will not do is said', async () => {
  const path = await agent((asked) => synced(asked, { error: { desc: 'it is disabled' } }));
  await expect(askGuest(path, 'guest-shutdown', soon())).rejects.toThrow('it is disabled');
});

test('one that does not run says nothing, one that dies hangs up', async () => {
  const mute = await agent(() => undefined);
  await expect(askGuest(mute, 'guest-ping', soon(100))).rejects.toThrow('it does not answer');
  server?.close();
  const dying = await agent((asked) => synced(asked, 'hangs up'));
  await expect(askGuest(dying, 'guest-ping', soon())).rejects.toThrow('it hung up');
});
