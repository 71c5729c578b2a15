/** A conversation with one guest's QEMU that ends with the work it was opened for. */
import type { AgentHost, Operation } from '../host.ts';
import { isExpected, killQemu, machinesOf, talkTo, type Machines } from './qemu.ts';
import { HungUp, type Qmp } from './qmp.ts';
import { guestState, type GuestState } from './status.ts';

export interface Guest {
  readonly qmp: Qmp;
  readonly state: () => Promise<GuestState>;
}

/** What the work answers; undefined: there is no QEMU. Rejects as the work does, or at the signal. */
export async function withGuest<T>(
  machines: Machines,
  resource: string,
  signal: AbortSignal,
  work: (guest: Guest) => Promise<T>,
): Promise<T | undefined> {
  const qmp = await talkTo(machines, resource, signal);
  return qmp && withTalk(machines, resource, qmp, signal, work);
}

/** The same in a conversation that there is already; it ends with the work, or at the signal. */
export async function withTalk<T>(
  machines: Machines,
  resource: string,
  qmp: Qmp,
  signal: AbortSignal,
  work: (guest: Guest) => Promise<T>,
): Promise<T> {
  const state = (): Promise<GuestState> => guestState(qmp, isExpected(machines, resource));
  const close = (): void => qmp.close();
  signal.addEventListener('abort', close);
  try {
    signal.throwIfAborted();
    return await work({ qmp, state });
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}

/**
 * The same for what changes nothing: a QEMU that hangs up is asked again until its end is known, for one that
 * has just ended is no unknown one.
 */
export async function lookAt<T>(
  machines: Machines,
  resource: string,
  signal: AbortSignal,
  look: (guest: Guest) => Promise<T>,
): Promise<T | undefined> {
  for (;;) {
    try {
      return await withGuest(machines, resource, signal, look);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof HungUp)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, askAgainMs));
  }
}

const askAgainMs = 20;

/** Is there a guest in one of these states? One that an earlier life has left in any other makes way. */
export async function isThere(
  host: AgentHost,
  { request, signal }: Operation,
  states: readonly GuestState['kind'][],
): Promise<boolean> {
  const machines = machinesOf(host);
  const state = await lookAt(machines, request.resource, signal, (guest) => guest.state());
  if (state === undefined) return false;
  if (states.includes(state.kind)) return true;
  await killQemu(machines, request.resource);
  return false;
}
