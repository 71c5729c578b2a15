/** Exits with 0 when node_modules holds exactly the packages of package-lock.json. */
import { readFileSync } from 'node:fs';
import { exit } from 'node:process';

type Package = { readonly version: string; readonly optional?: boolean };
type Packages = Readonly<Record<string, Package>>;

/** `installed` is what npm writes to node_modules/.package-lock.json. */
export function lockIsInstalled(wanted: Packages, installed: Packages): boolean {
  const asWanted = Object.entries(wanted).every(([path, { version, optional }]) =>
    path in installed ? installed[path]?.version === version : optional === true,
  );
  return asWanted && Object.keys(installed).every((path) => path in wanted);
}

function packagesOf(lockFile: string): Packages {
  const { packages } = JSON.parse(readFileSync(lockFile, 'utf8')) as { packages: Packages };
  const { '': _project, ...others } = packages;
  return others;
}

if (import.meta.main) {
  const wanted = packagesOf('package-lock.json');
  exit(lockIsInstalled(wanted, packagesOf('node_modules/.package-lock.json')) ? 0 : 1);
}
