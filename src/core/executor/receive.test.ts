/** What a node does while a machine is sent to it. */
import { describe, expect, it } from 'vitest';
import { action, freeze, n2 } from '../cluster/testing/cluster.ts';
import { nodeName } from '../model/ids.ts';
import type { OperationOutcome } from '../model/operation.ts';
import type { PlannedAction } from '../model/plan.ts';
import { failedArrival, followArrivals } from './receive.ts';
import { spawnQueued } from './run.ts';
import type { ExecutorState } from './types.ts';

type Place = 'here' | 'elsewhere' | 'unknown';

const blank: ExecutorState = {
  self: n2,
  operations: {},
  recurring: {},
  receiving: {},
  calls: 0,
  slow: {},
};

const sent = (agentClass: string): PlannedAction => ({
  ...action('migrate_to vm n1', 0),
  agent: { class: agentClass, type: '' },
  migrateSource: nodeName('n1'),
  migrateTarget: n2,
});

const follow = (
  executor: ExecutorState,
  arriving: readonly PlannedAction[],
  place: Place = 'unknown',
): ExecutorState => freeze(followArrivals(executor, arriving, () => place));

/** What begins now, and the state without it, as if it had ended well. */
function begun(executor: ExecutorState): readonly [readonly string[], ExecutorState] {
  const permission = { mayStart: () => ({ kind: 'yes' }) as const };
  const { effects } = spawnQueued(executor, permission, 4, 0 as never);
  const names = effects.map((effect) =>
    effect.kind === 'run-operation' ? effect.request.operation : effect.kind,
  );
  return [names, { ...executor, operations: {} }];
}

describe('a machine that is sent here', () => {
  it('is prepared for, once', () => {
    const [names, next] = begun(follow(blank, [sent('vm')]));
    expect(names).toEqual(['migrate_prepare']);
    expect(begun(follow(next, [sent('vm')]))[0]).toEqual([]);
  });

  it('of another class needs nobody to wait for it', () => {
    expect(begun(follow(blank, [sent('ocf')]))[0]).toEqual([]);
  });

  it.each([
    ['elsewhere', ['migrate_abandon'], []],
    ['unknown', [], ['vm']],
    ['here', [], []],
  ] as const)('and then is %s', (place, runs, stillReceiving) => {
    const [, sending] = begun(follow(blank, [sent('vm')]));
    const after = follow(sending, [], place);
    expect(begun(after)[0]).toEqual(runs);
    expect(Object.keys(after.receiving)).toEqual(stillReceiving);
  });

  it('is prepared for anew when it is sent again', () => {
    const [, sending] = begun(follow(blank, [sent('vm')]));
    const [, given] = begun(follow(sending, [], 'elsewhere'));
    expect(begun(follow(given, [sent('vm')]))[0]).toEqual(['migrate_prepare']);
  });
});

it('says what went wrong here: the source only sees that nobody listens', () => {
  const { operations } = spawnQueued(
    follow(blank, [sent('vm')]),
    { mayStart: () => ({ kind: 'yes' }) },
    4,
    0 as never,
  ).executor;
  const executor = { ...blank, operations };
  const [operation] = Object.values(operations);
  const ended = (outcome: OperationOutcome) => ({
    operationId: operation?.request.operationId ?? '',
    outcome,
    durationMs: 1,
    output: '',
  });
  const refused = { kind: 'exited', exitCode: 5, exitReason: 'no bridge br0' } as const;
  expect(failedArrival(executor, ended(refused))).toBe('migrate_prepare of vm: no bridge br0');
  expect(failedArrival(executor, ended({ ...refused, exitCode: 0 }))).toBeUndefined();
});
