/**
 * The measuring client's own process, run inside the observer: asks an address over HTTP at a fixed
 * pace and prints one JSON line for each answer or failure. Usage:
 *   node poll.ts ADDRESS PORT INTERVAL_MS TIMEOUT_MS new|kept|echo
 * `new` opens a connection for each request and never waits for an earlier one. `kept` asks over
 * one connection as long as it lives, the next request after the last answer. `echo` does the same
 * with lines that are sent back (RFC 862); the answer names the connection.
 * Plain sockets, because node:http costs twice the time and the nodes share this machine.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

const [address = '', port = '80', interval = '10', timeout = '100', way = 'new'] =
  process.argv.slice(2);
const [intervalMs, timeoutMs, keeps] = [Number(interval), Number(timeout), way !== 'new'];
const http = `GET / HTTP/1.1\r\nHost: ${address}\r\n${keeps ? '' : 'Connection: close\r\n'}\r\n`;
const question = way === 'echo' ? '.\n' : http;
let kept: Socket | undefined;
let busy = false;

setInterval(() => {
  if (!keeps) ask(open());
  else if (!busy) ask(kept ?? (kept = open()));
}, intervalMs);

process.once('SIGTERM', () => process.exit(0));

/** One request with a hard limit over all its parts: connecting, sending, the whole answer. */
function ask(connection: Socket): void {
  const beginNs = process.hrtime.bigint();
  let received = '';
  busy = true;
  const end = (result: { node: string } | { problem: string }) => {
    clearTimeout(limit);
    connection
      .removeAllListeners()
      .on('error', () => {})
      .on('close', () => abandon(connection));
    if (!keeps || 'problem' in result) abandon(connection);
    busy = false;
    const times = `"beginNs":${String(beginNs)},"endNs":${String(process.hrtime.bigint())}`;
    process.stdout.write(`{${times},${JSON.stringify(result).slice(1)}\n`);
  };
  const limit = setTimeout(() => end({ problem: 'timeout' }), timeoutMs);
  connection.on('error', (error) => end({ problem: error.message }));
  connection.on('close', () => end({ problem: 'closed' }));
  connection.on('data', (piece) => {
    received += piece.toString('latin1');
    const result = way === 'echo' ? readEcho(received, connection) : read(received);
    if (result !== undefined) end(result);
  });
  connection.write(question);
}

/** The answer when it is complete: a body of Content-Length bytes (RFC 9112, 6.2). */
function read(received: string): { node: string } | { problem: string } | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = received.slice(0, headEnd);
  const body = received.slice(headEnd + 4);
  if (body.length < Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0)) return undefined;
  const status = head.slice(9, 12);
  return status === '200' ? { node: body.trim() } : { problem: `status ${status}` };
}

function readEcho(received: string, { localPort }: Socket): { node: string } | undefined {
  return received.endsWith('\n') ? { node: `connection ${String(localPort)}` } : undefined;
}

function open(): Socket {
  return connect({ host: address, port: Number(port), noDelay: true });
}

/** A server may also end an idle connection: the next request then opens another. */
function abandon(connection: Socket): void {
  connection.destroy();
  if (connection === kept) kept = undefined;
}
