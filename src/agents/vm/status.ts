/** What QEMU says of its guest, and what that means for the cluster. */
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { isPostCopy, migrationStatus } from './migration.ts';
import { asRecord, type Qmp } from './qmp.ts';

/**
 * - `runs`: the guest's processors run.
 * - `arriving`, `arrived`: memory comes, or has come, from another node; the guest does not run
 *   here before it is told to.
 * - `left`: it went to another node; what is here never runs again.
 * - `leaving`: it stands still for the last moment of a migration.
 * - `ill`: it stands still, or has ended without QEMU's end. The reason is for people.
 */
export type GuestState =
  | { readonly kind: 'runs' | 'arriving' | 'arrived' | 'left' | 'leaving' }
  | { readonly kind: 'ill'; readonly reason: string };

/** RunState of QEMU's QMP reference. */
const ill: Readonly<Record<string, string>> = {
  debug: 'a debugger has stopped it',
  'guest-panicked': 'its kernel has panicked',
  'internal-error': 'QEMU cannot carry it on (internal error)',
  'io-error': 'it was stopped because a disk has failed or is full',
  paused: 'it was paused by hand',
  colo: 'it is part of a COLO pair, which Holdfast did not make',
  'restore-vm': 'it is being restored by hand',
  'save-vm': 'it is being saved by hand',
  shutdown: 'it has shut itself down, and QEMU waits',
  suspended: 'it is suspended (sleeps)',
  watchdog: 'its watchdog has stopped it',
};

export async function guestState(qmp: Qmp, incoming: boolean): Promise<GuestState> {
  const status = String(asRecord(await qmp.ask('query-status'))['status']);
  switch (status) {
    case 'running':
      return { kind: 'runs' };
    case 'inmigrate':
      return { kind: 'arriving' };
    case 'postmigrate':
      return { kind: 'left' };
    case 'finish-migrate':
      return { kind: isPostCopy(await migrationStatus(qmp)) ? 'left' : 'leaving' };
    case 'paused':
    case 'prelaunch':
      if (incoming) return { kind: 'arrived' };
  }
  return { kind: 'ill', reason: ill[status] ?? `QEMU calls its state ${status}` };
}

/** What is not told to run here does not run here, and stopping it costs nothing. */
export function monitorOutcome(state: GuestState): OperationOutcome {
  switch (state.kind) {
    case 'runs':
    case 'leaving':
      return exitedWith(OCF.ok);
    case 'arriving':
    case 'arrived':
      return exitedWith(OCF.notRunning, 'it is on its way here from another node');
    case 'left':
      return exitedWith(OCF.notRunning, 'it has moved to another node');
    case 'ill':
      return exitedWith(OCF.error, state.reason);
  }
}
