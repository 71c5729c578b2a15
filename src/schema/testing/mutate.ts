/** Random damage to a text, for tests with hostile input. */
import * as fc from 'fast-check';

type Change =
  | { readonly kind: 'delete'; readonly at: number; readonly length: number }
  | { readonly kind: 'insert'; readonly at: number; readonly text: string }
  | { readonly kind: 'copy'; readonly from: number; readonly length: number; readonly at: number }
  | { readonly kind: 'replace'; readonly at: number; readonly text: string };

/** @param pieces what is inserted beside random characters: the syntax's own tokens and odd values */
export function mutated(text: string, pieces: readonly string[]): fc.Arbitrary<string> {
  const at = fc.nat(text.length);
  const piece = fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 }));
  const change: fc.Arbitrary<Change> = fc.oneof(
    fc.record({ kind: fc.constant('delete' as const), at, length: fc.nat(200) }),
    fc.record({ kind: fc.constant('insert' as const), at, text: piece }),
    fc.record({ kind: fc.constant('copy' as const), from: at, length: fc.nat(400), at }),
    fc.record({ kind: fc.constant('replace' as const), at, text: piece }),
  );
  return fc
    .array(change, { minLength: 1, maxLength: 6 })
    .map((changes) => changes.reduce(apply, text));
}

/**
 * Other values in the places alone, so that the text often stays readable.
 * @param places with the flags `d` and `g`; the first group is the value
 */
export function withOtherValues(
  text: string,
  values: readonly string[],
  places: RegExp,
): fc.Arbitrary<string> {
  const matches = [...text.matchAll(places)];
  const swap = fc.record({
    index: fc.nat(Math.max(0, matches.length - 1)),
    value: fc.constantFrom(...values),
  });
  return fc.array(swap, { minLength: 1, maxLength: 5 }).map((swaps) => {
    let result = text;
    for (const { index, value } of swaps.toSorted((left, right) => right.index - left.index)) {
      const place = matches[index]?.indices?.[1];
      if (place) result = result.slice(0, place[0]) + value + result.slice(place[1]);
    }
    return result;
  });
}

function apply(text: string, change: Change): string {
  const at = Math.min(change.at, text.length);
  switch (change.kind) {
    case 'delete':
      return text.slice(0, at) + text.slice(at + change.length);
    case 'insert':
      return text.slice(0, at) + change.text + text.slice(at);
    case 'copy':
      return (
        text.slice(0, at) + text.slice(change.from, change.from + change.length) + text.slice(at)
      );
    case 'replace':
      return text.slice(0, at) + change.text + text.slice(at + change.text.length);
  }
}
