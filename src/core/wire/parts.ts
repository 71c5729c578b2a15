/**
 * Long texts in parts that the engine takes (CPG's message limit), and back. A text that fits goes
 * as it is; otherwise each part begins with `part/1 ID INDEX COUNT CHARS ` and a raw piece follows.
 * Whether the whole is right is for the frame inside to say.
 */

/** Room for the head of a part: names of at most 64 characters and three numbers. */
const headBytesMax = 128;
const idPattern = /^[a-zA-Z0-9.:_-]{1,64}$/;
const partPattern = /^part\/1 ([a-zA-Z0-9.:_-]{1,64}) (\d{1,7}) (\d{1,7}) (\d{1,10}) /;

/** Length of a text in UTF-8. A lone surrogate counts 3, as the encoder writes U+FFFD for it. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    bytes += extraBytes(text, index);
  }
  return bytes;
}

/**
 * Cuts a text into parts of at most `bytesMax` bytes each (at least 256), in order of sending.
 * `id` names the text among those that its sender has under way.
 */
export function cutIntoParts(text: string, bytesMax: number, id: string): readonly string[] {
  if (bytesMax < 2 * headBytesMax) throw new Error(`parts of ${bytesMax} bytes are too small`);
  if (!idPattern.test(id)) throw new Error(`no name for parts: ${id}`);
  if (text.length <= bytesMax && utf8Length(text) <= bytesMax && !text.startsWith('part/')) {
    return [text];
  }
  const pieces = cutPieces(text, bytesMax - headBytesMax);
  return pieces.map(
    (piece, index) => `part/1 ${id} ${index} ${pieces.length} ${text.length} ${piece}`,
  );
}

function cutPieces(text: string, bytesMax: number): readonly string[] {
  const pieces: string[] = [];
  let from = 0;
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const here = 1 + extraBytes(text, index);
    // The low half of a pair carries no bytes of its own and is never the first of a piece.
    if (here > 0 && bytes + here > bytesMax) {
      pieces.push(text.slice(from, index));
      from = index;
      bytes = 0;
    }
    bytes += here;
  }
  pieces.push(text.slice(from));
  return pieces;
}

/** Bytes beyond one that the code unit at `index` adds; a pair's 4 count at its high half. */
function extraBytes(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  if (unit < 0x80) return 0;
  if (unit < 0x800) return 1;
  if (unit < 0xd800 || unit > 0xdfff) return 2;
  if (unit < 0xdc00) return isLow(text.charCodeAt(index + 1)) ? 3 : 2;
  return index > 0 && isHigh(text.charCodeAt(index - 1)) ? -1 : 2;
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** Texts of one sender that are under way. */
export interface Reassembly {
  readonly open: readonly OpenText[];
}

interface OpenText {
  readonly id: string;
  readonly parts: number;
  readonly chars: number;
  readonly pieces: readonly string[];
  readonly charsSoFar: number;
}

export const emptyReassembly: Reassembly = { open: [] };

export interface ReassemblyLimits {
  /** Longest whole text, UTF-16 code units. */
  readonly charsMax: number;
  /** Texts under way at the same time, per sender; the oldest is given up for a new one. */
  readonly openMax: number;
}

export type Received =
  | { readonly kind: 'whole'; readonly reassembly: Reassembly; readonly text: string }
  | { readonly kind: 'waiting'; readonly reassembly: Reassembly }
  /** A part of a text whose beginning was not received: it was sent before the receiver came. */
  | { readonly kind: 'late'; readonly reassembly: Reassembly; readonly reason: string }
  | { readonly kind: 'wrong'; readonly reassembly: Reassembly; readonly reason: string };

/**
 * Takes one text as the engine delivered it, a part or a whole. Parts of one text arrive in order
 * (the engines keep each sender's order); texts of one sender may interleave.
 */
export function receivePart(
  reassembly: Reassembly,
  received: string,
  limits: ReassemblyLimits,
): Received {
  if (!received.startsWith('part/')) return { kind: 'whole', reassembly, text: received };
  const head = partPattern.exec(received.slice(0, headBytesMax));
  if (head === null) return { kind: 'wrong', reassembly, reason: 'a part without a head' };
  const [whole, id = '', index = '', parts = '', chars = ''] = head;
  const part = { id, index: Number(index), parts: Number(parts), chars: Number(chars) };
  const others = { open: reassembly.open.filter((each) => each.id !== id) };
  const before = part.index === 0 ? startOf(part) : reassembly.open.find((each) => each.id === id);
  if (before === undefined) {
    const reason = `part ${part.index} of ${part.id} without its beginning`;
    return { kind: 'late', reassembly: others, reason };
  }
  const problem = checkPart(part, before, limits);
  if (problem !== undefined) return { kind: 'wrong', reassembly: others, reason: problem };
  return addPiece(others, before, received.slice(whole.length), limits);
}

interface PartHead {
  readonly id: string;
  readonly index: number;
  readonly parts: number;
  readonly chars: number;
}

function startOf(part: PartHead): OpenText {
  return { id: part.id, parts: part.parts, chars: part.chars, pieces: [], charsSoFar: 0 };
}

function checkPart(part: PartHead, before: OpenText, limits: ReassemblyLimits): string | undefined {
  if (part.chars > limits.charsMax) {
    return `a text of ${part.chars} characters in parts, at most ${limits.charsMax}`;
  }
  if (before.parts !== part.parts || before.chars !== part.chars) {
    return `parts of ${part.id} that do not fit together`;
  }
  return before.pieces.length === part.index
    ? undefined
    : `part ${part.index} of ${part.id} instead of ${before.pieces.length}`;
}

function addPiece(
  others: Reassembly,
  before: OpenText,
  piece: string,
  limits: ReassemblyLimits,
): Received {
  const charsSoFar = before.charsSoFar + piece.length;
  if (charsSoFar > before.chars) {
    return { kind: 'wrong', reassembly: others, reason: `${before.id} is longer than announced` };
  }
  const pieces = [...before.pieces, piece];
  if (pieces.length < before.parts) {
    const open = [...others.open, { ...before, pieces, charsSoFar }].slice(-limits.openMax);
    return { kind: 'waiting', reassembly: { open } };
  }
  if (charsSoFar !== before.chars) {
    return { kind: 'wrong', reassembly: others, reason: `${before.id} is shorter than announced` };
  }
  return { kind: 'whole', reassembly: others, text: pieces.join('') };
}
