/** A live migration that failed: where the machine is known to run on, nothing is to be stopped. */
import { describe, expect, it } from 'vitest';
import { nodeName } from '../model/ids.ts';
import { isActive } from './activity.ts';
import { mayHaveArrived } from './migrations.ts';
import { otherCopies } from './safety.ts';
import type { ClusterState } from './state.ts';
import {
  apply,
  carryOut,
  n1,
  n3,
  nodeOf,
  planCommand,
  primitive,
  probedNodes,
  results,
} from './testing/cluster.ts';

const machine = (agentClass: string) =>
  primitive('vm', { agent: { class: agentClass, type: 'machine' } });

/** `vm` runs on n1 with a monitor and is being sent to n2; the migration ends with this text. */
function afterMigration(agentClass: string, text: string): ClusterState {
  const running = carryOut(
    probedNodes({ resources: [machine(agentClass)] }),
    'start vm n1',
    'monitor/10000 vm n1',
  );
  const command = planCommand(running, 'migrate_to vm n1');
  const actions = command.plan.actions.map((action) => ({
    ...action,
    agent: machine(agentClass).agent,
    migrateSource: n1,
    migrateTarget: nodeName('n2'),
  }));
  const sending = apply(running, { ...command, plan: { ...command.plan, actions } } as never);
  return apply(sending, results(sending, text, { key: 'migrate_to vm n1 0 n2' }));
}

const failCounts = (state: ClusterState, node: string): readonly string[] =>
  Object.entries(nodeOf(state, node).attributes)
    .filter(([name]) => name.startsWith('fail-count'))
    .map(([name, value]) => `${name}=${value}`);

describe('a machine of the class vm', () => {
  const stayed = afterMigration('vm', 'migrate_to vm n1: 1');

  it('runs where it ran, and nowhere else', () => {
    expect(isActive(nodeOf(stayed, 'n1').history['vm'])).toBe(true);
    expect(mayHaveArrived(stayed, 'vm', nodeOf(stayed, 'n2'))).toBe(false);
    expect(otherCopies(stayed, 'vm' as never, n1)).toEqual([]);
    expect(otherCopies(stayed, 'vm' as never, n3).map(({ node }) => node)).toEqual(['n1']);
  });

  it('does not go to that node again before the failure is cleaned up', () => {
    expect(failCounts(stayed, 'n1')).toEqual([]);
    expect(failCounts(stayed, 'n2')).toEqual(['fail-count-vm#migrate_to_0=INFINITY']);
  });

  it('is monitored again: the executor has forgotten its monitors', () => {
    const { operations = [] } = nodeOf(stayed, 'n1').history['vm'] ?? {};
    expect(operations.filter(({ intervalMs }) => intervalMs > 0)).toEqual([]);
    expect(stayed.decision.wanted).toBeGreaterThan(stayed.decision.answered);
  });

  it('that was called back stays as well, and nothing has failed', () => {
    const state = afterMigration('vm', 'migrate_to vm n1: cancelled');
    expect(isActive(nodeOf(state, 'n1').history['vm'])).toBe(true);
    expect(mayHaveArrived(state, 'vm', nodeOf(state, 'n2'))).toBe(false);
    expect([failCounts(state, 'n1'), failCounts(state, 'n2')]).toEqual([[], []]);
    expect(state.story.at(-1)).toMatchObject({ severity: 'info' });
  });

  it.each(['7', 'timed-out'])('that ends with %s may be anywhere', (how) => {
    const state = afterMigration('vm', `migrate_to vm n1: ${how}`);
    expect(isActive(nodeOf(state, 'n1').history['vm'])).toBe(false);
    expect(mayHaveArrived(state, 'vm', nodeOf(state, 'n2'))).toBe(true);
  });
});

it('the error of another agent says nothing of where the resource is', () => {
  const state = afterMigration('ocf', 'migrate_to vm n1: 1');
  expect(isActive(nodeOf(state, 'n1').history['vm'])).toBe(false);
  expect(mayHaveArrived(state, 'vm', nodeOf(state, 'n2'))).toBe(true);
});
