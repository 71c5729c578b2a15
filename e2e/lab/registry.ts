import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { killCgroup, removeCgroup } from './cgroup.ts';
import { identify, isAlive, signal } from './host.ts';
import type { ProcessIdentity } from './host.ts';

/** Every lab on this machine says here what it started, so that a stranger can end it. */
const registry = '/run/holdfast-lab';

export interface LabRecord {
  readonly id: string;
  readonly directory: string;
  /** True when the lab made the directory itself: it then goes with the lab. */
  readonly ownsDirectory: boolean;
  readonly owner: ProcessIdentity;
  readonly cgroup: string | undefined;
  /** Process 1 of every node, of the switch and of the observer, by name. */
  readonly inits: Readonly<Record<string, ProcessIdentity>>;
}

/**
 * Ends what labs left behind whose owner is dead. Labs of living owners are not touched.
 * The processes of such a lab died with its owner already (PR_SET_PDEATHSIG in tools/init.c); this
 * makes sure of it and removes what has no owner: cgroups, directory, record.
 * Returns the ids of the labs that were ended.
 */
export async function sweep(): Promise<readonly string[]> {
  const orphans = labs().filter((lab) => !isAlive(lab.owner));
  for (const lab of orphans) await erase(lab);
  return orphans.map((lab) => lab.id);
}

/** All labs of this machine, by id. */
export function labs(): readonly LabRecord[] {
  if (!existsSync(registry)) return [];
  return readdirSync(registry)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => readRecord(join(registry, name)))
    .filter((record) => record !== undefined);
}

/** Ends all processes of the lab and removes its cgroups, its own directory and its record. */
export async function erase(lab: LabRecord): Promise<void> {
  for (const init of Object.values(lab.inits)) if (isAlive(init)) signal(init.pid, 'SIGKILL');
  if (lab.cgroup !== undefined) {
    killCgroup(lab.cgroup);
    await removeCgroup(lab.cgroup);
  }
  if (lab.ownsDirectory) rmSync(lab.directory, { recursive: true, force: true });
  rmSync(recordPath(lab.id), { force: true });
}

/** Written anew whenever a node boots: a record names only processes that the lab has now. */
export function writeRecord(record: LabRecord): void {
  mkdirSync(registry, { recursive: true });
  const path = recordPath(record.id);
  writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** This process as the owner of a lab. */
export function self(): ProcessIdentity {
  const identity = identify(process.pid);
  if (identity === undefined) throw new Error('/proc does not show this process: is it mounted?');
  return identity;
}

function recordPath(id: string): string {
  return join(registry, `${id}.json`);
}

function readRecord(path: string): LabRecord | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LabRecord;
  } catch {
    return undefined; // Its lab ended between the listing and the reading.
  }
}
