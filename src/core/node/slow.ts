/** Monitors that take long here are told to all, and forgotten after an hour (executor/slow.ts). */
import { sortedKeys } from '../cluster/order.ts';
import { forgetSlow } from '../executor/slow.ts';
import { SLOW_PREFIX } from '../model/attributes.ts';
import { askOnce } from './lead.ts';
import type { NodeState, Step } from './state.ts';
import { stay } from './state.ts';
import type { NodeClocks } from './types.ts';

export function tellSlowMonitors(before: NodeState, clocks: NodeClocks): Step {
  const node = { ...before, executor: forgetSlow(before.executor, clocks.nowMs) };
  const { phase, members, self } = node.view;
  const told = node.cluster.nodes[self]?.attributes ?? {};
  if (phase.kind !== 'open' || !members.some((member) => member.node === self)) return stay(node);
  const { slow } = node.executor;
  const gone = sortedKeys(told)
    .filter((name) => name.startsWith(SLOW_PREFIX))
    .map((name) => name.slice(SLOW_PREFIX.length));
  let step: Step = stay(node);
  for (const resource of new Set([...sortedKeys(slow), ...gone])) {
    const name = `${SLOW_PREFIX}${resource}`;
    const value = valueOf(slow[resource]);
    if (told[name] === value) continue;
    const command = { kind: 'attribute', node: self, name, value } as const;
    const next = askOnce(step.node, `ask slow ${resource}`, command, clocks);
    step = { node: next.node, effects: [...step.effects, ...next.effects] };
  }
  return step;
}

type Slow = NodeState['executor']['slow'][string];

const valueOf = (slow: Slow | undefined): string | undefined =>
  slow === undefined
    ? undefined
    : `${slow.durationMs} ${Math.round(slow.timeoutMs)} ${slow.usualMs ?? ''}`;
