/** How far a machine is on its way from a node, as QEMU there says it. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  isOnItsWay,
  isPostCopy,
  migrationStatus,
  type MigrationStatus,
} from '../../src/agents/vm/migration.ts';
import { openQmp } from '../../src/agents/vm/qmp.ts';
import type { LabNode } from '../lab/node.ts';

export type MigrationStage =
  | 'before migrate_to'
  | 'set-up'
  | 'memory'
  | 'switch-over'
  | 'post-copy'
  | 'after';

const answerMsMax = 1000;

/** Of the only machine there is. */
export async function stageAt(node: LabNode): Promise<MigrationStage> {
  try {
    const look = await lookAtStage(node, AbortSignal.timeout(answerMsMax));
    return await look.stage().finally(look.close);
  } catch {
    return 'after'; // its QEMU has ended, which nobody but its stop does
  }
}

export interface StageLook {
  readonly stage: () => Promise<MigrationStage>;
  readonly close: () => void;
}

/** The same, asked again and again. On the socket that the agent does not use at the source. */
export async function lookAtStage({ pid }: LabNode, signal: AbortSignal): Promise<StageLook> {
  const directory = `/proc/${String(pid())}/root/run/holdfast/machines`;
  const [machine = 'none'] = existsSync(directory) ? readdirSync(directory) : [];
  const qmp = await openQmp(join(directory, machine, 'watch'), signal);
  return { stage: async () => stageOf(await migrationStatus(qmp)), close: () => qmp.close() };
}

/** MigrationStatus of QEMU's QMP reference. */
function stageOf(seen: MigrationStatus): MigrationStage {
  if (isPostCopy(seen)) return 'post-copy';
  if (seen.status === 'setup') return 'set-up';
  if (seen.status === 'active') return 'memory';
  if (isOnItsWay(seen)) return 'switch-over';
  return seen.status === 'completed' ? 'after' : 'before migrate_to';
}
