/**
 * The cgroups of Holdfast, outside of its daemon's own:
 *
 *     NAME/launchers                 holdfast-launch and holdfast-supervise
 *     NAME/web.resource/op-17        the processes of a running operation; op-17-start of a start
 *     NAME/web.resource/op-16/kept   says that operation 16 is over: what is in op-16 is the service
 *     NAME/web.resource/service      a program of the `command` class
 *     NAME/web.resource/container    what a container's runtime makes for it
 *
 * No controller is enabled in them: they hold processes together, they limit nothing. Nothing is
 * ever moved from one to another: that would hold up every fork and exit of the machine for 10 to
 * 20 ms (cgroup_threadgroup_rwsem and an RCU grace period).
 */
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CgroupLimits } from '../../agents/host.ts';
import type { OperationCgroup } from '../../agents/process.ts';
import { cgroupProcesses, killCgroup, removeCgroup, subdirectories, withBelow } from './kill.ts';
import { limitProcesses } from './limits.ts';
import { parseHierarchies, trackingCandidates, unitParents, type Hierarchy } from './hierarchy.ts';

export interface CgroupTree {
  /** `v2` or the v1 hierarchy's name. */
  readonly hierarchy: string;
  /** Where launchers and supervisors live: a `cgroup.procs` file. */
  readonly home: string;
  /** `cgroup.procs` files to join to leave the daemon's unit in the other hierarchies. */
  readonly joins: readonly string[];
  /** Makes the cgroup of one operation. Throws when the kernel refuses. */
  operation(resource: string, operationId: string): OperationCgroup;
  /** The resource's service cgroup; `fresh` when it was made by this call. */
  service(resource: string): { readonly directory: string; readonly fresh: boolean };
  /** All processes under the resource's cgroup. */
  processes(resource: string): readonly number[];
  /** Those of them that its start has left, or that are supervised for it. */
  started(resource: string): readonly number[];
  /** SIGKILL to all of them; returns what is still there after `waitMs`. */
  kill(resource: string, waitMs: number): Promise<readonly number[]>;
  /** Of a resource, below each hierarchy's mount: for runtimes that make cgroups themselves. */
  path(resource: string): string;
  /** Undefined: its service's processes are limited. Otherwise why they cannot be. */
  limit(resource: string, limits: CgroupLimits): Promise<string | undefined>;
  /** Operations of a former daemon that still have processes, as directories. */
  leftovers(): readonly string[];
  /** Removes what is empty. */
  tidy(): void;
}

/**
 * The tree under `name` in the best hierarchy that can be written, or undefined when there is none
 * (no cgroups, read-only, no privilege). Two daemons on one machine need different names.
 */
export function openCgroupTree(name: string): CgroupTree | undefined {
  const hierarchies = readHierarchies();
  for (const candidate of trackingCandidates(hierarchies)) {
    const root = join(candidate.mountPoint, name);
    if (!makeUsable(root)) continue;
    const others = hierarchies.filter((one) => one !== candidate);
    const joins = unitParents(others);
    return createTree({ name, root, joins, hierarchies, tracking: candidate });
  }
  return undefined;
}

function readHierarchies(): readonly Hierarchy[] {
  try {
    return parseHierarchies(
      readFileSync('/proc/self/mountinfo', 'utf8'),
      readFileSync('/proc/self/cgroup', 'utf8'),
    );
  } catch {
    return [];
  }
}

function makeUsable(root: string): boolean {
  try {
    mkdirSync(join(root, 'launchers'), { recursive: true });
    accessSync(join(root, 'launchers', 'cgroup.procs'), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

interface Ground {
  readonly name: string;
  readonly root: string;
  readonly joins: readonly string[];
  readonly hierarchies: readonly Hierarchy[];
  /** Where the tree is. */
  readonly tracking: Hierarchy;
}

function createTree({ name, root, joins, hierarchies, tracking }: Ground): CgroupTree {
  const resourceDirectory = (resource: string): string => join(root, directoryName(resource));
  return {
    hierarchy: tracking.name,
    home: join(root, 'launchers', 'cgroup.procs'),
    joins,
    operation: (resource, operationId) => {
      const parent = resourceDirectory(resource);
      removeOver(parent);
      mkdirSync(parent, { recursive: true });
      return { directory: makeFresh(join(parent, `op-${escape(operationId)}`)) };
    },
    service: (resource) => {
      const directory = join(resourceDirectory(resource), 'service');
      removeCgroup(directory);
      return { directory, fresh: mkdirSync(directory, { recursive: true }) !== undefined };
    },
    processes: (resource) => withBelow(resourceDirectory(resource)).flatMap(cgroupProcesses),
    started: (resource) =>
      withBelow(resourceDirectory(resource))
        .filter((one) => startPattern.test(one))
        .flatMap(cgroupProcesses),
    kill: async (resource, waitMs) => {
      const directories = withBelow(resourceDirectory(resource));
      const left = await Promise.all(directories.map((one) => killCgroup(one, waitMs)));
      return left.flat();
    },
    path: (resource) => join('/', name, directoryName(resource)),
    limit: (resource, limits) =>
      limitProcesses(hierarchies, tracking, join(resourceDirectory(resource), 'service'), limits),
    leftovers: () =>
      withBelow(root).filter(
        (one) => operationPattern.test(one) && !isOver(one) && cgroupProcesses(one).length > 0,
      ),
    tidy: () => {
      for (const directory of withBelow(root).toReversed()) {
        if (directory === root || directory.endsWith('/launchers')) continue;
        if (!isMarkOfService(directory)) removeCgroup(directory);
      }
    },
  };
}

/** An operation of a former daemon may have had the same id, and its service be in that cgroup. */
function makeFresh(directory: string): string {
  for (let attempt = 1; ; attempt += 1) {
    const candidate = attempt === 1 ? directory : `${directory}.${String(attempt)}`;
    try {
      mkdirSync(candidate);
      return candidate;
    } catch (error) {
      if (!isExisting(error)) throw error;
    }
  }
}

const isExisting = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EEXIST';

/** The launcher has reported the operation's end and left. */
const isOver = (operation: string): boolean => subdirectories(operation).includes('kept');

/** Empty as every mark is, but without it the next daemon would take the service for a leftover. */
const isMarkOfService = (directory: string): boolean =>
  directory.endsWith('/kept') && cgroupProcesses(dirname(directory)).length > 0;

/**
 * Cgroups of operations that are over, when the service in them has ended as well. One that is empty
 * and not over has a launcher that has not got there yet: one fence device shoots several nodes at once.
 */
function removeOver(resource: string): void {
  for (const name of subdirectories(resource)) {
    const directory = join(resource, name);
    if (!operationPattern.test(directory) || cgroupProcesses(directory).length > 0) continue;
    if (!isOver(directory)) continue;
    removeCgroup(join(directory, 'kept'));
    removeCgroup(directory);
  }
}

/** With what it made below its own cgroup. */
const startPattern = /\.resource\/(?:op-[^/]*-start(?:\.\d+)?|service|container)(?:\/|$)/;

const operationPattern = /\.resource\/op-[^/]*$/;

/** `web:2` → `web:2.resource`: no name can be that of a kernel's file, or leave the directory. */
const directoryName = (resource: string): string => `${escape(resource)}.resource`;

const escape = (text: string): string =>
  text.replace(
    /[^A-Za-z0-9_:-]/g,
    (character) => `%${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}`,
  );
