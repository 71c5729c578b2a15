/** Whether a guest whose processors run is well, as far as one can see from outside. */
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import { networkCheck } from '../check.ts';
import { whileRunning } from '../command/while-running.ts';
import type { AgentHost, Operation } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { ping } from '../ping.ts';
import { askGuest } from './guest-agent.ts';
import { machinesOf, placesOf } from './qemu.ts';
import type { VmSettings } from './settings.ts';
import { messageOf } from '../output.ts';

/** Of the operation's time so much is left to say what did not answer. */
const marginMs = 200;
const lookMs = 10_000;

/**
 * One that has ended meanwhile is not well, and that is known at once.
 * @param mostMs how long its check from outside may take
 */
export function isHealthy(
  host: AgentHost,
  operation: Operation,
  settings: VmSettings,
  mostMs = lookMs,
): Promise<OperationOutcome> {
  const { services } = machinesOf(host);
  return whileRunning(services, operation.request.resource, operation.signal, (signal) =>
    look(host, { ...operation, signal }, settings, mostMs),
  );
}

async function look(
  host: AgentHost,
  operation: Operation,
  settings: VmSettings,
  mostMs: number,
): Promise<OperationOutcome> {
  const { request, signal } = operation;
  const within = (ms: number): number => Math.max(1, Math.min(request.timeoutMs - marginMs, ms));
  const until = (ms: number): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  if (settings.guestAgent) {
    const { guestAgent } = placesOf(machinesOf(host), request.resource);
    // However often it is to be looked: each question that nobody waits for any more is answered before the next.
    const problem = await askGuest(guestAgent, 'guest-ping', until(within(lookMs))).then(
      () => undefined,
      messageOf,
    );
    if (problem !== undefined) return exitedWith(OCF.error, `the guest agent: ${problem}`);
  }
  const limitMs = within(mostMs);
  const { check } = settings;
  if (!check) return exitedWith(OCF.ok);
  const result =
    check.kind === 'ping'
      ? await ping(host, operation, check, limitMs)
      : await networkCheck(check)(until(limitMs));
  return result.kind === 'up' ? exitedWith(OCF.ok) : exitedWith(OCF.error, result.reason);
}
