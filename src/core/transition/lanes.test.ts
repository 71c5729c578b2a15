/** How many live migrations a node has at one time: never more than configured, and all get their turn. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeName, resourceId } from '../model/ids.ts';
import type { ActionKind, Plan, PlannedAction } from '../model/plan.ts';
import { acceptPlan } from './accept.ts';
import { completeAction, isFinished, readyActions } from './advance.ts';
import { limitMigrations } from './lanes.ts';

interface Journey {
  readonly from: string;
  readonly to: string;
  readonly priority?: number;
}

const operation = {
  name: 'migrate_to',
  timeoutMs: 1,
  startDelayMs: 0,
  expectedExitCode: 0,
  parameters: {},
  meta: {},
  onFail: 'restart',
  digest: '',
};

/** Machine 0, 1, 2 …: `migrate_to`, `migrate_from`, `stop` each. */
function planOf(journeys: readonly Journey[], more: Plan['order'] = []): Plan {
  const actions = journeys.flatMap(({ from, to, priority = 0 }, number): PlannedAction[] => {
    const make = (offset: number, kind: ActionKind, node: string): PlannedAction => ({
      id: number * 3 + offset,
      kind,
      pseudo: false,
      name: `vm${number}_${kind}_0 ${node}`,
      resource: resourceId(`vm${number}`),
      node: nodeName(node),
      intervalMs: 0,
      operation,
      migrateSource: nodeName(from),
      migrateTarget: nodeName(to),
      reason: 'test',
      priority,
    });
    return [make(0, 'migrate_to', from), make(1, 'migrate_from', to), make(2, 'stop', from)];
  });
  const own = journeys.flatMap((_, number): [number, number][] => [
    [number * 3, number * 3 + 1],
    [number * 3 + 1, number * 3 + 2],
  ]);
  return { actions, order: [...own, ...more], placements: [], unplaced: [], findings: [] };
}

const accept = (plan: Plan) => acceptPlan(undefined, plan, { id: 't', because: 'test' });
const begun = (plan: Plan): readonly string[] => readyActions(accept(plan)).map(({ name }) => name);

describe('migration-limit', () => {
  const away = [0, 1, 2, 3].map((): Journey => ({ from: 'n1', to: 'n2' }));

  it('begins so many at once, the most important first', () => {
    const journeys = away.map((journey, at) => ({ ...journey, priority: at }));
    expect(begun(limitMigrations(planOf(journeys), 2))).toEqual([
      'vm2_migrate_to_0 n1',
      'vm3_migrate_to_0 n1',
    ]);
  });

  it.each([-1, 0])('of %i is no limit', (limit) => {
    expect(begun(limitMigrations(planOf(away), limit))).toHaveLength(4);
  });

  it('counts what is under way already', () => {
    const plan = limitMigrations(planOf(away), 1, new Set(['migrate_to vm2 n1 0 n2']));
    expect(begun(plan)).toEqual(['vm2_migrate_to_0 n1']);
  });

  it('gives way to the order between machines: nothing waits in a circle', () => {
    const journeys = [
      { from: 'n1', to: 'n2' },
      { from: 'n1', to: 'n2', priority: 9 },
    ];
    const plan = limitMigrations(planOf(journeys, [[1, 3]]), 1);
    expect(begun(plan)).toEqual(['vm0_migrate_to_0 n1']);
    expect(runToEnd(plan, 1)).toBe(true);
  });

  it('is never exceeded on any node, and every machine arrives', () => {
    const name = fc.constantFrom('n1', 'n2', 'n3', 'n4');
    const journey = fc
      .record({ from: name, to: name, priority: fc.nat({ max: 3 }) })
      .filter(({ from, to }) => from !== to);
    fc.assert(
      fc.property(
        fc.array(journey, { maxLength: 12 }),
        fc.integer({ min: 1, max: 3 }),
        (all, limit) => {
          expect(runToEnd(limitMigrations(planOf(all), limit), limit)).toBe(true);
        },
      ),
    );
  });
});

/** Ends one action after another; throws where a node has more migrations than allowed. */
function runToEnd(plan: Plan, limit: number): boolean {
  let transition = accept(plan);
  for (;;) {
    const ready = readyActions(transition);
    const busy = new Map<string, number>();
    for (const { kind, migrateSource, migrateTarget } of ready) {
      if (kind === 'stop') continue;
      for (const node of [migrateSource, migrateTarget]) {
        busy.set(node ?? '', (busy.get(node ?? '') ?? 0) + 1);
      }
    }
    for (const [node, count] of busy) expect([node, count <= limit]).toEqual([node, true]);
    const next = ready[0];
    if (next === undefined) return isFinished(transition);
    transition = completeAction(transition, next.id, true);
  }
}
