/**
 * The target's side of a live migration: `migrate_prepare` makes a QEMU that waits, `migrate_from`
 * tells the guest that has come to run. Between them nothing runs here, whatever happens.
 */
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import type { AgentHost, Ended, Operation } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { redact, resolveSecrets } from '../secrets.ts';
import { announce } from './announce.ts';
import { takeTalk, talkAndKeep } from './awaiting.ts';
import { makeImages } from './images.ts';
import { agree, listening, migrationUri, placeOf } from './migration.ts';
import { isThere, withGuest, withTalk, type Guest } from './guest.ts';
import { endExpectation, isExpected, killQemu, machinesOf } from './qemu.ts';
import type { QmpEvent } from './qmp.ts';
import type { VmSettings } from './settings.ts';
import { offerDisks, withdrawDisks } from './offer.ts';
import { endArrival, expectArrival } from './refusal.ts';
import { keepRoom, leaveRoom, takeRoom } from './room.ts';
import { endedEarly, launch } from './start.ts';
import { unmarkStale } from './stale.ts';
import { messageOf } from '../output.ts';

const lookPauseMs = 5;
/** QEMU closes its sockets right before its end. */
const endSeenMs = 1000;

/** Ends when the other node can begin, or knows why it cannot. A guest that runs here is not touched. */
export async function receive(
  host: AgentHost,
  operation: Operation,
  settings: VmSettings,
): Promise<Ended> {
  const { resource } = operation.request;
  const refuse = await inPlainWords(host, operation, expectArrival(resource));
  try {
    const { outcome, output } = await prepare(host, operation, settings, refuse);
    const isReady = outcome.kind === 'exited' && outcome.exitCode === OCF.ok;
    if (isReady) keepRoom(resource);
    else {
      leaveRoom(resource);
      refuse(reasonOf(outcome));
    }
    return { outcome, output };
  } catch (error) {
    leaveRoom(resource);
    refuse(messageOf(error));
    throw error;
  }
}

/** What QEMU says may name what it was started with; the words go to another node. */
async function inPlainWords(
  host: AgentHost,
  { request }: Operation,
  refuse: (reason: string) => void,
): Promise<(reason: string) => void> {
  const resolved = await resolveSecrets(request.parameters, host.secrets);
  const secrets = resolved.kind === 'resolved' ? resolved.secrets : [];
  return (reason) => refuse(redact(reason, secrets));
}

async function prepare(
  host: AgentHost,
  operation: Operation,
  settings: VmSettings,
  refuse: (reason: string) => void,
): Promise<Ended> {
  const machines = machinesOf(host);
  const { request } = operation;
  const { resource, node } = request;
  if (await isThere(host, operation, ['runs', 'leaving', 'ill'])) {
    return end(OCF.error, 'a guest of that name runs here');
  }
  const tooMuch = await takeRoom(host, resource, settings);
  if (tooMuch !== undefined) return end(OCF.error, tooMuch);
  const copies = settings.migration.storage === 'copy' ? settings.disks : [];
  const problem = await makeImages(host, operation, copies);
  if (problem) return { outcome: problem, output: '' };
  const begun = await launch(host, operation, settings, true);
  if (begun) return begun;
  try {
    const place = placeOf(host, node, request, settings.migration);
    const ready = await talkAndKeep(machines, resource, operation.signal, async (qmp) => {
      await agree(qmp, settings, 'target', place);
      qmp.onEvent((event) => isComplete(event) && unmarkStale(copies));
      if (copies.length > 0) await offerDisks(qmp, copies, place);
      await listening(place.port, qmp.ask('migrate-incoming', { uri: migrationUri(place) }));
      void qmp.ended.then(() => noteEnd(host, resource, refuse));
      return end(OCF.ok, '');
    });
    return ready ?? (await endedEarly(host, resource));
  } catch (error) {
    await killQemu(machines, resource);
    throw error;
  }
}

/** A guest that its QEMU cannot read ends it: it says why, and the source feels a broken connection. */
async function noteEnd(
  host: AgentHost,
  resource: string,
  refuse: (reason: string) => void,
): Promise<void> {
  const { services } = machinesOf(host);
  const deadline = performance.now() + endSeenMs;
  while ((await services.state(resource)).kind === 'running') {
    if (performance.now() > deadline) return; // only the conversation is over
    await new Promise((resolve) => setTimeout(resolve, lookPauseMs));
  }
  const { outcome } = await endedEarly(host, resource);
  refuse(reasonOf(outcome));
}

/** The source has let go: what it had copied until then is all there is. */
const isComplete = ({ name, data }: QmpEvent): boolean =>
  name === 'MIGRATION' && data['status'] === 'completed';

/** Nothing will come any more. A guest that runs, or was told to, is not touched. */
export async function abandon(host: AgentHost, { request }: Operation): Promise<Ended> {
  const machines = machinesOf(host);
  endArrival(request.resource);
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
  endArrival(resource);
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

function reasonOf(outcome: OperationOutcome): string {
  if (outcome.kind === 'exited') return outcome.exitReason;
  return outcome.kind === 'not-run' ? outcome.reason : outcome.kind;
}

const end = (exitCode: number, reason: string): Ended => ({
  outcome: exitedWith(exitCode, reason),
  output: '',
});
