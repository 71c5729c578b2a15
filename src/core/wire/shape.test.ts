import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from './canonical.ts';
import type { Shape, TypeOf } from './shape.ts';
import {
  as,
  count,
  decodeShape,
  decodeText,
  dictionary,
  flag,
  integer,
  list,
  nested,
  nothing,
  nullable,
  object,
  optional,
  string,
  union,
  where,
  word,
} from './shape.ts';

const member = object({
  node: string(64, 1),
  number: integer(1, 2 ** 32 - 1),
  note: optional(flag),
});
const event = union({
  view: { members: list(member, 3), ring: count },
  lost: { reason: nullable(string(10)) },
});

function problem(shape: Shape<unknown>, value: unknown): string {
  const checked = decodeShape(shape, value);
  return checked.kind === 'ok' ? 'ok' : `${checked.path}: ${checked.reason}`;
}

describe('shapes', () => {
  test('give back the typed value', () => {
    const value: TypeOf<typeof event> = {
      kind: 'view',
      ring: 7,
      members: [
        { node: 'a', number: 1 },
        { node: 'b', number: 2, note: true },
      ],
    };
    expect(decodeShape(event, value)).toEqual({ kind: 'ok', value });
  });

  test.each([
    [
      event,
      { kind: 'view', ring: 7, members: [{ node: 'a', number: 0 }] },
      'members[0].number: must be 1 to 4294967295, is 0',
    ],
    [
      event,
      { kind: 'view', ring: 7, members: [{ node: '', number: 1 }] },
      'members[0].node: is shorter than 1 characters',
    ],
    [event, { kind: 'view', ring: 7.5, members: [] }, 'ring: must be an integer, is 7.5'],
    [event, { kind: 'view', members: [] }, 'ring: is missing'],
    [event, { kind: 'view', ring: 7, members: [], more: 1 }, 'more: is not a known field'],
    [event, { kind: 'toString' }, 'kind: is not known: "toString"'],
    [event, [], ': must be an object, is a list'],
    [event, { kind: 'lost', reason: 'much too long' }, 'reason: is longer than 10 characters'],
    [event, { kind: 'lost', reason: null }, 'ok'],
    [list(flag, 2), [true, true, true], ': has more than 2 items'],
    [list(flag, 2), [true, 1], '[1]: must be true or false, is 1'],
    [dictionary(count, 2), { a: 1, b: -1 }, 'b: must be 0 to 4503599627370496, is -1'],
    [dictionary(count, 1), { a: 1, b: 1 }, ': has more than 1 entries'],
    [dictionary(count, 1, 2), { abc: 1 }, 'abc: key is longer than 2'],
    [dictionary(count, 1), JSON.parse('{"__proto__":1}'), '__proto__: must not be used as a key'],
    [word('on', 'off'), 'reboot', ': must be one of on, off, is "reboot"'],
    [nothing, 0, ': must be null, is 0'],
    [
      as<'x'>(where(string(9), (each) => (each === 'x' ? undefined : 'is not x'))),
      'y',
      ': is not x',
    ],
  ] as const)('%# say where and why', (shape, value, expected) => {
    expect(problem(shape as Shape<unknown>, value)).toBe(expected);
  });

  test('a shape may contain itself, to a limit, and deep input does not end the process', () => {
    interface Tree {
      readonly below: readonly Tree[];
    }
    const tree: Shape<Tree> = nested(() => object({ below: list(tree, 2) }), 3);
    expect(problem(tree, { below: [{ below: [{ below: [] }] }] })).toBe('ok');
    expect(problem(tree, { below: [{ below: [{ below: [{ below: [] }] }] }] })).toBe(
      'below[0].below[0].below[0]: is nested deeper than 3 levels',
    );
    const deep = `${'{"below":['.repeat(200_000)}${']}'.repeat(200_000)}`;
    expect(decodeText(tree, deep).kind).toBe('wrong');
  });

  test('the value is rebuilt: nothing of the input is shared', () => {
    const input = { node: 'a', number: 1 };
    const checked = decodeShape(member, input);
    expect(checked.kind === 'ok' && checked.value).not.toBe(input);
  });

  test('a text that is no JSON is wrong, not thrown', () => {
    expect(decodeText(member, '{')).toEqual({ kind: 'wrong', path: '', reason: 'is not JSON' });
  });
});

describe('canonical JSON', () => {
  test('orders keys by code units, leaves out undefined', () => {
    expect(
      canonicalJson({ b: 1, a: undefined, '\ue000': 2, '\u{1f600}': 3, B: [null, true] }),
    ).toBe('{"B":[null,true],"b":1,"\u{1f600}":3,"\ue000":2}');
  });

  test('refuses what is not replicated', () => {
    for (const value of [0.5, Number.NaN, 2 ** 53, [undefined], () => 1]) {
      expect(() => canonicalJson(value)).toThrow(/canonical JSON/);
    }
    let deep: unknown = 0;
    for (let level = 0; level < 200; level += 1) deep = [deep];
    expect(() => canonicalJson(deep)).toThrow(/deeper than/);
  });

  test('means the same as the value and does not depend on the order of keys', () => {
    const leaf = fc.oneof(
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constant(null),
      fc.string({ unit: 'binary' }),
    );
    const values = fc.dictionary(
      fc.string(),
      fc.oneof(leaf, fc.array(leaf), fc.dictionary(fc.string(), leaf)),
    );
    fc.assert(
      fc.property(values, (value) => {
        const written = canonicalJson(value);
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(turned)).toBe(written);
        expect(canonicalJson(JSON.parse(written))).toBe(written);
      }),
    );
  });
});
