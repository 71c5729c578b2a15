/** The tap devices that lead from a machine's network cards to the node's bridges (ip-tuntap). */
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import { baseEnvironment } from '../environment.ts';
import type { AgentHost, Operation } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { runProgram } from '../program.ts';
import { macOf, tapOf } from './networks.ts';
import type { VmSettings } from './settings.ts';

/** Undefined when all are there, otherwise what went wrong. What was left by others makes way. */
export async function makeTaps(
  host: AgentHost,
  operation: Operation,
  { networks, user }: VmSettings,
): Promise<OperationOutcome | undefined> {
  const { resource } = operation.request;
  for (const [index, { kind, bridge, mac }] of networks.entries()) {
    if (kind === 'user') continue;
    const tap = tapOf(resource, index);
    const owner = user === undefined ? [] : ['user', user];
    await ip(host, operation, ['link', 'del', 'dev', tap]);
    const made = await ip(host, operation, ['tuntap', 'add', 'dev', tap, 'mode', 'tap', ...owner]);
    if (made) return exitedWith(OCF.error, made);
    const address = ownMac(mac ?? macOf(resource, index));
    const set = ['link', 'set', 'dev', tap, 'address', address, 'master', bridge, 'up'];
    const plugged = await ip(host, operation, set);
    if (plugged)
      return exitedWith(OCF.notInstalled, `no bridge ${bridge} on this node? ${plugged}`);
  }
  return undefined;
}

/**
 * A bridge without an address of its own takes the lowest of its ports': a machine that comes or goes
 * must not change it under the node's connections. So the tap's is higher than any card's.
 */
const ownMac = (mac: string): string => `fe${mac.slice(2)}`;

/** What is not there need not go; what cannot go is a device without a machine, and no harm. */
export async function removeTaps(
  host: AgentHost,
  operation: Operation,
  { networks }: VmSettings,
): Promise<void> {
  for (const [index, { kind }] of networks.entries()) {
    if (kind === 'user') continue;
    const tap = tapOf(operation.request.resource, index);
    await ip(host, operation, ['link', 'del', 'dev', tap]);
  }
}

let runs = 0;

/** What the program said, if it failed. */
async function ip(
  host: AgentHost,
  operation: Operation,
  words: readonly string[],
): Promise<string | undefined> {
  runs += 1;
  const operationId = `${operation.request.operationId}-ip-${String(runs)}`;
  const { outcome, output } = await runProgram(
    host,
    { ...operation, request: { ...operation.request, operationId } },
    { argv: ['/sbin/ip', ...words], environment: baseEnvironment() },
  );
  if (outcome.kind === 'exited' && outcome.exitCode === 0) return undefined;
  return `ip ${words.join(' ')}: ${output.trim() || outcome.kind}`;
}
