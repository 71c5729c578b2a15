import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeLocalCgroup } from '../lab/cgroup.ts';
import { isAlive } from '../lab/host.ts';
import type { ProcessIdentity } from '../lab/host.ts';
import { self } from '../lab/registry.ts';

/** Directories of local clusters: short, because names of sockets are limited to 107 bytes. */
export const localPrefix = '/tmp/holdfast-demo-';

/** Says in the directory whose it is. */
export function claim(directory: string): void {
  writeFileSync(join(directory, 'owner'), JSON.stringify(self()));
}

/**
 * Removes directories of local clusters whose owner was killed: their processes died with it
 * (tools/node_lab.c). Those of other users, and of the living, stay. Answers what was removed.
 */
export function sweepLocal(): readonly string[] {
  const orphans = readdirSync('/tmp')
    .map((name) => join('/tmp', name))
    .filter((path) => path.startsWith(localPrefix) && hasDeadOwner(path));
  for (const path of orphans) {
    for (const name of readdirSync(path)) removeLocalCgroup(join(path, name, 'run'));
    rmSync(path, { recursive: true, force: true });
  }
  return orphans;
}

function hasDeadOwner(directory: string): boolean {
  try {
    const owner = JSON.parse(readFileSync(join(directory, 'owner'), 'utf8')) as ProcessIdentity;
    return !isAlive(owner);
  } catch {
    return false; // Somebody else's, or it is just being made or removed.
  }
}
