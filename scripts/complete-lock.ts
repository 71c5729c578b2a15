/**
 * Completes package-lock.json: `node scripts/complete-lock.ts`, after `npm install`.
 *
 * Native tools bring an optional package for each system. Where a registry does not hold those for
 * other systems, `npm install` leaves them out of the lock file, and `npm ci` then refuses it as not
 * in sync. Entries with version, system and processor are enough: npm never fetches them here.
 */
import { readFileSync, writeFileSync } from 'node:fs';

type Entry = {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: string | readonly string[];
  readonly cpu?: string | readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};
export type Entries = Readonly<Record<string, Entry>>;

/** The entries that a lock file lacks: optional packages which no entry of it satisfies. */
export function missingEntries(packages: Entries): Entries {
  const missing: Record<string, Entry> = {};
  for (const [path, parent] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const found = places(path, name).find((place) => place in packages || place in missing);
      const entry = found === undefined ? undefined : (packages[found] ?? missing[found]);
      if (found === undefined) missing[`node_modules/${name}`] = foreign(name, version, parent);
      else if (isOtherVersion(entry, version))
        missing[`${path}/node_modules/${name}`] = foreign(name, version, parent);
    }
  }
  return missing;
}

const exact = /^\d+\.\d+\.\d+$/;

/** Ranges are npm's affair: packages for other systems are asked for in exact versions. */
function isOtherVersion(entry: Entry | undefined, version: string): boolean {
  return exact.test(version) && entry?.version !== version;
}

/** Node's search: in the package's own node_modules, then in those of the folders above it. */
function places(path: string, name: string): string[] {
  const folders = path === '' ? [] : path.split('/node_modules/');
  const above = folders.map((_, index) =>
    folders.slice(0, folders.length - index).join('/node_modules/'),
  );
  return [...above, ''].map((folder) => `${folder === '' ? '' : `${folder}/`}node_modules/${name}`);
}

function foreign(name: string, version: string, parent: Entry): Entry {
  if (!exact.test(version)) throw new Error(`${name}: not an exact version: ${version}`);
  const word = (pattern: RegExp): string[] => name.match(pattern)?.slice(0, 1) ?? [];
  const os = word(/android|darwin|freebsd|linux|openharmony|win32/);
  const cpu = word(/arm64|arm|ia32|ppc64|riscv64|s390x|wasm32|x64/);
  const libc = os[0] === 'linux' ? [name.endsWith('musl') ? 'musl' : 'glibc'] : [];
  if (cpu.length === 0) throw new Error(`${name}: for which processor?`);
  return {
    version,
    cpu,
    ...(parent.dev === true ? { dev: true } : {}),
    ...(libc.length > 0 ? { libc } : {}),
    optional: true,
    ...(os.length > 0 ? { os } : {}),
  };
}

if (import.meta.main) {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Entries };
  const missing = missingEntries(lock.packages);
  const packages = Object.entries({ ...lock.packages, ...missing }).toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  );
  const text = JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2);
  writeFileSync('package-lock.json', `${text}\n`);
  console.log(`added ${Object.keys(missing).length} packages for other systems`);
}
