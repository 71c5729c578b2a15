import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { DBusError, decodeMessage, encodeCall, messageLength, splitSignature } from './message.ts';

const call = {
  destination: 'org.freedesktop.systemd1',
  path: '/org/freedesktop/systemd1',
  interface: 'org.freedesktop.systemd1.Manager',
  member: 'KillUnit',
  signature: 'ssi',
  body: ['nginx.service', 'all', -9],
} as const;

test('a call says what it was made of', () => {
  const bytes = encodeCall(call, 7);
  expect(messageLength(bytes)).toBe(bytes.length);
  expect(decodeMessage(bytes)).toEqual({
    type: 'call',
    serial: 7,
    replySerial: undefined,
    path: call.path,
    interface: call.interface,
    member: call.member,
    errorName: undefined,
    sender: undefined,
    body: call.body,
  });
  expect(messageLength(bytes.subarray(0, 15))).toBeUndefined();
});

/** A signal with one body, written by hand from the specification's examples. */
function signal(signature: string, body: readonly number[]) {
  const sign = Buffer.from(signature);
  const field = Buffer.concat([Buffer.from([8, 1, 0x67, 0, sign.length]), sign, Buffer.alloc(1)]);
  const head = Buffer.alloc(16);
  head.set([0x6c, 4, 1, 1]);
  head.writeUInt32LE(body.length, 4);
  head.writeUInt32LE(1, 8);
  head.writeUInt32LE(field.length, 12);
  const padding = Buffer.alloc((8 - (field.length % 8)) % 8);
  return Buffer.concat([head, field, padding, Buffer.from(body)]);
}
const bodyOf = (signature: string, body: readonly number[]) =>
  decodeMessage(signal(signature, body)).body;

test('values of all kinds, each where its alignment puts it', () => {
  expect(bodyOf('yu', [1, 0, 0, 0, 2, 0, 0, 0])).toEqual([1, 2]);
  expect(bodyOf('b', [1, 0, 0, 0])).toEqual([true]);
  expect(bodyOf('n', [0xff, 0xff])).toEqual([-1]);
  expect(bodyOf('t', [1, 0, 0, 0, 0, 0, 0, 0])).toEqual([1n]);
  expect(bodyOf('v', [1, 0x73, 0, 0, 1, 0, 0, 0, 0x61, 0])).toEqual(['a']);
  expect(bodyOf('as', [0, 0, 0, 0])).toEqual([[]]);
  const entry = [1, 0, 0, 0, 0x6b, 0, 1, 0x79, 0, 5];
  expect(bodyOf('a{sv}', [10, 0, 0, 0, 0, 0, 0, 0, ...entry])).toEqual([new Map([['k', 5]])]);
  expect(bodyOf('a(yy)', [2, 0, 0, 0, 0, 0, 0, 0, 3, 4])).toEqual([[[3, 4]]]);
});

test('what does not hold together is refused', () => {
  expect(() => bodyOf('s', [255, 0, 0, 0, 0x61, 0])).toThrow(DBusError);
  expect(() => bodyOf('as', [255, 0, 0, 0])).toThrow('longer than its message');
  expect(() => bodyOf('a()', [8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])).toThrow(DBusError);
  expect(() => bodyOf(`${'a'.repeat(40)}y`, [0, 0, 0, 0])).not.toThrow();
  expect(() => bodyOf('(', [0])).toThrow('not whole');
  expect(() => messageLength(Buffer.from('HTTP/1.1 400 Bad'))).toThrow(DBusError);
  const huge = encodeCall(call, 1);
  huge.writeUInt32LE(0x7fff_ffff, 4);
  expect(() => messageLength(huge)).toThrow('bytes');
});

test('variants in variants end', () => {
  const nested = Array.from({ length: 60 }, () => [1, 0x76, 0]).flat();
  expect(() => bodyOf('v', nested)).toThrow('nested too deeply');
});

test('whatever comes, reading ends, with a message or a DBusError', () => {
  const bytes = fc.uint8Array({ minLength: 16, maxLength: 200 });
  fc.assert(
    fc.property(bytes, fc.nat(199), fc.nat(255), (garbage, position, value) => {
      const changed = encodeCall(call, 1);
      changed[position % changed.length] = value;
      for (const candidate of [Buffer.from(garbage), changed]) {
        try {
          decodeMessage(candidate);
        } catch (error) {
          if (!(error instanceof DBusError)) throw error;
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test('a signature is split into whole types', () => {
  expect(splitSignature('sa{sv}as(ii)aa(y{sv})')).toEqual([
    's',
    'a{sv}',
    'as',
    '(ii)',
    'aa(y{sv})',
  ]);
});
