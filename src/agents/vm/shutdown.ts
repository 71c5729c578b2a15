/** A machine ends: asked first, then without asking, within the operation's time. */
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import type { ServiceState } from '../command/supervisor.ts';
import type { Operation } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { askGuest } from './guest-agent.ts';
import { migrationStatus } from './migration.ts';
import { isExpected, killQemu, placesOf, talkTo, type Machines } from './qemu.ts';
import type { Qmp } from './qmp.ts';
import type { VmSettings } from './settings.ts';
import { stallWatch } from './stall.ts';
import { guestState } from './status.ts';

const lookPauseMs = 20;
/** A guest that is still booting does not hear the first call. */
const askAgainMs = 3000;
/** A QEMU that does not talk is not waited for. */
const talkLimitMs = 3000;

/** Power is cut early enough that the stop itself does not time out. */
export async function shutDown(
  machines: Machines,
  operation: Operation,
  settings: VmSettings,
): Promise<OperationOutcome> {
  const { resource, timeoutMs } = operation.request;
  const graceMs = Math.round(timeoutMs - Math.min(3000, timeoutMs / 4));
  const grace = AbortSignal.any([operation.signal, AbortSignal.timeout(graceMs)]);
  const qmp = await openWithin(machines, resource, grace);
  if (qmp === undefined) return outcomeOf(await machines.services.state(resource));
  if (qmp === 'silent') return cutPower(machines, resource, 'QEMU did not talk');
  try {
    const { kind } = await guestState(qmp, isExpected(machines, resource));
    if (kind === 'left') await untilFetched(qmp, grace);
    if (kind !== 'runs') return await cutPower(machines, resource);
    await askUntilDown(machines, resource, settings, { qmp, grace });
  } catch (error) {
    if (!grace.aborted) throw error;
  } finally {
    qmp.close();
  }
  operation.signal.throwIfAborted();
  const state = await machines.services.state(resource);
  if (state.kind !== 'running') return outcomeOf(state);
  return cutPower(machines, resource, `it did not shut down within ${String(graceMs / 1000)} s`);
}

function openWithin(
  machines: Machines,
  resource: string,
  signal: AbortSignal,
): Promise<Qmp | 'silent' | undefined> {
  const silent = new Promise<'silent'>((resolve) => {
    setTimeout(() => resolve('silent'), talkLimitMs).unref();
  });
  return Promise.race([talkTo(machines, resource, signal).catch(() => 'silent' as const), silent]);
}

/**
 * The target still fetches memory from here: as long as there is time it is not taken away. A target whose host is
 * gone fetches nothing any more, and TCP does not say so.
 */
async function untilFetched(qmp: Qmp, grace: AbortSignal): Promise<void> {
  const isStalled = stallWatch();
  while (!grace.aborted) {
    const { status, transferredBytes } = await migrationStatus(qmp);
    if (status !== 'postcopy-active' || isStalled(transferredBytes)) return;
    await new Promise((resolve) => setTimeout(resolve, lookPauseMs));
  }
}

/** Ends when QEMU has ended, or the grace. */
async function askUntilDown(
  machines: Machines,
  resource: string,
  settings: VmSettings,
  { qmp, grace }: { readonly qmp: Qmp; readonly grace: AbortSignal },
): Promise<void> {
  let askAt = 0;
  while (!grace.aborted && (await machines.services.state(resource)).kind === 'running') {
    if (performance.now() >= askAt) {
      askAt = performance.now() + askAgainMs;
      await ask(machines, resource, settings, qmp);
    }
    await new Promise((resolve) => setTimeout(resolve, lookPauseMs));
  }
}

/** The power button, and the agent inside where there is one: one of them is heard. */
async function ask(
  machines: Machines,
  resource: string,
  { guestAgent }: VmSettings,
  qmp: Qmp,
): Promise<void> {
  await qmp.ask('system_powerdown').catch(() => undefined);
  if (!guestAgent) return;
  const path = placesOf(machines, resource).guestAgent;
  await askGuest(path, 'guest-shutdown', AbortSignal.timeout(lookPauseMs * 10)).catch(
    () => undefined,
  );
}

/** Without asking. */
export async function cutPower(
  machines: Machines,
  resource: string,
  why?: string,
): Promise<OperationOutcome> {
  return outcomeOf(await killQemu(machines, resource), why && `${why}; its power was cut`);
}

function outcomeOf(state: ServiceState, note?: string): OperationOutcome {
  switch (state.kind) {
    case 'absent':
    case 'ended':
      return exitedWith(OCF.ok, note ?? '');
    case 'unkillable':
      return state;
    case 'running':
      return exitedWith(OCF.error, `QEMU (process ${String(state.pid)}) still runs`);
  }
}
