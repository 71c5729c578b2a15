/**
 * A decision with all that it was made from, as a file: gzip of JSON. The daemon keeps its newest
 * ones, `holdfast simulate --history` decides them again.
 */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { WallMs } from '../core/model/ids.ts';
import type { Picture } from '../core/model/picture.ts';
import type { Plan } from '../core/model/plan.ts';

export interface KeptDecision {
  /** As the history shows it. */
  readonly id: string;
  readonly now: WallMs;
  readonly picture: Picture;
  /** Of the plan, as `planDigest` makes it; absent where the scheduler failed. */
  readonly planDigest?: string;
  /** Why there was no plan. */
  readonly reason?: string;
}

export type KeptResult = { readonly kept: KeptDecision } | { readonly error: string };

/** More than that is no decision: 32 nodes with 10 000 resources need a tenth of it. */
const JSON_BYTES_MAX = 2_000_000_000;
const GZIP_MAGIC = [0x1f, 0x8b] as const;

/** @param name what messages call the bytes; plain JSON is taken, too */
export function readKept(bytes: Uint8Array, name: string): KeptResult {
  try {
    const isPacked = GZIP_MAGIC.every((byte, at) => bytes[at] === byte);
    const plain = isPacked ? gunzipSync(bytes, { maxOutputLength: JSON_BYTES_MAX }) : bytes;
    const read: unknown = JSON.parse(Buffer.from(plain).toString('utf8'));
    if (isKept(read)) return { kept: { ...read, id: read.id ?? name } };
    return { error: `${name} is not a decision that the daemon kept` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { error: `${name} is not a decision that the daemon kept: ${reason}` };
  }
}

/** Only the outline: the daemon wrote it, and whoever changes it gets what the scheduler says. */
function isKept(read: unknown): read is Omit<KeptDecision, 'id'> & { readonly id?: string } {
  const kept = read as Partial<KeptDecision> | null;
  return (
    Number.isFinite(kept?.now) &&
    Array.isArray(kept?.picture?.configuration?.resources) &&
    Array.isArray(kept.picture.status?.nodes) &&
    Array.isArray(kept.picture.findings)
  );
}

/** The same for the same plan, byte for byte. Lets others work in between. */
export async function planDigest(plan: Plan): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of jsonChunks(plan)) hash.update(chunk);
  return hash.digest('hex');
}

const CHUNK_CHARACTERS = 65_536;

/** `JSON.stringify` in chunks, with a pause after each: a large picture would hold up the daemon. */
export async function* jsonChunks(value: object): AsyncGenerator<string> {
  let waiting: string[] = [];
  let length = 0;
  for (const piece of jsonPieces(value)) {
    waiting.push(piece);
    length += piece.length;
    if (length < CHUNK_CHARACTERS) continue;
    yield waiting.join('');
    waiting = [];
    length = 0;
    await setImmediate();
  }
  yield waiting.join('');
}

/** So deep lie the long lists of a picture: status, nodes, a node, its history, an entry. */
const DEPTH = 6;

/** What `JSON.stringify` makes of plain data, in pieces. */
export function* jsonPieces(value: unknown, depth = DEPTH): Generator<string> {
  if (depth === 0 || typeof value !== 'object' || value === null) {
    yield JSON.stringify(value);
    return;
  }
  let separator = Array.isArray(value) ? '[' : '{';
  yield separator;
  separator = '';
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value) && inner === undefined) continue;
    yield Array.isArray(value) ? separator : `${separator}${JSON.stringify(key)}:`;
    yield* jsonPieces(inner ?? null, depth - 1);
    separator = ',';
  }
  yield Array.isArray(value) ? ']' : '}';
}
