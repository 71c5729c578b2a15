/**
 * A running machine goes to another node (`migrate_to`, on the source). Whatever goes wrong before
 * QEMU says _completed_, the guest goes on here; afterwards what is here never runs again, and the
 * target runs when it is told to, which is after the cluster has written down that it left.
 *
 * **It ends with _error_, or as _cancelled_, only when the guest was seen to run here**
 * (core/cluster/stays.ts).
 */
import { OCF } from '../../core/model/operation.ts';
import type { AgentHost, Ended, Operation } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { takeShare, type BandwidthShare } from './bandwidth.ts';
import { abandonCopies, copyDisks, limitCopies } from './copy.ts';
import { withGuest } from './guest.ts';
import {
  agree,
  isOnItsWay,
  isPostCopy,
  limitMemory,
  migrationStatus,
  migrationUri,
  placeOf,
  raiseDowntime,
  type MigrationStatus,
  type Place,
} from './migration.ts';
import { ofMemory, progressOf, type Progress } from './progress.ts';
import { machinesOf } from './qemu.ts';
import type { Qmp } from './qmp.ts';
import { NotTaken, watchRefusal, type RefusalWatch } from './refusal.ts';
import type { VmSettings } from './settings.ts';
import { stallGuard } from './stall.ts';
import { leftFor, markStale, unmarkStale } from './stale.ts';
import { guestState } from './status.ts';
import { messageOf } from '../output.ts';

const lookPauseMs = 100;
const connectPauseMs = 20;
const countPauseMs = 2;
/** A target that does not listen by then has failed to get ready. */
const connectLimitMs = 20_000;
/** To find out how it stands after the time is over, or somebody cancelled. */
const cleanUpMs = 4000;

export async function depart(
  host: AgentHost,
  operation: Operation,
  settings: VmSettings,
): Promise<Ended> {
  const { resource, node, meta } = operation.request;
  const target = meta['migrate_target'];
  if (target === undefined || target === node) {
    return end(OCF.invalidArguments, `it is to move from ${node} to ${target ?? 'nowhere'}`);
  }
  const place = placeOf(host, target, operation.request, settings.migration);
  const progress = progressOf(host, resource);
  const bandwidth = takeShare(host, settings.migration);
  const refusal = watchRefusal(host, target, resource);
  const signal = AbortSignal.any([operation.signal, refusal.signal]);
  departing.add(resource);
  try {
    const ended = await withGuest(machinesOf(host), resource, signal, async (guest) => {
      const state = await guest.state();
      const asked = { ...operation, signal };
      if (state.kind === 'runs')
        return travel(guest.qmp, asked, settings, { place, progress, bandwidth });
      return end(OCF.notRunning, state.kind === 'ill' ? state.reason : 'it does not run here');
    });
    return ended ?? end(OCF.notRunning, 'QEMU does not run');
  } catch (error) {
    const left = await stayHere(host, operation, settings);
    return left ?? (await stayed(operation, error, refusal));
  } finally {
    refusal.end();
    bandwidth.end();
    progress.end();
    departing.delete(resource);
  }
}

/** The guest was seen to run here. Whoever has taken the move back has not seen it fail. */
async function stayed(
  { request, signal }: Operation,
  error: unknown,
  refusal: RefusalWatch,
): Promise<Ended> {
  const to = request.meta['migrate_target'] ?? '';
  if (isRecall(signal)) {
    return { outcome: { kind: 'cancelled' }, output: `the move to ${to} was taken back\n` };
  }
  if (signal.aborted) return end(OCF.error, 'it took too long');
  return end(OCF.error, await withItsWords(to, error, refusal));
}

/** What went wrong as it is seen here, and what the target says of it. */
async function withItsWords(to: string, error: unknown, refusal: RefusalWatch): Promise<string> {
  if (refusal.signal.aborted) return (refusal.signal.reason as NotTaken).message;
  const problem = messageOf(error);
  const said = await refusal.why();
  if (said !== undefined) return `${problem}; ${to} says: ${said}`;
  return error instanceof NotTaken ? `${problem}; the log of holdfastd on ${to} says why` : problem;
}

/** The operation's time ends it with a TimeoutError (AbortSignal.timeout), everything else is a wish. */
const isRecall = (signal: AbortSignal): boolean =>
  signal.aborted && !(signal.reason instanceof Error && signal.reason.name === 'TimeoutError');

/** By their names: what this daemon sends away just now. */
const departing = new Set<string>();
export const isDeparting = (resource: string): boolean => departing.has(resource);

interface Way {
  readonly place: Place;
  readonly progress: Progress;
  readonly bandwidth: BandwidthShare;
}

async function travel(
  qmp: Qmp,
  { request, signal }: Operation,
  settings: VmSettings,
  { place, progress, bandwidth }: Way,
): Promise<Ended> {
  await agree(qmp, settings, 'source', place);
  const copies = settings.migration.storage === 'copy' ? settings.disks : [];
  bandwidth.follow((bytes) => {
    void limitCopies(qmp, copies, bytes);
    limitMemory(qmp, bytes).catch(() => undefined); // it is over
  });
  await limitMemory(qmp, bandwidth.now());
  const copied = await copyDisks(qmp, copies, place, signal, {
    progress,
    bytesPerSecond: bandwidth.now,
  });
  await connectTo(qmp, place, signal);
  await untilSwitch(qmp, settings, signal, progress);
  await copied.end();
  if (copies.length > 0) markStale(copies, leftFor(request.meta['migrate_target'] ?? ''));
  await qmp.ask('migrate-continue', { state: 'pre-switchover' });
  return gone(await follow(qmp, ['completed', 'postcopy-active'], signal));
}

