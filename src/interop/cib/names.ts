/**
 * Old names of options and values, as CIBs since schema 1.3 write them, and what they are called
 * today (Pacemaker Explained and the ChangeLog's notes on renamed options).
 */
import type { OrderedAction, Role } from '../../core/model/configuration.ts';

const CLUSTER_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['stonith-enabled', 'fencing-enabled'],
  ['stonith-action', 'fencing-action'],
  ['stonith-timeout', 'fencing-timeout'],
  ['stonith-max-attempts', 'fencing-max-attempts'],
  ['stonith-watchdog-timeout', 'fencing-watchdog-timeout'],
  ['fence-reaction', 'fencing-reaction'],
  ['stop-orphan-resources', 'stop-removed-resources'],
  ['stop-orphan-actions', 'cancel-removed-actions'],
  ['crmd-integration-timeout', 'join-integration-timeout'],
  ['crmd-finalization-timeout', 'join-finalization-timeout'],
  ['crmd-transition-delay', 'transition-delay'],
  ['default-resource-failure-stickiness', 'resource-failure-stickiness'],
]);

const META_ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ['master-max', 'promoted-max'],
  ['master-node-max', 'promoted-node-max'],
  ['master_max', 'promoted-max'],
  ['master_node_max', 'promoted-node-max'],
  ['clone_max', 'clone-max'],
  ['clone_node_max', 'clone-node-max'],
  ['globally_unique', 'globally-unique'],
  ['is_managed', 'is-managed'],
  ['target_role', 'target-role'],
  ['resource_stickiness', 'resource-stickiness'],
  ['multiple_active', 'multiple-active'],
]);

const OLD_ROLES: ReadonlyMap<string, string> = new Map([
  ['master', 'Promoted'],
  ['slave', 'Unpromoted'],
]);

/** The present name of a cluster option. */
export function clusterOptionName(name: string): string {
  return CLUSTER_OPTIONS.get(name) ?? name;
}

/** Names that Pacemaker got late (after 2.1), while every version knows the old ones. */
const LATE_OPTIONS: ReadonlyMap<string, string> = new Map(
  [...CLUSTER_OPTIONS]
    .filter(([old]) => /^(stonith|fence|stop-orphan)-/.test(old))
    .map(([old, name]) => [name, old]),
);

/** The name of a cluster option that every version of Pacemaker knows. */
export function cibOptionName(name: string): string {
  return LATE_OPTIONS.get(name) ?? name;
}

/** The present name of a resource's meta attribute. */
export function metaAttributeName(name: string): string {
  return META_ATTRIBUTES.get(name) ?? name;
}

/** Meta attributes whose value is a role use the present names of roles. */
export function metaAttributeValue(name: string, value: string): string {
  return name === 'target-role' ? (OLD_ROLES.get(value.toLowerCase()) ?? value) : value;
}

/** `poweroff` is an old word for `off`. */
export function clusterOptionValue(name: string, value: string): string {
  return name === 'fencing-action' && value === 'poweroff' ? 'off' : value;
}

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['stopped', 'Stopped'],
  ['started', 'Started'],
  ['unpromoted', 'Unpromoted'],
  ['slave', 'Unpromoted'],
  ['promoted', 'Promoted'],
  ['master', 'Promoted'],
]);

/** A role in its present or old name, in any case of letters. */
export function parseRole(text: string): Role | undefined {
  return ROLES.get(text.trim().toLowerCase());
}

const ACTIONS: ReadonlySet<string> = new Set(['start', 'stop', 'promote', 'demote']);

export function parseOrderedAction(text: string): OrderedAction | undefined {
  return ACTIONS.has(text) ? (text as OrderedAction) : undefined;
}
