/**
 * The target's side of a live migration: `migrate_prepare` makes a QEMU that waits, `migrate_from`
 * tells the guest that has come to run. Between them nothing runs here, whatever happens.
 */
import { OCF } from '../../core/model/operation.ts';
import type { AgentHost, Ended, Operation } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { announce } from './announce.ts';
import { takeTalk, talkAndKeep } from './awaiting.ts';
import { makeImages } from './images.ts';
import { agree, migrationUri, placeOf } from './migration.ts';
import { isThere, withGuest, withTalk, type Guest } from './guest.ts';
import { endExpectation, isExpected, killQemu, machinesOf } from './qemu.ts';
import type { QmpEvent } from './qmp.ts';
import type { VmSettings } from './settings.ts';
import { offerDisks, withdrawDisks } from './offer.ts';
import { endedEarly, launch } from './start.ts';
import { unmarkStale } from './stale.ts';

const lookPauseMs = 5;

/** Ends when the other node can begin. A guest that runs here is not touched. */
export async function receive(
  host: AgentHost,
  operation: Operation,
  settings: VmSettings,
): Promise<Ended> {
  const machines = machinesOf(host);
  const { resource, node } = operation.request;
  if (await isThere(host, operation, ['runs', 'leaving', 'ill'])) {
    return end(OCF.error, 'a guest of that name runs here');
  }
  const copies = settings.migration.storage === 'copy' ? settings.disks : [];
  const problem = await makeImages(host, operation, copies);
  if (problem) return { outcome: problem, output: '' };
  const begun = await launch(host, operation, settings, true);
  if (begun) return begun;
  try {
    const place = placeOf(host, node, resource, settings.migration);
    const ready = await talkAndKeep(machines, resource, operation.signal, async (qmp) => {
      await agree(qmp, settings, 'target', place);
      qmp.onEvent((event) => isComplete(event) && unmarkStale(copies));
      if (copies.length > 0) await offerDisks(qmp, copies, place);
      await qmp.ask('migrate-incoming', { uri: migrationUri(place) });
      return end(OCF.ok, '');
    });
    return ready ?? (await endedEarly(host, resource));
  } catch (error) {
    await killQemu(machines, resource);
    throw error;
  }
}

/** The source has let go: what it had copied until then is all there is. */
const isComplete = ({ name, data }: QmpEvent): boolean =>
  name === 'MIGRATION' && data['status'] === 'completed';

/** Nothing will come any more. A guest that runs, or was told to, is not touched. */
export async function abandon(host: AgentHost, { request }: Operation): Promise<Ended> {
  const machines = machinesOf(host);
  if (isExpected(machines, request.resource)) await killQemu(machines, request.resource);
  return end(OCF.ok, '');
}

/** The guest goes on here. Waits for the last of it, which comes when the source has let go. */
export async function arrive(
  host: AgentHost,
  operation: Operation,
  settings: VmSettings,
): Promise<Ended> {
  const machines = machinesOf(host);
  const { resource } = operation.request;
  const letGoOn = async (guest: Guest): Promise<Ended> => {
    if (!(await waitForAll(guest, operation.signal))) {
      return end(OCF.error, 'what came is not a guest that could go on');
    }
    return isExpected(machines, resource)
      ? goOn(guest, settings, () => endExpectation(machines, resource))
      : end(OCF.ok, '');
  };
  const { signal } = operation;
  const kept = takeTalk(resource);
  const arrived = await (kept
    ? withTalk(machines, resource, kept, signal, letGoOn)
    : withGuest(machines, resource, signal, letGoOn));
  return arrived ?? endedEarly(host, resource);
}

async function goOn(
  { qmp, state }: Guest,
  { migration, disks }: VmSettings,
  endExpected: () => void,
): Promise<Ended> {
  if (migration.storage === 'copy') {
    await withdrawDisks(qmp);
    unmarkStale(disks);
  }
  endExpected();
  await qmp.ask('cont');
  await announce(qmp);
  const { kind } = await state();
  return kind === 'runs' ? end(OCF.ok, '') : end(OCF.error, 'it does not run after all');
}

async function waitForAll({ state }: Guest, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    const { kind } = await state();
    if (kind === 'arrived' || kind === 'runs') return true;
    if (kind !== 'arriving') return false;
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, lookPauseMs));
  }
}

const end = (exitCode: number, reason: string): Ended => ({
  outcome: exitedWith(exitCode, reason),
  output: '',
});
