/**
 * Digests of a set of records that are kept up to date record by record: the sum of the records'
 * hashes, so that a change costs one subtraction and one addition whatever the size of the state.
 * They find errors, not attackers: members of a cluster authenticate each other in the engine.
 */

/** Two lanes of 32 bits, each an unsigned integer. */
export interface Digest {
  readonly high: number;
  readonly low: number;
}

export const emptyDigest: Digest = { high: 0, low: 0 };

/** Hash of one record; put its key into the text, otherwise equal values at two keys would swap. */
export function digestOf(text: string): Digest {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  // Each bit of both lanes must reach each bit of both (the finish of MurmurHash3).
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return { high: high >>> 0, low: low >>> 0 };
}

export function addDigest(sum: Digest, record: Digest): Digest {
  return { high: (sum.high + record.high) >>> 0, low: (sum.low + record.low) >>> 0 };
}

export function subtractDigest(sum: Digest, record: Digest): Digest {
  return { high: (sum.high - record.high) >>> 0, low: (sum.low - record.low) >>> 0 };
}

/** The sum after one record changed; undefined stands for no record. */
export function replaceInDigest(
  sum: Digest,
  before: string | undefined,
  after: string | undefined,
): Digest {
  const without = before === undefined ? sum : subtractDigest(sum, digestOf(before));
  return after === undefined ? without : addDigest(without, digestOf(after));
}

/** 16 hexadecimal digits. */
export function digestText(digest: Digest): string {
  return hex(digest.high) + hex(digest.low);
}

/** Hash of a text as 16 hexadecimal digits: the checksum of frames. */
export function checksum(text: string): string {
  return digestText(digestOf(text));
}

function hex(lane: number): string {
  return lane.toString(16).padStart(8, '0');
}
