import { describe, expect, it } from 'vitest';
import { action, freeze, n1 } from '../cluster/testing/cluster.ts';
import { nodeName } from '../model/ids.ts';
import { syncQueue } from './queue.ts';
import { recallMigrations } from './recall.ts';
import { spawnQueued } from './run.ts';
import type { ExecutorState } from './types.ts';

const KEY = 'migrate_to vm n1 0 n2';
const blank: ExecutorState = {
  self: n1,
  operations: {},
  recurring: {},
  receiving: {},
  calls: 0,
  slow: {},
};

/** The migration runs. */
function sending(agentClass: string): ExecutorState {
  const wanted = {
    ...action('migrate_to vm n1', 0),
    agent: { class: agentClass, type: '' },
    migrateSource: n1,
    migrateTarget: nodeName('n2'),
  };
  const permission = { mayStart: () => ({ kind: 'yes' }) as const };
  const queue = syncQueue(blank, [wanted], []);
  return freeze(spawnQueued(queue, permission, 4, 0 as never).executor);
}

describe('a live migration that nobody wants any more', () => {
  it('is given up, and that is asked for once', () => {
    const first = recallMigrations(sending('vm'), new Set([KEY]));
    const [running] = Object.values(first.executor.operations);
    const operationId = running?.request.operationId;
    expect(first.effects).toEqual([{ kind: 'cancel-operation', operationId }]);
    expect(recallMigrations(first.executor, new Set([KEY])).effects).toEqual([]);
  });

  it('goes on while it is wanted', () => {
    expect(recallMigrations(sending('vm'), new Set()).effects).toEqual([]);
  });

  it('of an agent that cannot say where it left the resource goes on to its end', () => {
    expect(recallMigrations(sending('ocf'), new Set([KEY])).effects).toEqual([]);
  });
});
