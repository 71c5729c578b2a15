/**
 * The options of Pacemaker that Holdfast reads or tolerates: names, types, defaults and a line of
 * meaning each (Pacemaker Explained, "Cluster Options", "Resource Options", "Operations"). They feed
 * the checks and the manual.
 */

export type OptionType =
  | { readonly kind: 'text' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'integer' }
  | { readonly kind: 'score' }
  | { readonly kind: 'duration' }
  | { readonly kind: 'words'; readonly words: readonly string[] };

export interface OptionDescription {
  readonly name: string;
  readonly type: OptionType;
  /** As text; empty: none, or it depends (the meaning says on what). */
  readonly default: string;
  readonly meaning: string;
  /** Names of earlier versions. */
  readonly oldNames?: readonly string[];
  /** Read by Pacemaker's own tools; accepted here, without any effect. */
  readonly ignored?: true;
}

const text: OptionType = { kind: 'text' };
const boolean: OptionType = { kind: 'boolean' };
const integer: OptionType = { kind: 'integer' };
const score: OptionType = { kind: 'score' };
const duration: OptionType = { kind: 'duration' };
const words = (...list: readonly string[]): OptionType => ({ kind: 'words', words: list });

type More = Pick<OptionDescription, 'oldNames' | 'ignored'>;

function option(
  name: string,
  type: OptionType,
  standard: string,
  meaning: string,
  more: More = {},
): OptionDescription {
  return { name, type, default: standard, meaning, ...more };
}

const old = (...oldNames: readonly string[]): More => ({ oldNames });
const ignored: More = { ignored: true };

