/**
 * The measuring client's own process, run inside the observer: asks an address over HTTP at a fixed
 * pace and prints one JSON line for each answer or failure. Usage:
 *   node poll.ts ADDRESS PORT INTERVAL_MS TIMEOUT_MS new|kept
 * `new` opens a connection for each request and never waits for an earlier one. `kept` asks over
 * one connection as long as it lives, the next request after the last answer.
 */
import { request, Agent } from 'node:http';

const [address = '', port = '80', interval = '10', timeout = '100', way = 'new'] =
  process.argv.slice(2);
const [intervalMs, timeoutMs] = [Number(interval), Number(timeout)];
const agent = way === 'kept' ? new Agent({ keepAlive: true, maxSockets: 1 }) : false;
let waiting = 0;

const timer = setInterval(() => {
  // A kept connection carries one request at a time; new ones overlap up to the timeout.
  if (way === 'new' || waiting === 0) ask();
}, intervalMs);

process.once('SIGTERM', () => {
  clearInterval(timer);
  process.exit(0);
});

/** One request with a hard limit over all its parts: connecting, sending, the whole answer. */
function ask(): void {
  const beginNs = process.hrtime.bigint();
  let said = false;
  const say = (result: { node: string } | { problem: string }) => {
    if (said) return;
    said = true;
    waiting--;
    clearTimeout(limit);
    const times = `"beginNs":${String(beginNs)},"endNs":${String(process.hrtime.bigint())}`;
    process.stdout.write(`{${times},${JSON.stringify(result).slice(1)}\n`);
  };
  const asked = request({ host: address, port, agent }, (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    response.on('end', () =>
      say(
        response.statusCode === 200
          ? { node: body.trim() }
          : { problem: `status ${String(response.statusCode)}` },
      ),
    );
  });
  const limit = setTimeout(() => {
    say({ problem: 'timeout' });
    asked.destroy();
  }, timeoutMs);
  asked.on('error', (error) => say({ problem: error.message }));
  waiting++;
  asked.end();
}
