/** Where one primitive is, and in which state there. */
import type { PlannedAction } from '../model/plan.ts';
import type { Reading, Trace } from './reading.ts';
import type { InstanceView, ResourceState } from './types.ts';

/** Nodes on which it is stopped are left out, unless something is done with it there. */
export function instancesOf(reading: Reading, id: string): readonly InstanceView[] {
  const ready = reading.readyOf.get(id) ?? [];
  const instances: InstanceView[] = [];
  const seen = new Set<string>();
  for (const trace of reading.traces.get(id) ?? []) {
    const action = ready.find(
      (entry) => entry.node === trace.node.name && entry.kind !== 'monitor',
    );
    const state = stateThere(trace, action);
    seen.add(trace.node.name);
    if (state !== 'stopped' && state !== 'unknown')
      instances.push(instance(reading, id, trace, state));
  }
  for (const action of ready) {
    const state = ACTION_STATE[action.kind];
    if (state === undefined || action.node === undefined || seen.has(action.node)) continue;
    seen.add(action.node);
    instances.push({ node: action.node, state });
  }
  return instances;
}

function stateThere(trace: Trace, action: PlannedAction | undefined): ResourceState {
  const { activity, node } = trace;
  if (node.condition === 'lost' && activity.state !== 'stopped') return 'unclean';
  if (node.condition === 'down' || node.condition === 'unseen') return 'stopped';
  const changing = action === undefined ? undefined : ACTION_STATE[action.kind];
  if (changing !== undefined) return changing;
  return PENDING_STATE[activity.pending ?? ''] ?? activity.state;
}

const ACTION_STATE: Readonly<Partial<Record<PlannedAction['kind'], ResourceState>>> = {
  start: 'starting',
  stop: 'stopping',
  promote: 'changing',
  demote: 'changing',
  migrate_to: 'stopping',
  migrate_from: 'starting',
};

const PENDING_STATE: Readonly<Record<string, ResourceState>> = {
  start: 'starting',
  stop: 'stopping',
  promote: 'changing',
  demote: 'changing',
  migrate_to: 'stopping',
  migrate_from: 'starting',
};

function instance(
  reading: Reading,
  id: string,
  { activity, node, instance: name }: Trace,
  state: ResourceState,
): InstanceView {
  const failCount = failCountOf(reading, id, node.name);
  const score = node.attributes[`master-${name}`] ?? node.attributes[`master-${id}`];
  const isPromotable = reading.resources.get(id)?.promotable === true;
  return {
    node: node.name,
    state,
    ...(activity.role === undefined ? {} : { role: activity.role }),
    ...(activity.since === undefined ? {} : { since: activity.since }),
    ...(failCount === 0 ? {} : { failCount }),
    ...(isPromotable && score !== undefined ? { promotionScore: score } : {}),
  };
}

/** Sum over its operations: `fail-count-web#monitor_10000` (Pacemaker Explained, "Fail counts"). */
export function failCountOf(reading: Reading, id: string, node: string): number {
  const record = reading.nodes.find((entry) => entry.name === node);
  let count = 0;
  for (const [name, value] of Object.entries(record?.attributes ?? {})) {
    if (!name.startsWith(`fail-count-${id}#`) && name !== `fail-count-${id}`) continue;
    count += value === 'INFINITY' ? 1_000_000 : Number.parseInt(value, 10) || 0;
  }
  return Math.min(count, 1_000_000);
}
