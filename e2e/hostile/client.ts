/** Bytes to a Unix socket, and what comes back: status codes of the answers that are whole. */
import { connect } from 'node:net';

export interface Exchange {
  readonly statuses: readonly number[];
  /** - `closed`: by the server. `quiet`: nothing more came. */
  readonly end: 'answered' | 'closed' | 'quiet';
}

/**
 * Resolves when so many answers are there, or the server ends the connection, or nothing comes any more.
 * @param answers undefined: whatever comes; then the connection is ended after `quietMs`
 * @param pieces the bytes in so many pieces, one after another
 */
export function exchange(
  path: string,
  bytes: Buffer,
  options: { readonly answers: number | undefined; readonly quietMs: number; pieces?: number },
): Promise<Exchange> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    let received = Buffer.alloc(0);
    let timer: NodeJS.Timeout | undefined;
    const end = (how: Exchange['end']): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ statuses: statusesIn(received), end: how });
    };
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => end('quiet'), options.quietMs);
    };
    socket.on('data', (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      if (options.answers !== undefined && statusesIn(received).length >= options.answers)
        end('answered');
      else wait();
    });
    socket.on('close', () => end('closed'));
    socket.on('error', () => end('closed'));
    wait();
    void send(socket, bytes, options.pieces ?? 1);
  });
}

async function send(
  socket: ReturnType<typeof connect>,
  bytes: Buffer,
  pieces: number,
): Promise<void> {
  const size = Math.max(1, Math.ceil(bytes.length / pieces));
  for (let at = 0; at < bytes.length; at += size) {
    if (socket.destroyed) return;
    socket.write(bytes.subarray(at, at + size));
    if (pieces > 1) await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Of whole answers (RFC 9112, section 6). */
function statusesIn(bytes: Buffer): readonly number[] {
  const statuses: number[] = [];
  for (let at = 0; ;) {
    const headEnd = bytes.indexOf('\r\n\r\n', at);
    if (headEnd < 0) return statuses;
    const head = bytes.toString('latin1', at, headEnd);
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
    const end = bodyEnd(bytes, head, headEnd + 4);
    if (end === undefined) return statuses;
    if (status >= 200 || status === 0) statuses.push(status);
    at = end;
  }
}

function bodyEnd(bytes: Buffer, head: string, from: number): number | undefined {
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  if (length !== undefined) {
    const end = from + Number(length);
    return end <= bytes.length ? end : undefined;
  }
  if (!/^transfer-encoding: chunked/im.test(head)) return from;
  const end = bytes.indexOf('0\r\n\r\n', from);
  return end < 0 ? undefined : end + 5;
}
