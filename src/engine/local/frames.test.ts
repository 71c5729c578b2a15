import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { FrameReader, encodeFrame, frameBytesMax } from './frames.ts';

it('cuts a stream into its frames, however it is broken into chunks', () => {
  fc.assert(
    fc.property(fc.array(fc.json()), fc.array(fc.integer({ min: 1, max: 9 })), (texts, sizes) => {
      const stream = Buffer.concat(texts.map((text) => encodeFrame(text)));
      const reader = new FrameReader();
      const read: unknown[] = [];
      for (let at = 0, turn = 0; at < stream.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? stream.length;
        read.push(...reader.push(stream.subarray(at, at + size)));
        at += size;
      }
      expect(read).toEqual(texts);
    }),
  );
});

it('refuses a frame that is longer than allowed before it is here', () => {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(frameBytesMax + 1);
  expect(() => new FrameReader().push(head)).toThrow(RangeError);
  expect(() => encodeFrame('x'.repeat(frameBytesMax))).toThrow(RangeError);
});

it('refuses what is not JSON', () => {
  const frame = Buffer.from([0, 0, 0, 1, 0x7b]);
  expect(() => new FrameReader().push(frame)).toThrow(SyntaxError);
});
