/** For tests: a difference between two answers, and what explains it. */
import { explanationOf } from './explanations.ts';
import type { ComparedAction, Difference } from './graph.ts';
import { parseXml } from './xml.ts';

export const act = (operation: string, resource: string, node = 'n1'): ComparedAction => ({
  operation,
  resource,
  node,
  intervalMs: 0,
  detail: '',
});

/** What a difference between the answers to this CIB is explained by. */
export function explain(
  text: string,
  difference: Partial<Omit<Difference, 'shared'>>,
  ...shared: readonly string[]
): string | undefined {
  const nothing = { missing: [], extra: [], unordered: [], overOrdered: [] };
  const whole = { ...nothing, ...difference, shared: new Set(shared) };
  return explanationOf(parseXml(`<cib>${text}</cib>`), whole);
}
