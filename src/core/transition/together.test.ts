/** All nodes leave together: when everything is stopped, and in no circle. */
import { describe, expect, it } from 'vitest';
import { nodeName, resourceId } from '../model/ids.ts';
import type { Plan, PlannedAction } from '../model/plan.ts';
import { acceptPlan } from './accept.ts';
import { completeAction, readyActions } from './advance.ts';
import { leaveTogether } from './together.ts';

/** `stop web n1`, `shutdown n2`, `fence n3 reboot`. */
function planOf(words: readonly string[], order: Plan['order'] = []): Plan {
  const actions = words.map((text, id): PlannedAction => {
    const [kind = '', first = '', second = ''] = text.split(' ');
    const where = kind === 'stop' ? second : first;
    return {
      id,
      kind: kind as PlannedAction['kind'],
      pseudo: false,
      name: text,
      ...(kind === 'stop' ? { resource: resourceId(first) } : {}),
      node: nodeName(where),
      ...(kind === 'fence' ? { fenceMethod: second as 'reboot' | 'on' } : {}),
      intervalMs: 0,
      reason: 'test',
      priority: 0,
    };
  });
  return { actions, order, placements: [], unplaced: [], findings: [] };
}

const accept = (plan: Plan) => acceptPlan(undefined, plan, { id: 't', because: 'test' });
const begun = (plan: Plan): readonly string[] => readyActions(accept(plan)).map(({ name }) => name);

describe('nodes that leave together', () => {
  it('wait for what stops anywhere, and go when all of it is stopped', () => {
    const plan = leaveTogether(
      planOf(['stop web n1', 'stop db n2', 'shutdown n1', 'shutdown n2', 'shutdown n3']),
    );
    expect(begun(plan)).toEqual(['stop web n1', 'stop db n2']);
    const first = completeAction(accept(plan), 0, true);
    expect(readyActions(first).map(({ name }) => name)).toEqual(['stop db n2']);
    const both = completeAction(first, 1, true);
    expect(readyActions(both).map(({ name }) => name)).toEqual([
      'shutdown n1',
      'shutdown n2',
      'shutdown n3',
    ]);
  });

  it('wait for a fencing, but not for the device that is to let one in', () => {
    expect(begun(leaveTogether(planOf(['fence n3 reboot', 'shutdown n1'])))).toEqual([
      'fence n3 reboot',
    ]);
    expect(begun(leaveTogether(planOf(['fence n3 on', 'shutdown n1'])))).toContain('shutdown n1');
  });

  it('do not wait for what waits for them', () => {
    const plan = leaveTogether(planOf(['shutdown n1', 'fence n3 off', 'shutdown n2'], [[0, 1]]));
    expect(begun(plan)).toEqual(['shutdown n1', 'shutdown n2']);
  });

  it('change nothing where nobody leaves, or nothing stops', () => {
    for (const plan of [planOf(['stop web n1']), planOf(['shutdown n1', 'shutdown n2'])]) {
      expect(leaveTogether(plan)).toBe(plan);
    }
  });
});
