/** What a generated cluster may have. A picture has a few of these, so that they meet in pairs. */
import type { Chance } from '../chance.ts';

/** Weights: how often a feature is chosen, compared with the others. */
const WEIGHTS = {
  // Resources.
  group: 6,
  clone: 5,
  'clone-group': 3,
  promotable: 5,
  unique: 2,
  bundle: 2,
  guest: 2,
  remote: 2,
  template: 1,
  notify: 2,
  interleave: 2,
  'clone-min': 1,
  'clone-max': 2,
  // Constraints.
  location: 5,
  'location-rule': 2,
  'location-role': 2,
  'location-set': 1,
  'location-pattern': 1,
  discovery: 2,
  colocation: 6,
  'anti-colocation': 3,
  'colocation-role': 3,
  'colocation-set': 2,
  'colocation-attribute': 1,
  influence: 1,
  order: 6,
  'order-kind': 2,
  'order-asymmetric': 2,
  'order-action': 3,
  'order-set': 2,
  'order-any': 1,
  'set-role': 2,
  ticket: 3,
  tag: 1,
  // Options.
  'no-fencing': 4,
  'no-quorum': 3,
  asymmetric: 2,
  'stop-all': 1,
  'maintenance-mode': 1,
  'no-startup-probes': 1,
  'removed-stay': 1,
  'no-startup-fencing': 1,
  'fence-off': 1,
  health: 2,
  utilization: 3,
  'shutdown-lock': 1,
  'start-failure-not-fatal': 2,
  'priority-fencing-delay': 1,
  topology: 1,
  unfencing: 1,
  // Nodes.
  offline: 3,
  lost: 4,
  hung: 2,
  pending: 2,
  unseen: 1,
  standby: 4,
  'node-maintenance': 2,
  shutdown: 3,
  terminate: 1,
  // What resources are told.
  stickiness: 4,
  priority: 2,
  'target-role': 4,
  unmanaged: 3,
  'resource-maintenance': 1,
  threshold: 3,
  'failure-timeout': 2,
  'multiple-active': 2,
  migrate: 4,
  requires: 1,
  critical: 1,
  // Operations.
  'on-fail': 4,
  'monitor-stopped': 1,
  'operation-disabled': 1,
  'operation-defaults': 1,
  'rule-in-meta': 1,
  'rule-in-parameters': 1,
  // What has happened.
  'failed-monitor': 5,
  'failed-start': 3,
  'failed-stop': 3,
  'failed-promotion': 2,
  'failed-demotion': 1,
  'failed-probe': 2,
  'pending-operation': 2,
  'no-probe': 4,
  'removed-resource': 2,
  'removed-operation': 2,
  'removed-instance': 1,
  'changed-parameters': 2,
  'changed-agent': 1,
  reload: 1,
  migrating: 2,
} as const;

export type Feature = keyof typeof WEIGHTS;

const NEEDS: Partial<Readonly<Record<Feature, readonly Feature[]>>> = {
  notify: ['promotable'],
  interleave: ['clone', 'order'],
  'clone-min': ['clone', 'order'],
  'clone-max': ['clone'],
  'location-role': ['promotable'],
  'colocation-role': ['promotable'],
  'order-action': ['promotable'],
  'order-kind': ['order'],
  'order-asymmetric': ['order'],
  'order-any': ['order-set'],
  'set-role': ['promotable', 'order-set', 'colocation-set'],
  influence: ['colocation'],
  'failed-promotion': ['promotable'],
  'failed-demotion': ['promotable'],
  'removed-instance': ['clone'],
  'failure-timeout': ['failed-monitor'],
  threshold: ['failed-monitor'],
  'start-failure-not-fatal': ['failed-start'],
  migrating: ['migrate'],
  critical: ['group'],
};

/** Two to nine features and what these need. */
export function chooseFeatures(chance: Chance): ReadonlySet<Feature> {
  const all = Object.entries(WEIGHTS).flatMap(([name, weight]) =>
    new Array<Feature>(weight).fill(name as Feature),
  );
  const chosen = new Set<Feature>();
  const count = chance.whole(2, 9);
  while (chosen.size < count) chosen.add(chance.one(all));
  // What is added is looked at too.
  for (const feature of chosen) {
    for (const needed of NEEDS[feature] ?? []) chosen.add(needed);
  }
  return chosen;
}
