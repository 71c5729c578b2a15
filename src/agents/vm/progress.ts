/** What the cluster is told of a migration on its way: once a second, and of short ones nothing. */
import type { Transfer } from '../../core/model/transfer.ts';
import type { AgentHost } from '../host.ts';
import type { MigrationStatus } from './migration.ts';

const tellEveryMs = 1000;

export interface Progress {
  /** Calls `make` when it is time to tell. */
  note(make: () => Transfer): void;
  /** It is over: nothing is told any more. */
  end(): void;
}

export function progressOf({ tellTransfer }: AgentHost, resource: string): Progress {
  let toldAt = performance.now();
  let told = false;
  return {
    note: (make) => {
      if (tellTransfer === undefined || performance.now() - toldAt < tellEveryMs) return;
      toldAt = performance.now();
      told = true;
      tellTransfer(resource, make());
    },
    end: () => {
      if (told) tellTransfer?.(resource, undefined);
    },
  };
}

export function ofMemory(status: MigrationStatus): Transfer {
  const { transferredBytes: sentBytes, remainingBytes: leftBytes, totalBytes } = status;
  return {
    stage: 'memory',
    percent: percentOf(totalBytes - leftBytes, totalBytes),
    sentBytes,
    leftBytes,
    bytesPerSecond: status.bytesPerSecond,
    dirtyBytesPerSecond: status.dirtyBytesPerSecond,
    downtimeMs: status.expectedDowntimeMs,
  };
}

/** `done` and `all` as QEMU's block jobs count them. */
export function ofDisks(done: number, all: number, sinceMs: number): Transfer {
  return {
    stage: 'disks',
    percent: percentOf(done, all),
    sentBytes: done,
    leftBytes: Math.max(0, all - done),
    bytesPerSecond: sinceMs <= 0 ? 0 : (done * 1000) / sinceMs,
    dirtyBytesPerSecond: 0,
    downtimeMs: 0,
  };
}

const percentOf = (part: number, whole: number): number =>
  whole <= 0 ? 0 : Math.floor((100 * Math.max(0, part)) / whole);
