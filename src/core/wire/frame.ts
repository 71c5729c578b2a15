/**
 * Frames: how everything that leaves a process is written: messages, log records, snapshots,
 * what the worker gets. One line of head, then the body as canonical JSON:
 *
 *     holdfast/1 KIND VERSION LENGTH CHECKSUM BODY
 *
 * LENGTH counts UTF-16 code units of BODY and finds a torn tail; CHECKSUM (of KIND,
 * VERSION and BODY) finds a wrong bit.
 */
import { canonicalJson } from './canonical.ts';
import { addDigest, digestOf, digestText } from './digest.ts';
import { parseJson } from './shape.ts';

const magic = 'holdfast/1';
const headCharsMax = 160;

export interface Frame {
  /** Lower case letters, digits, dots, hyphens: `store.ack`. */
  readonly frame: string;
  readonly version: number;
  /** Decoded JSON, not yet checked: give it to `decodeShape`. */
  readonly body: unknown;
  /** Digest of kind, version and body; stands for the whole. */
  readonly checksum: string;
}

export type FrameProblem =
  | 'not-a-frame'
  | 'newer-version'
  | 'unknown-kind'
  | 'too-long'
  | 'truncated'
  | 'checksum'
  | 'not-json';

export type DecodedFrame =
  | { readonly kind: 'ok'; readonly value: Frame }
  | { readonly kind: 'wrong'; readonly problem: FrameProblem; readonly reason: string };

/** What a reader takes: for each kind the newest version it knows; texts up to `charsMax`. */
export interface FrameReader {
  readonly versions: Readonly<Record<string, number>>;
  readonly charsMax: number;
}

/** `body` must be JSON-able with integers only (`canonicalJson`). */
export function encodeFrame(frame: string, version: number, body: unknown): string {
  return encodeFrameText(frame, version, canonicalJson(body));
}

/** As `encodeFrame`, for a body that is already canonical JSON. */
export function encodeFrameText(frame: string, version: number, body: string): string {
  if (!/^[a-z][a-z0-9.-]{0,63}$/.test(frame)) throw new Error(`no name for a frame: ${frame}`);
  return `${magic} ${frame} ${version} ${body.length} ${frameChecksum(frame, version, body)} ${body}`;
}

/** Never throws for bad input. */
export function decodeFrame(text: string, reader: FrameReader): DecodedFrame {
  if (text.length > reader.charsMax) {
    return wrong('too-long', `${text.length} characters, at most ${reader.charsMax}`);
  }
  const written = /^holdfast\/\d{1,6}(?= )/.exec(text)?.[0];
  if (written !== undefined && written !== magic) {
    return wrong('newer-version', `written as ${written}, this program knows ${magic}`);
  }
  const head = splitHead(text);
  if (head === undefined) return wrong('not-a-frame', `begins with ${quote(text)}`);
  const problem = checkHead(head, reader);
  if (problem !== undefined) return problem;
  const body = text.slice(head.bodyAt);
  if (body.length !== head.length) {
    return wrong('truncated', `${head.frame}: body of ${body.length} instead of ${head.length}`);
  }
  if (frameChecksum(head.frame, head.version, body) !== head.checksum) {
    return wrong('checksum', `${head.frame}: damaged`);
  }
  const parsed = parseJson(body);
  if (parsed.kind === 'wrong') return wrong('not-json', `${head.frame}: body ${parsed.reason}`);
  return {
    kind: 'ok',
    value: {
      frame: head.frame,
      version: head.version,
      body: parsed.value,
      checksum: head.checksum,
    },
  };
}

interface Head {
  readonly frame: string;
  readonly version: number;
  readonly length: number;
  readonly checksum: string;
  readonly bodyAt: number;
}

const headPattern = /^holdfast\/1 ([a-z][a-z0-9.-]{0,63}) (\d{1,9}) (\d{1,10}) ([0-9a-f]{16}) /;

function splitHead(text: string): Head | undefined {
  const match = headPattern.exec(text.slice(0, headCharsMax));
  if (match === null) return undefined;
  const [whole, frame = '', version = '', length = '', sum = ''] = match;
  return {
    frame,
    version: Number(version),
    length: Number(length),
    checksum: sum,
    bodyAt: whole.length,
  };
}

function checkHead(head: Head, reader: FrameReader): DecodedFrame | undefined {
  const newest = Object.hasOwn(reader.versions, head.frame)
    ? reader.versions[head.frame]
    : undefined;
  if (newest === undefined) return wrong('unknown-kind', `${head.frame} is not known here`);
  if (head.version > newest) {
    return wrong(
      'newer-version',
      `${head.frame} version ${head.version}, this program knows up to ${newest}`,
    );
  }
  return undefined;
}

function frameChecksum(frame: string, version: number, body: string): string {
  return digestText(addDigest(digestOf(`${frame} ${version}`), digestOf(body)));
}

function wrong(problem: FrameProblem, reason: string): DecodedFrame {
  return { kind: 'wrong', problem, reason };
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 32));
}