export const CLUSTER_OPTIONS: readonly OptionDescription[] = [
  option('cluster-name', text, '', 'Name of the cluster; rules can ask for it'),
  option(
    'no-quorum-policy',
    words('stop', 'freeze', 'ignore', 'demote', 'fence', 'suicide'),
    'stop',
    'What a part of the cluster without quorum does with its resources',
  ),
  option(
    'symmetric-cluster',
    boolean,
    'true',
    'Whether resources may run on every node by default',
  ),
  option('maintenance-mode', boolean, 'false', 'Leave all resources as they are, unwatched'),
  option('stop-all-resources', boolean, 'false', 'Stop everything'),
  option(
    'fencing-enabled',
    boolean,
    'true',
    'Whether lost nodes are fenced before their resources start elsewhere',
    old('stonith-enabled'),
  ),
  option(
    'fencing-action',
    words('reboot', 'off', 'poweroff'),
    'reboot',
    'What fencing does with a node',
    old('stonith-action'),
  ),
  option(
    'fencing-timeout',
    duration,
    '60s',
    'How long to wait for a fence device',
    old('stonith-timeout'),
  ),
  option(
    'fencing-max-attempts',
    integer,
    '10',
    'Failed attempts to fence a node until no more are made at once',
    old('stonith-max-attempts'),
  ),
  option(
    'fencing-loop-limit',
    integer,
    '3',
    'Fencings of a node within fencing-loop-window after which it is held back; 0: never',
  ),
  option(
    'fencing-loop-window',
    duration,
    '1h',
    'For how long a fencing counts for fencing-loop-limit',
  ),
  option(
    'fencing-watchdog-timeout',
    text,
    '0',
    'Least time after which a lost node has fenced itself by its watchdog; -1: what it takes; 0: never',
    old('stonith-watchdog-timeout'),
  ),
  option(
    'fencing-reaction',
    words('stop', 'panic'),
    'stop',
    'What a node does that learns it was fenced but still runs',
    old('fence-reaction'),
  ),
  option(
    'concurrent-fencing',
    boolean,
    'true',
    'Whether several nodes are fenced at the same time',
  ),
  option('startup-fencing', boolean, 'true', 'Whether nodes never seen since the start are fenced'),
  option(
    'priority-fencing-delay',
    duration,
    '0',
    'Head start in a fence race for the side with the more important resources',
  ),
  option(
    'node-pending-timeout',
    duration,
    '0',
    'How long a node may take to join before it is fenced; 0: without limit',
  ),
  option(
    'have-watchdog',
    boolean,
    'false',
    'Whether the nodes have a watchdog; found out by itself',
  ),
  option(
    'start-failure-is-fatal',
    boolean,
    'true',
    'Whether one failed start bans the resource from the node',
  ),
  option('enable-startup-probes', boolean, 'true', 'Whether resources are looked for on new nodes'),
  option(
    'stop-removed-resources',
    boolean,
    'true',
    'Whether resources that were taken out of the configuration are stopped',
    old('stop-orphan-resources'),
  ),
  option(
    'cancel-removed-actions',
    boolean,
    'true',
    'Whether operations that were taken out of the configuration are cancelled',
    old('stop-orphan-actions'),
  ),
  option(
    'placement-strategy',
    words('default', 'utilization', 'balanced', 'minimal'),
    'default',
    'Whether and how capacities of nodes count for placement',
  ),
  option(
    'node-health-strategy',
    words('none', 'migrate-on-red', 'only-green', 'progressive', 'custom'),
    'none',
    'How the health attributes of nodes count for placement',
  ),
  option('node-health-base', score, '0', 'Health score of a node to begin with (progressive)'),
  option('node-health-green', score, '0', 'Score for a green health attribute'),
  option('node-health-yellow', score, '0', 'Score for a yellow health attribute'),
  option('node-health-red', score, '-INFINITY', 'Score for a red health attribute'),
  option(
    'shutdown-lock',
    boolean,
    'false',
    'Whether resources wait for the return of a node that was shut down cleanly',
  ),
  option('shutdown-lock-limit', duration, '0', 'How long they wait; 0: for ever'),
  option('cluster-delay', duration, '60s', 'Time that a message and its answer may take'),
  option(
    'batch-limit',
    integer,
    '0',
    'Actions that the cluster runs at the same time; 0: as the load allows',
  ),
  option(
    'node-action-limit',
    integer,
    '0',
    'Actions at the same time on one node; 0: twice the CPUs',
  ),
  option('migration-limit', integer, '-1', 'Live migrations at the same time on one node; -1: any'),
  option(
    'migration-bandwidth',
    integer,
    '0',
    'MiB per second for all live migrations of the agent vm from one node together; 0: as fast as it goes',
  ),
  option(
    'cluster-recheck-interval',
    duration,
    '15min',
    'How often Pacemaker looks at time-based rules; here it is known when to look',
    ignored,
  ),
  option(
    'load-threshold',
    text,
    '80%',
    'CPU load at which less is started at the same time',
    ignored,
  ),
  option('dc-deadtime', duration, '20s', 'How long to wait for other nodes at the start', ignored),
  option('election-timeout', duration, '2min', 'How long an election may take', ignored),
  option('shutdown-escalation', duration, '20min', 'How long a shutdown may take', ignored),
  option('join-integration-timeout', duration, '3min', 'How long joining may take', {
    ...ignored,
    ...old('crmd-integration-timeout'),
  }),
  option('join-finalization-timeout', duration, '30min', 'How long the end of joining may take', {
    ...ignored,
    ...old('crmd-finalization-timeout'),
  }),
  option('transition-delay', duration, '0s', 'Pause before a transition', {
    ...ignored,
    ...old('crmd-transition-delay'),
  }),
  option('enable-acl', boolean, 'false', 'Access control lists of the CIB', ignored),
  option('pe-error-series-max', integer, '-1', 'Inputs with errors to keep', ignored),
  option('pe-warn-series-max', integer, '5000', 'Inputs with warnings to keep', ignored),
  option('pe-input-series-max', integer, '4000', 'Other inputs to keep', ignored),
  option('dc-version', text, '', 'Version of Pacemaker that wrote the CIB', ignored),
  option('cluster-infrastructure', text, '', 'Messaging layer of the cluster', ignored),
  option('last-lrm-refresh', text, '', 'Time of the last cleanup', ignored),
  option('cluster-ipc-limit', integer, '500', 'Backlog of a client of the CIB', ignored),
  option('remove-after-stop', boolean, 'false', 'Obsolete', ignored),
  option(
    'default-action-timeout',
    duration,
    '20s',
    'Obsolete: write it into defaults.operations',
    ignored,
  ),
  option(
    'is-managed-default',
    boolean,
    'true',
    'Obsolete: write it into defaults.resources',
    ignored,
  ),
  option(
    'default-resource-stickiness',
    score,
    '0',
    'Obsolete: write it into defaults.resources',
    ignored,
  ),
  option('transition-idle-timeout', duration, '60s', 'Obsolete', ignored),
];

