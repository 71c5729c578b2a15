/** How far a machine is on its way from a node, as QEMU there says it. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isOnItsWay, migrationStatus } from '../../src/agents/vm/migration.ts';
import { openQmp } from '../../src/agents/vm/qmp.ts';
import type { LabNode } from '../../e2e/lab/node.ts';

export type MigrationStage = 'before migrate_to' | 'set-up' | 'memory' | 'switch-over' | 'after';

const answerMsMax = 1000;

/** Of the only machine there is. On the socket that the agent does not use at the source. */
export async function stageAt({ pid }: LabNode): Promise<MigrationStage> {
  const directory = `/proc/${String(pid())}/root/run/holdfast/machines`;
  const [machine] = existsSync(directory) ? readdirSync(directory) : [];
  if (machine === undefined) return 'after';
  try {
    const signal = AbortSignal.timeout(answerMsMax);
    const qmp = await openQmp(join(directory, machine, 'watch'), signal);
    const status = await migrationStatus(qmp).finally(() => qmp.close());
    return stageOf(status.status, isOnItsWay(status));
  } catch {
    return 'after'; // its QEMU has ended, which nobody but its stop does
  }
}

/** MigrationStatus of QEMU's QMP reference. */
function stageOf(status: string, isUnderWay: boolean): MigrationStage {
  if (status === 'setup') return 'set-up';
  if (status === 'active') return 'memory';
  if (isUnderWay) return 'switch-over';
  return status === 'completed' ? 'after' : 'before migrate_to';
}
