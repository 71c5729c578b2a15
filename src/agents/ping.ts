/** Asks a machine whether it is there (ICMP echo). Node has no raw sockets, so ping(8) does it. */
import { existsSync } from 'node:fs';
import type { CheckResult } from './check.ts';
import { baseEnvironment } from './environment.ts';
import type { AgentHost, Operation } from './host.ts';
import { wrong } from './parameters.ts';
import { runProgram } from './program.ts';

export interface PingCheck {
  readonly kind: 'ping';
  readonly host: string;
}

type Program = readonly [string, ...string[]];

/** That of iputils asks until it is answered, that of BusyBox as often as it is told. */
const programs: readonly Program[] = [
  ['/usr/bin/ping', '-n', '-q', '-c', '1'],
  ['/usr/bin/busybox', 'ping', '-q', '-A', '-c', '3'],
];

/** An address or a name; no word that ping(8) would take for an option. */
export function readPing(text: string): PingCheck {
  if (/^[\w:][\w.:%-]{0,253}$/.test(text)) return { kind: 'ping', host: text };
  return wrong('ping', `is ${text}; expected an address or a name`);
}

/** @param limitMs so long it is asked: whole seconds, one at least */
export async function ping(
  agentHost: AgentHost,
  operation: Operation,
  { host }: PingCheck,
  limitMs: number,
): Promise<CheckResult> {
  const found = programs.find(([path]) => existsSync(path));
  if (found === undefined) {
    return { kind: 'wrong', reason: 'ping is not there on this node (iputils-ping)' };
  }
  const [path, ...words] = found;
  const seconds = String(Math.max(1, Math.floor(limitMs / 1000)));
  const { outcome } = await runProgram(agentHost, operation, {
    argv: [path, ...words, '-w', seconds, host],
    environment: baseEnvironment(),
  });
  if (outcome.kind === 'exited' && outcome.exitCode === 0) return { kind: 'up' };
  return { kind: 'wrong', reason: `${host} does not answer to ping` };
}
