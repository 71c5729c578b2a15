/** One daemon of the world and its disk. */
import type { NodeName } from '../../model/ids.ts';
import type { Replica } from '../replica.ts';
import type { StoreOutput } from '../types.ts';
import type { WordCommand, Words } from './machine.ts';

export type DiskJob = Extract<StoreOutput, { kind: 'append' | 'write-snapshot' }>;

export interface Disk {
  snapshot: string | undefined;
  records: readonly string[];
  aside: readonly string[];
  /** Acknowledged records may be missing, and the disk noticed it. */
  isDamaged: boolean;
}

export interface Daemon {
  readonly node: NodeName;
  isNodeUp: boolean;
  /** Undefined while the daemon is down. */
  replica: Replica<Words, WordCommand> | undefined;
  lives: number;
  disk: Disk;
  jobs: readonly DiskJob[];
  /** The engine's queue does not move: the daemon is stopped. */
  isStopped: boolean;
  /** Before this time its clock said something else. */
  clockAheadMs: number;
}
