/** This node's wall clock against the DC's, told to all when it differs (docs/decisions/stalls.md). */
import { CLOCK_ATTRIBUTE } from '../model/attributes.ts';
import { clockDifference } from '../model/said.ts';
import { aheadMs } from '../store/clocks.ts';
import { askOnce } from './lead.ts';
import type { NodeState, Step } from './state.ts';
import { stay } from './state.ts';
import type { NodeClocks } from './types.ts';

const TOLD_FROM_MS = 1000;
const AGREES_BELOW_MS = 700;
/** Less is told only when it is more than a tenth. */
const STEP_MS = 500;

export function tellClockDifference(node: NodeState, clocks: NodeClocks): Step {
  const { phase, members, self } = node.view;
  const record = node.cluster.nodes[self];
  if (phase.kind !== 'open' || record === undefined) return stay(node);
  if (!members.some((member) => member.node === self)) return stay(node);
  const value = wordOf(node);
  if (record.attributes[CLOCK_ATTRIBUTE] === value) return stay(node);
  const command = { kind: 'attribute', node: self, name: CLOCK_ATTRIBUTE, value } as const;
  return askOnce(node, 'ask clock', command, clocks);
}

/** The DC's clock is the cluster's: it differs from nobody's. */
function wordOf({ view, cluster, replica }: NodeState): string | undefined {
  const { dc, self } = view;
  const record = cluster.nodes[self];
  if (dc === undefined || dc === self || record === undefined) return undefined;
  const told = clockDifference(record);
  const known = told?.to === dc ? told.aheadMs : undefined;
  const ms = aheadMs(replica.hearing, dc);
  const kept = known === undefined ? undefined : `${dc} ${known}`;
  if (ms === undefined) return kept;
  if (Math.abs(ms) < AGREES_BELOW_MS) return undefined;
  if (known !== undefined) {
    const isAlike = Math.abs(ms - known) < Math.max(STEP_MS, Math.abs(known) / 10);
    return isAlike ? kept : `${dc} ${ms}`;
  }
  return Math.abs(ms) < TOLD_FROM_MS ? undefined : `${dc} ${ms}`;
}
