/**
 * The target's side of a live migration: `migrate_prepare` makes a QEMU that waits, `migrate_from`
 * tells the guest that has come to run. Between them nothing runs here, whatever happens.
 */
import { OCF } from '../../core/model/operation.ts';
import type { AgentHost, Ended, Operation } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { announce } from './announce.ts';
import { offerDisks, withdrawDisks } from './copy.ts';
import { makeImages } from './images.ts';
import { agree, migrationUri, placeOf } from './migration.ts';
import { endExpectation, isExpected, killQemu, machinesOf, talkTo } from './qemu.ts';
import type { Qmp } from './qmp.ts';
import type { VmSettings } from './settings.ts';
import { isThere } from './remains.ts';
import { endedEarly, launch } from './start.ts';
import { unmarkStale } from './stale.ts';
import { guestState } from './status.ts';

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
    const qmp = await talkTo(machines, resource, operation.signal);
    if (!qmp) return await endedEarly(host, resource);
    const place = placeOf(host, node, resource, settings.migration);
    await agree(qmp, settings, 'target', place);
    if (copies.length > 0) await offerDisks(qmp, copies, place);
    await qmp.ask('migrate-incoming', { uri: migrationUri(place) });
    qmp.close();
    return end(OCF.ok, '');
  } catch (error) {
    await killQemu(machines, resource);
    throw error;
  }
}

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
  const qmp = await talkTo(machines, resource, operation.signal);
  if (!qmp) return endedEarly(host, resource);
  try {
    if (!(await waitForAll(qmp, () => isExpected(machines, resource), operation.signal))) {
      return end(OCF.error, 'what came is not a guest that could go on');
    }
    if (!isExpected(machines, resource)) return end(OCF.ok, '');
    if (settings.migration.storage === 'copy') {
      await withdrawDisks(qmp);
      unmarkStale(settings.disks);
    }
    endExpectation(machines, resource);
    await qmp.ask('cont');
    await announce(qmp);
    const state = await guestState(qmp, false);
    return state.kind === 'runs' ? end(OCF.ok, '') : end(OCF.error, 'it does not run after all');
  } finally {
    qmp.close();
  }
}

async function waitForAll(
  qmp: Qmp,
  isStillExpected: () => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  for (;;) {
    const state = await guestState(qmp, isStillExpected());
    if (state.kind === 'arrived' || state.kind === 'runs') return true;
    if (state.kind !== 'arriving') return false;
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, lookPauseMs));
  }
}

const end = (exitCode: number, reason: string): Ended => ({
  outcome: exitedWith(exitCode, reason),
  output: '',
});
