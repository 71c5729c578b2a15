/** What members say of their wall clocks against the DC's (docs/decisions/stalls.md). */
import { CLOCK_ATTRIBUTE } from '../model/attributes.ts';
import type { NodeName } from '../model/ids.ts';
import { sortedValues } from './order.ts';
import type { ClusterState, NodeRecord } from './state.ts';
import { tell } from './tell.ts';

/** With such a difference one of two clocks is wrong, and nobody knows which. */
export const CLOCK_WRONG_MS = 60_000;

export interface ClockDifference {
  readonly to: string;
  readonly aheadMs: number;
}

export function clockDifference({
  attributes,
}: Pick<NodeRecord, 'attributes'>): ClockDifference | undefined {
  const value = attributes[CLOCK_ATTRIBUTE] ?? '';
  const [, to = '', ms = ''] = /^(\S+) (-?\d+)$/.exec(value) ?? [];
  return to === '' ? undefined : { to, aheadMs: Number(ms) };
}

/** `the clock of n2 is 1.4 s ahead of that of n1`. */
export function clockWords(node: string, { to, aheadMs }: ClockDifference): string {
  const tenths = Math.round(Math.abs(aheadMs) / 100);
  const seconds = `${Math.floor(tenths / 10)}.${tenths % 10} s`;
  return `the clock of ${node} is ${seconds} ${aheadMs > 0 ? 'ahead of' : 'behind'} that of ${to}`;
}

/** That clocks begin to differ, become wrong, agree again; other figures for the same are no news. */
export function tellClock(before: ClusterState, state: ClusterState, name: NodeName): ClusterState {
  const old = before.nodes[name];
  const now = state.nodes[name];
  if (old === undefined || now === undefined) return state;
  const difference = clockDifference(now);
  if (rank(clockDifference(old)) === rank(difference)) return state;
  if (difference === undefined) {
    const text = `the clock of ${name} is not known to differ from the others' any more`;
    return tell(state, { kind: 'alarm', node: name, severity: 'good', text });
  }
  const severity = rank(difference) === 2 ? 'error' : 'warning';
  const text = clockWords(name, difference);
  return tell(state, { kind: 'alarm', node: name, severity, text });
}

function rank(difference: ClockDifference | undefined): number {
  if (difference === undefined) return 0;
  return Math.abs(difference.aheadMs) < CLOCK_WRONG_MS ? 1 : 2;
}

/** Half of the members have quite another time than the DC: nothing ends by its clock. */
export function isTimeDoubtful(cluster: ClusterState): boolean {
  const online = sortedValues(cluster.nodes).filter((node) => node.condition === 'online');
  const others = online.filter((node) => rank(clockDifference(node)) === 2);
  return others.length > 0 && 2 * others.length >= online.length;
}
