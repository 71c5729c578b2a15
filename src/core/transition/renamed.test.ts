/** A resource under another name starts when what ran under the old one has ended. */
import { expect, it } from 'vitest';
import { nodeName, resourceId } from '../model/ids.ts';
import type { Plan, PlannedAction } from '../model/plan.ts';
import { startRenamedLater } from './renamed.ts';

const operation = (name: string, parameters: Readonly<Record<string, string>>) => ({
  name,
  timeoutMs: 1,
  startDelayMs: 0,
  expectedExitCode: 0,
  parameters,
  meta: {},
  onFail: 'restart',
  digest: '',
});

interface Step {
  readonly resource: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly type?: string;
}

const action = (id: number, kind: 'start' | 'stop', step: Step): PlannedAction => ({
  id,
  kind,
  pseudo: false,
  name: `${step.resource}_${kind}_0 n${String(id)}`,
  resource: resourceId(step.resource),
  agent: { class: 'command', type: step.type ?? '' },
  node: nodeName(`n${String(id)}`),
  intervalMs: 0,
  operation: operation(kind, step.parameters),
  reason: 'test',
  priority: 0,
});

const planOf = (stop: Step, start: Step, order: Plan['order'] = []): Plan => ({
  actions: [action(0, 'stop', stop), action(1, 'start', start)],
  order,
  placements: [],
  unplaced: [],
  findings: [],
});

const orderOf = (plan: Plan): Plan['order'] =>
  startRenamedLater(plan, (id) => id === 'new' || id === 'kept').order;

const same = { exec: '/usr/bin/shop', user: 'shop' };

it('waits for the end of what was the same under the old name, whatever the order of its parameters', () => {
  const other = { user: 'shop', exec: '/usr/bin/shop' };
  const plan = planOf(
    { resource: 'old', parameters: same },
    { resource: 'new', parameters: other },
  );
  expect(orderOf(plan)).toEqual([[0, 1]]);
});

it.each([
  ['has other parameters', { resource: 'new', parameters: { exec: '/usr/bin/wiki' } }, 'old'],
  ['has another agent', { resource: 'new', parameters: same, type: 'other' }, 'old'],
  ['is like what is only moved', { resource: 'new', parameters: same }, 'kept'],
] as const)('does not wait where it %s', (_, start, old) => {
  expect(orderOf(planOf({ resource: old, parameters: same }, start))).toEqual([]);
});

it('makes no circle', () => {
  const steps = [
    { resource: 'old', parameters: same },
    { resource: 'new', parameters: same },
  ] as const;
  expect(orderOf(planOf(steps[0], steps[1], [[1, 0]]))).toEqual([[1, 0]]);
});
