import { expect, test } from 'vitest';
import type { Marks } from '../core/cluster/marks.ts';
import { nodeName, wallMs } from '../core/model/ids.ts';
import type { NodeState } from '../core/node/state.ts';
import { Halves } from './halves.ts';
import { Machine } from './machine.ts';
import { MarkChecks } from './mark-checks.ts';
import type { SimulatedDisk } from './disk.ts';
import { Tally } from './tally.ts';

const node = nodeName('n1');
const mark = {
  kind: 'node-standby',
  id: 'leap',
  node,
  by: 'anna',
  setAt: wallMs(0),
  expiresAt: wallMs(50_000),
} as const;

/** What the check looks at of a node: its marks, where its line is, and what that says of the time. */
const stateOf = (marks: Marks, applied: number, time: number): NodeState =>
  ({
    cluster: { marks, time, nodes: { [node]: { condition: 'online' } } },
    replica: { line: { applied } },
  }) as unknown as NodeState;

function look(was: NodeState, is: NodeState): () => void {
  const machine = new Machine(node, undefined as unknown as SimulatedDisk, []);
  const checks = new MarkChecks(new Halves(false, new Tally()));
  checks.applied({ kind: 'set-mark', mark }, 0);
  return () => {
    checks.look(was, is, [machine], 20_000, 20_000);
  };
}

test('a mark that ends before its time is found, whatever the time of the line says', () => {
  for (const time of [20_000, 400_000, 10_000]) {
    const ended = look(stateOf({ leap: mark }, 8, 20_000), stateOf({}, 8, time));
    expect(ended).toThrow('ended by a clock that leapt: leap');
  }
});

test('another line, in which its command still waits, has not ended it', () => {
  for (const time of [10_000, 400_000]) {
    expect(look(stateOf({ leap: mark }, 8, 20_000), stateOf({}, 7, time))).not.toThrow();
  }
});
