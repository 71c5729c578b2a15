import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Reader, sendFiles, takeFiles, write } from './parcel.ts';
import { listen, newHalf, reach, type Listener } from './way.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-parcel-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('a container on its way', () => {
  const taken = async (text: string, bytesMax = 1000): Promise<unknown> => {
    const stream = new PassThrough();
    stream.end(text);
    return takeFiles(new Reader(stream), join(directory, 'to'), bytesMax);
  };

  test('comes as it went', async () => {
    const from = join(directory, 'from');
    mkdirSync(from);
    const large = Buffer.alloc(300_000, 'large\n');
    writeFileSync(join(from, 'pages-1.img'), large);
    writeFileSync(join(from, 'empty.img'), '');
    const stream = new PassThrough();
    const [, reader] = [sendFiles(from, stream), new Reader(stream)];
    await takeFiles(reader, join(directory, 'to'), 300_000);
    expect(readFileSync(join(directory, 'to/pages-1.img'))).toEqual(large);
    expect(readFileSync(join(directory, 'to/empty.img'))).toHaveLength(0);
  });

  test.each([
    ['half of a file', '{"name":"a","size":9}\nhalf', 'the connection has ended'],
    ['no word of the end', '{"name":"a","size":1}\na', 'the connection has ended'],
    ['too few files', '{"name":"a","size":1}\na{"files":2}\n', 'is not a container'],
    ['a path', '{"name":"../a","size":1}\na{"files":1}\n', 'is not a container'],
    ['more than was said', '{"name":"a","size":1001}\n', 'more came than was announced'],
    ['a size that is none', '{"name":"a","size":-1}\n', 'is not a container'],
  ])('is refused: %s', async (_what, text, words) => {
    await expect(taken(text)).rejects.toThrow(words);
  });
});

describe('the way', () => {
  const place = { host: '127.0.0.1', port: 0 };
  const signal = AbortSignal.timeout(10_000);
  let port = 0;
  let listener: Listener;
  let heard: Promise<string>;
  beforeEach(async () => {
    const came = Promise.withResolvers<string>();
    heard = came.promise;
    listener = await listen(place, 'web', (socket: TLSSocket) => {
      port = socket.localPort ?? 0;
      void new Reader(socket).line().then(came.resolve, came.reject);
    });
    port = listener.port;
  });
  afterEach(() => listener.close());

  test('is open to whoever has told its half of the key', async () => {
    const half = newHalf();
    const socket = await reach(
      { ...place, port },
      'web',
      half,
      listener.tell(half.publicText),
      signal,
    );
    await write(socket, 'hello\n');
    expect(await heard).toBe('hello');
    socket.destroy();
  });

  test('is closed to everybody else', async () => {
    const half = newHalf();
    const told = listener.tell(half.publicText);
    const refused = /decrypt|alert|binder|handshake|disconnected|hang up/i;
    await expect(reach({ ...place, port }, 'web', newHalf(), told, signal)).rejects.toThrow(
      refused,
    );
    await expect(reach({ ...place, port }, 'other', half, told, signal)).rejects.toThrow(refused);
  });
});
