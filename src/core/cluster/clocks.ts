/** What members say of their wall clocks against the DC's (docs/decisions/stalls.md). */
import type { NodeName } from '../model/ids.ts';
import { clockDifference, clockRank, clockWords } from '../model/said.ts';
import type { ClusterState } from './state.ts';
import { tell } from './tell.ts';

/** That clocks begin to differ, become wrong, agree again; other figures for the same are no news. */
export function tellClock(before: ClusterState, state: ClusterState, name: NodeName): ClusterState {
  const old = before.nodes[name];
  const now = state.nodes[name];
  if (old === undefined || now === undefined) return state;
  const difference = clockDifference(now);
  if (clockRank(clockDifference(old)) === clockRank(difference)) return state;
  if (difference === undefined) {
    const text = `the clock of ${name} is not known to differ from the others' any more`;
    return tell(state, { kind: 'alarm', node: name, severity: 'good', text });
  }
  const severity = clockRank(difference) === 2 ? 'error' : 'warning';
  const text = clockWords(name, difference);
  return tell(state, { kind: 'alarm', node: name, severity, text });
}
