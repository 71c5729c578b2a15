/** What an earlier life of a machine, or a migration, has left on this node. */
import type { AgentHost, Operation } from '../host.ts';
import { isExpected, killQemu, machinesOf, talkTo } from './qemu.ts';
import { guestState, type GuestState } from './status.ts';

/** Is there a guest in one of these states? One in any other makes way. */
export async function isThere(
  host: AgentHost,
  { request, signal }: Operation,
  states: readonly GuestState['kind'][],
): Promise<boolean> {
  const machines = machinesOf(host);
  const qmp = await talkTo(machines, request.resource, signal);
  if (!qmp) return false;
  const state = await guestState(qmp, isExpected(machines, request.resource)).finally(() =>
    qmp.close(),
  );
  if (states.includes(state.kind)) return true;
  await killQemu(machines, request.resource);
  return false;
}
