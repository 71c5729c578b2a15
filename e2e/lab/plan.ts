import { join } from 'node:path';

/** What a node needs besides namespaces: the input of tools/init.c. */
export interface NodePlan {
  readonly name: string;
  /** The node's own folder on the host: what survives its reboots. */
  readonly directory: string;
  /** Seen by all nodes of the lab as /run/lab. */
  readonly sharedDirectory: string;
  /** Programs laid over /usr/sbin, such as the lab's fence agent. */
  readonly programsDirectory: string;
  readonly cgroup: string | undefined;
  /** Laid over the OCF agents of provider heartbeat, to time them. */
  readonly agentsDirectory?: string | undefined;
}

/** Private to each node and kept over reboots: [path in the node, folder on the host]. */
export const keptDirectories: readonly (readonly [string, string])[] = [
  ['/etc/corosync', 'etc-corosync'],
  ['/etc/holdfast', 'etc-holdfast'],
  ['/var/lib/corosync', 'lib-corosync'],
  ['/var/lib/holdfast', 'lib-holdfast'],
  ['/var/log', 'log'],
  ['/var/tmp', 'tmp'],
  ['/etc/nginx', 'etc-nginx'],
];

/** Where the agents of resource-agents are; `real` is where the originals are while overlaid. */
export const agents = {
  directory: '/usr/lib/ocf/resource.d/heartbeat',
  real: '/run/lab-agents',
} as const;

/**
 * The plan's text. What is not named here is the host's, seen as it is: programs, libraries, /tmp.
 * A boot id of its own makes each boot a new incarnation, as on real hardware.
 */
export function nodePlan(plan: NodePlan): string {
  const { name, directory, cgroup } = plan;
  const steps = [
    ...(cgroup === undefined
      ? []
      : [
          ['cgroup', cgroup],
          ['scope', join(cgroup, 'init.scope')],
        ]),
    ['hostname', name],
    ['mount', 'proc', '/proc', ''],
    ['bind', join(directory, 'boot_id'), '/proc/sys/kernel/random/boot_id'],
    ['mount', 'sysfs', '/sys', ''],
    ...(cgroup === undefined ? [] : [['mount', 'cgroup2', '/sys/fs/cgroup', '']]),
    ['mount', 'tmpfs', '/run', 'mode=755'],
    ...['lock', 'lab', 'lab-agents', 'holdfast', 'resource-agents'].map((folder) => [
      'mkdir',
      `/run/${folder}`,
    ]),
    ['mount', 'tmpfs', '/dev/shm', 'mode=1777'],
    ['bind', plan.sharedDirectory, '/run/lab'],
    ['bind', join(directory, 'hosts'), '/etc/hosts'],
    ...keptDirectories.map(([path, folder]) => ['bind', join(directory, folder), path]),
    ['mount', 'overlay', '/usr/sbin', `lowerdir=${plan.programsDirectory}:/usr/sbin`],
    ...overAgents(plan.agentsDirectory),
  ];
  return steps.map((fields) => `${fields.join('\t')}\n`).join('');
}

function overAgents(directory: string | undefined): readonly (readonly string[])[] {
  if (directory === undefined) return [];
  return [
    ['bind', agents.directory, agents.real],
    ['mount', 'overlay', agents.directory, `lowerdir=${directory}:${agents.directory}`],
  ];
}
