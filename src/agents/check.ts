/** Asks a service over the network whether it answers. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { NetworkCheck } from './parameters.ts';

/**
 * - `down`: nothing listens there, so it does not run;
 * - `wrong`: something is there that does not answer as it should, or does not answer at all.
 */
export type CheckResult =
  | { readonly kind: 'up' }
  | { readonly kind: 'down'; readonly reason: string }
  | { readonly kind: 'wrong'; readonly reason: string };

/** Never rejects; the signal ends it as `wrong`. */
export type Check = (signal: AbortSignal) => Promise<CheckResult>;

export function networkCheck(monitor: NetworkCheck): Check {
  return monitor.kind === 'tcp'
    ? (signal) => checkTcp(monitor.host, monitor.port, signal)
    : (signal) => checkHttp(monitor.url, monitor.status, signal);
}

function checkTcp(host: string, port: number, signal: AbortSignal): Promise<CheckResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    const finish = (result: CheckResult): void => {
      socket.destroy();
      resolve(result);
    };
    socket.on('connect', () => finish({ kind: 'up' }));
    socket.on('error', (error) => finish(problem(`${host}:${String(port)}`, error, signal)));
  });
}

/**
 * A new connection each time, as a new client makes one. Redirects are not followed: the status
 * that comes first is the service's own. Certificates are not verified: this asks whether the
 * service answers, by an address that its certificate rarely names.
 */
function checkHttp(
  url: URL,
  status: number | undefined,
  signal: AbortSignal,
): Promise<CheckResult> {
  return new Promise((resolve) => {
    const ask = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = ask(url, { agent: false, signal, rejectUnauthorized: false });
    request.on('response', (response) => {
      response.destroy();
      resolve(judge(url, response.statusCode ?? 0, status));
    });
    request.on('error', (error) => resolve(problem(url.href, error, signal)));
    request.end();
  });
}

function judge(url: URL, seen: number, expected: number | undefined): CheckResult {
  const right = expected === undefined ? seen >= 100 && seen < 400 : seen === expected;
  if (right) return { kind: 'up' };
  const wanted = expected === undefined ? 'a status below 400' : String(expected);
  return { kind: 'wrong', reason: `${url.href}: status ${String(seen)}, not ${wanted}` };
}

function problem(place: string, error: Error, signal: AbortSignal): CheckResult {
  if (signal.aborted) return { kind: 'wrong', reason: `${place} had not answered in time` };
  const refused = codes(error).every((code) => code === 'ECONNREFUSED');
  return { kind: refused ? 'down' : 'wrong', reason: `${place}: ${codes(error).join(', ')}` };
}

/** A name with several addresses fails with one error for each of them. */
function codes(error: Error): readonly string[] {
  const all: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  return all.map((one) =>
    one instanceof Error && 'code' in one && typeof one.code === 'string' ? one.code : String(one),
  );
}
