/** Frames between the daemons and the bus: four bytes of length, big-endian, then JSON in UTF-8. */

/** Longest frame. JSON may write a byte of a message's text as six (`\u0001`). */
export const frameBytesMax = 2 * 1024 * 1024;
const headBytes = 4;

export function encodeFrame(value: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(value));
  if (body.length > frameBytesMax) throw new RangeError(`a frame has ${body.length} bytes`);
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

/** Cuts a stream into frames. After an error the stream is lost: close it. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** The frames that `chunk` completes. Throws on a frame that is too long or not JSON. */
  push(chunk: Buffer): unknown[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const frames: unknown[] = [];
    for (let body = this.#next(); body !== null; body = this.#next()) {
      frames.push(JSON.parse(body.toString()));
    }
    return frames;
  }

  #next(): Buffer | null {
    if (this.#bytes < headBytes) return null;
    const length = this.#joined(headBytes).readUInt32BE();
    if (length > frameBytesMax) throw new RangeError(`a frame of ${length} bytes`);
    const end = headBytes + length;
    if (this.#bytes < end) return null;
    const whole = this.#joined(end);
    this.#chunks[0] = whole.subarray(end);
    this.#bytes -= end;
    return whole.subarray(headBytes, end);
  }

  /** The first chunk, with at least `bytes` of those that are here. */
  #joined(bytes: number): Buffer {
    const first = this.#chunks[0];
    if (first !== undefined && first.length >= bytes) return first;
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }
}
