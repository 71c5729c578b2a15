/** What the replay of histories keeps while it goes. */
import type { OperationRecord, ResourceHistory } from '../../model/picture.ts';
import type { Host, RoleLevel, Unit, World } from '../world.ts';
import type { Reaction } from './failures.ts';

/** What the replay of one history has come to so far. */
export interface Replay {
  readonly world: World;
  readonly unit: Unit;
  readonly host: Host;
  readonly history: ResourceHistory;
  readonly records: readonly OperationRecord[];
  role: RoleLevel | undefined;
  reaction: Reaction;
  failedTask: string;
  /** The newest promotion failed, and nothing has put that right. */
  isPromotionFailed: boolean;
  migration: LastMigration | undefined;
}

/** The newest migrate_to of a history, while nothing later on its node has overtaken it. */
export interface LastMigration {
  readonly record: OperationRecord;
  readonly outcome: 'done' | 'failed' | 'pending';
}
