import { expect, test } from 'vitest';
import { nodeName, resourceId } from '../core/model/ids.ts';
import type { OperationRequest } from '../core/model/operation.ts';
import { Checks } from './checks.ts';
import { drawPromotions } from './draw-promoted.ts';
import { SimulatedDisk } from './disk.ts';
import type { Trick } from './machine.ts';
import { Halves } from './halves.ts';
import { Machine } from './machine.ts';
import { drawPlan } from './plan.ts';
import { Random } from './random.ts';
import { run } from './run.ts';
import { Tally } from './tally.ts';
import { Timers } from './timers.ts';

const machine = (name: string): Machine =>
  new Machine(nodeName(name), new SimulatedDisk(new Timers(), new Random(1), 1), ['power']);

const request = (operation: string, intervalMs = 0): OperationRequest => ({
  operationId: '1',
  resource: resourceId('ledger'),
  agent: { class: 'ocf', provider: 'heartbeat', type: 'Dummy' },
  operation,
  intervalMs,
  timeoutMs: 1000,
  parameters: {},
  meta: {},
  node: nodeName('n1'),
});

/** What comes of it, and what the monitor says then. */
function end(on: Machine, operation: string, trick?: Trick): string {
  if (trick !== undefined) on.script.set(`${operation} ledger`, trick);
  const said = [request(operation), request('monitor')].map((each) => {
    const outcome = on.carryOut(each, () => false);
    return outcome.kind === 'exited' ? outcome.exitCode : outcome.kind;
  });
  return said.join(' ');
}

test('a third of the runs are drawn for it', () => {
  const drawn = Array.from({ length: 1000 }, (_, seed) => drawPromotions(seed, 3, 0, 1000));
  const some = drawn.filter(({ profile }) => profile.promotes !== undefined);
  expect(some.length).toBeGreaterThan(300);
  expect(some.length).toBeLessThan(400);
  expect(some.every(({ faults }) => faults.length >= 4)).toBe(true);
});

test('an agent promotes and demotes what runs, and its monitor tells the role', () => {
  const on = machine('n1');
  expect(end(on, 'promote')).toBe('7 7');
  expect(end(on, 'start')).toBe('0 0');
  expect(end(on, 'promote')).toBe('0 8');
  expect(end(on, 'demote')).toBe('0 0');
  expect(end(on, 'promote')).toBe('0 8');
  expect(end(on, 'stop')).toBe('0 7');
  expect(end(on, 'start')).toBe('0 0');
});

test('it fails, hangs and lies', () => {
  const on = machine('n1');
  end(on, 'start');
  expect(end(on, 'promote', 'lies')).toBe('0 0');
  expect(end(on, 'promote', 'fails')).toBe('1 0');
  expect(end(on, 'promote', 'hangs-done')).toBe('timed-out 8');
  expect(end(on, 'demote', 'hangs')).toBe('timed-out 8');
  expect(end(on, 'demote', 'lies')).toBe('1 8');
  expect(end(on, 'demote', 'fails-done')).toBe('1 0');
});

test('two promoted copies are seen, and a promotion beside one', () => {
  const [first, second] = [machine('n1'), machine('n2')] as const;
  const checks = new Checks(new Halves(false, new Tally()));
  const look = (): void => {
    checks.startAlone([first, second], second, request('promote'));
    checks.oneCopy([first, second]);
  };
  for (const each of [first, second]) end(each, 'start');
  look();
  end(first, 'promote');
  expect(look).toThrow('promoted beside another copy: ledger on n2 and n1');
  end(second, 'promote');
  expect(() => {
    checks.oneCopy([first, second]);
  }).toThrow('two promoted copies: ledger is promoted on n1 and n2');
});

test.each(['anywhere', 'in-order'] as const)(
  'without faults one copy is promoted and stays so: %s',
  { timeout: 300_000 },
  (promotes) => {
    const plan = drawPlan(1);
    const profile = { ...plan.profile, promotes };
    const { absence: _, ...rest } = plan;
    const { problem, told } = run({ ...rest, nodes: 3, profile, faults: [] });
    expect(problem).toBeUndefined();
    expect(told.filter((line) => line.endsWith(': promote ledger'))).toHaveLength(1);
    expect(told.filter((line) => line.endsWith(': demote ledger'))).toEqual([]);
  },
);