/** With post-copy it comes after one pass over the memory, whatever the guest has written since. */
async function untilSwitch(
  qmp: Qmp,
  { migration }: VmSettings,
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  let isAsked = !migration.postCopy;
  const raise = raiseDowntime(qmp, migration);
  await follow(qmp, ['pre-switchover'], signal, (status) => {
    progress.note(() => ofMemory(status));
    raise(status);
    if (isAsked || status.status !== 'active' || status.passes < 2) return;
    isAsked = true;
    qmp.ask('migrate-start-postcopy').catch(() => undefined); // it was through just now
  });
}

/** Until the target listens QEMU's attempts fail, and the guest does not notice. */
async function connectTo(qmp: Qmp, place: Place, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + connectLimitMs;
  for (;;) {
    await qmp.ask('migrate', { uri: migrationUri(place) });
    const status = await follow(qmp, ['active', 'pre-switchover', 'completed', 'failed'], signal);
    if (status.status !== 'failed') return;
    const mayStillCome = /connect|refused/i.test(status.reason) && performance.now() < deadline;
    if (!mayStillCome) throw new NotTaken(failure(status));
    await pause(connectPauseMs);
    signal.throwIfAborted();
  }
}

/** Waits for one of the states; one that excludes them is thrown. */
async function follow(
  qmp: Qmp,
  wanted: readonly string[],
  signal: AbortSignal,
  note?: (status: MigrationStatus) => void,
): Promise<MigrationStatus> {
  const guard = stallGuard();
  for (;;) {
    const heard = nextEvent(qmp);
    const status = await migrationStatus(qmp);
    note?.(status);
    // QEMU 7.2 may call it completed a moment before it has counted the time.
    const counted = status.status !== 'completed' || status.totalMs > 0;
    if (wanted.includes(status.status) && counted) return status;
    const isOver = ['failed', 'cancelled', 'completed'].includes(status.status) && counted;
    if (isOver) throw new Error(failure(status));
    guard(`${status.status} ${String(status.transferredBytes)}`);
    // No event tells that it has counted, and nobody runs meanwhile.
    const told = await (status.status === 'completed' ? pause(countPauseMs) : heard);
    signal.throwIfAborted();
    // The guest stands still: a word of QEMU's is enough, asking again would cost it time.
    if (told === 'pre-switchover' && wanted.includes(told)) return { ...status, status: told };
  }
}

const pause = (ms: number): Promise<undefined> =>
  new Promise((resolve) => setTimeout(resolve, ms, undefined));

/** The next change that QEMU tells of, or undefined after a while. */
function nextEvent(qmp: Qmp): Promise<string | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => finish(undefined), lookPauseMs);
    const ended = qmp.onEvent(({ name, data }) => {
      if (name === 'MIGRATION') finish(String(data['status']));
    });
    function finish(status: string | undefined): void {
      clearTimeout(timer);
      ended();
      resolve(status);
    }
  });
}

/**
 * Gives the migration up. Undefined: the guest runs here. Otherwise it had gone already, or cannot
 * be asked, and that is the end of the operation.
 */
async function stayHere(
  host: AgentHost,
  { request }: Operation,
  settings: VmSettings,
): Promise<Ended | undefined> {
  const machines = machinesOf(host);
  const signal = AbortSignal.timeout(cleanUpMs);
  try {
    const found = await withGuest(machines, request.resource, signal, async ({ qmp }) => ({
      left: await giveUp(qmp, settings, signal),
    }));
    return found ? found.left : end(OCF.notRunning, 'QEMU has ended in the migration');
  } catch {
    return { outcome: { kind: 'timed-out' }, output: 'QEMU does not say whether it has moved\n' };
  }
}

async function giveUp(
  qmp: Qmp,
  settings: VmSettings,
  signal: AbortSignal,
): Promise<Ended | undefined> {
  for (let isTold = false; ; isTold = true) {
    const state = await guestState(qmp, false);
    if (state.kind === 'left') return gone(await migrationStatus(qmp));
    if (!isTold) await qmp.ask('migrate_cancel');
    const isOver = !isOnItsWay(await migrationStatus(qmp));
    if (isOver && state.kind === 'runs') break;
    if (isOver && state.kind === 'ill') return end(OCF.notRunning, state.reason);
    signal.throwIfAborted();
    await pause(connectPauseMs);
  }
  await endCopies(qmp, settings);
  return undefined;
}

/** A guest that runs here writes to the images here: they are no past, and nobody else has them. */
export async function endCopies(qmp: Qmp, { migration, disks }: VmSettings): Promise<void> {
  if (migration.storage !== 'copy') return;
  await abandonCopies(qmp, disks);
  unmarkStale(disks);
}

const failure = ({ status, reason }: MigrationStatus): string =>
  `the migration ${status === 'cancelled' ? 'was cancelled' : 'failed'}${reason === '' ? '' : `: ${reason}`}`;

function gone(status: MigrationStatus): Ended {
  const { totalMs, downtimeMs, transferredBytes } = status;
  const mib = Math.round(transferredBytes / 1_048_576);
  const still = isPostCopy(status) ? '' : `stood still for ${String(downtimeMs)} ms, `;
  const rest = isPostCopy(status) ? ', the rest is fetched from the target' : '';
  const output = `moved in ${String(totalMs)} ms, ${still}${String(mib)} MiB sent${rest}\n`;
  return { outcome: exitedWith(OCF.ok), output };
}

const end = (exitCode: number, reason: string): Ended => ({
  outcome: exitedWith(exitCode, reason),
  output: '',
});