export const META_ATTRIBUTES: readonly OptionDescription[] = [
  option(
    'target-role',
    words('Stopped', 'Started', 'Unpromoted', 'Promoted'),
    'Started',
    'State in which the resource is wanted',
  ),
  option('is-managed', boolean, 'true', 'Whether the cluster may start and stop the resource'),
  option('maintenance', boolean, 'false', 'Like is-managed false, and monitors rest too'),
  option('priority', text, '0', 'Who stays when not all can run; a higher number stays longer'),
  option('critical', boolean, 'true', 'Whether resources it needs follow it when it must move'),
  option(
    'resource-stickiness',
    score,
    '1',
    'What staying where it runs is worth against the preferences for other nodes',
  ),
  option('migration-threshold', score, 'INFINITY', 'Failures after which the node is given up'),
  option('failure-timeout', duration, '0', 'After this time failures are forgotten; 0: never'),
  option(
    'requires',
    words('nothing', 'quorum', 'fencing', 'unfencing'),
    'fencing',
    'What must be so before it starts; quorum for fence devices, or where fencing is off; unfencing, where a fence device gives access, is also the default',
  ),
  option(
    'containment',
    words('processes', 'none'),
    '',
    'Whether it is nothing but processes: then they are killed when its stop fails, before the node is fenced; by default for command and systemd',
  ),
  option(
    'multiple-active',
    words('block', 'stop_only', 'stop_start', 'stop_unexpected'),
    'stop_start',
    'What happens when it is found running on several nodes',
  ),
  option('allow-migrate', boolean, '', 'Whether it can move live; true for remote nodes'),
  option('allow-unhealthy-nodes', boolean, 'false', 'Whether it may run on unhealthy nodes'),
  option('container-attribute-target', text, '', 'Where a bundle keeps node attributes: host'),
  option(
    'resource-discovery',
    words('always', 'never', 'exclusive'),
    'always',
    'Where it is looked for',
  ),
  option(
    'remote-node',
    text,
    '',
    'The resource is a virtual machine, and also a node of this name',
  ),
  option('remote-port', integer, '3121', 'Port of the guest node'),
  option('remote-addr', text, '', 'Address of the guest node; its name by default'),
  option('remote-connect-timeout', duration, '60s', 'How long connecting to the guest may take'),
  option('remote-allow-migrate', boolean, 'true', 'Whether the guest can move live'),
  option('remote-is-managed', boolean, 'true', 'Whether the connection to the guest is managed'),
  option('container', text, '', 'The resource runs within this one'),
  option(
    'provides',
    text,
    '',
    'What a fence device of a CIB also does (unfencing), in simulations; devices of a cluster have unfencing: own-node',
  ),
  option('clone-max', integer, '', 'Copies of a clone in all; by default one per node'),
  option('clone-node-max', integer, '1', 'Copies of a clone on one node'),
  option('clone-min', integer, '0', 'Copies that must run before what depends on the clone starts'),
  option('globally-unique', boolean, '', 'Whether each copy of a clone does something else'),
  option('interleave', boolean, 'false', 'Whether copies wait only for copies on their own node'),
  option('ordered', boolean, '', 'Whether members or copies start one after the other'),
  option('collocated', boolean, 'true', 'Obsolete: whether members of a group run together'),
  option('notify', boolean, 'false', 'Whether copies are told before and after each change'),
  option('promotable', boolean, 'false', 'Whether copies of the clone can be promoted'),
  option('promoted-max', integer, '1', 'Promoted copies in all', old('master-max')),
  option('promoted-node-max', integer, '1', 'Promoted copies on one node', old('master-node-max')),
];

export const OPERATION_OPTIONS: readonly OptionDescription[] = [
  option(
    'timeout',
    duration,
    '20s',
    'How long the operation may take; by default as the agent says',
  ),
  option(
    'on-fail',
    words('ignore', 'block', 'stop', 'demote', 'restart', 'fence', 'standby', 'restart-container'),
    'restart',
    'What follows a failure; of a stop: fence where fencing is on, else block',
  ),
  option(
    'role',
    words('Stopped', 'Started', 'Unpromoted', 'Promoted'),
    '',
    'In which role of the resource the operation runs',
  ),
  option('enabled', boolean, 'true', 'Whether the operation runs at all'),
  option('start-delay', duration, '0', 'Pause before the first run'),
  option('interval-origin', text, '', 'Time from which intervals count'),
  option(
    'force-restart',
    text,
    '',
    'Of reload-agent: parameters whose change starts anew; filled in from what the agent says',
  ),
  option('record-pending', boolean, 'true', 'Whether the beginning is recorded as well'),
  option('description', text, '', 'For people'),
];
