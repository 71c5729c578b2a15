import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonPieces, readKept } from './kept.ts';

it('a picture in pieces is what JSON.stringify makes of it', () => {
  const plain = fc.jsonValue({ maxDepth: 9 });
  fc.assert(
    fc.property(fc.array(plain), (value) => {
      expect([...jsonPieces(value)].join('')).toBe(JSON.stringify(value));
    }),
  );
  const odd = { a: undefined, b: [undefined, null], c: {}, d: [], e: 'ä"' };
  expect([...jsonPieces(odd)].join('')).toBe(JSON.stringify(odd));
});

const picture = { configuration: { resources: [] }, status: { nodes: [] }, findings: [] };

it('takes what the daemon wrote, packed or plain, with its id or the name of the file', () => {
  const text = JSON.stringify({ now: 5, picture });
  expect(readKept(gzipSync(text), 'x.json.gz')).toMatchObject({
    kept: { id: 'x.json.gz', now: 5 },
  });
  expect(readKept(Buffer.from(text), 'x')).toMatchObject({ kept: { now: 5, picture } });
});

it.each([
  ['nothing', Buffer.from('')],
  ['text', Buffer.from('version: 1\n')],
  ['JSON of another kind', Buffer.from('{"picture":{"configuration":{}},"now":1}')],
  ['null', Buffer.from('null')],
  ['half a file', gzipSync(JSON.stringify({ now: 5, picture })).subarray(0, 40)],
])('refuses %s with the name of the file', (_, bytes) => {
  expect(readKept(bytes, 'x.json.gz')).toMatchObject({
    error: expect.stringContaining('x.json.gz is not a decision that the daemon kept') as string,
  });
});
