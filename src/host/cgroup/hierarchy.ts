/**
 * Which cgroup hierarchies this machine mounts and where this process is in them: pure v2, hybrid
 * (v2 at /sys/fs/cgroup/unified beside v1), pure v1, or none (cgroups(7)).
 */
export interface Hierarchy {
  /** `v2`, or the v1 controllers and name of the hierarchy (`memory`, `name=systemd`). */
  readonly name: string;
  readonly version: 1 | 2;
  readonly mountPoint: string;
  /** Where this process is, as /proc/self/cgroup says: `/system.slice/holdfastd.service`. */
  readonly path: string;
}

/** In which hierarchy operations get a cgroup of their own: v2, else a v1 one by this order. */
const preference = ['v2', 'name=systemd', 'pids', 'freezer'];

/**
 * Reads /proc/self/mountinfo and /proc/self/cgroup (proc(5), cgroups(7)). A hierarchy mounted twice
 * is taken once, at the last mount that is not hidden by name.
 */
export function parseHierarchies(mountInfo: string, selfCgroup: string): readonly Hierarchy[] {
  const found = new Map<string, Hierarchy>();
  for (const mount of mountInfo.split('\n').map(parseMount)) {
    if (!mount) continue;
    const place = parsePlaces(selfCgroup).find((entry) => matches(entry, mount));
    if (place) found.set(place.name, { ...place, mountPoint: mount.mountPoint });
  }
  return [...found.values()];
}

/** The hierarchies that can hold operations, best first. */
export function trackingCandidates(hierarchies: readonly Hierarchy[]): readonly Hierarchy[] {
  return preference.flatMap((name) => hierarchies.filter((one) => controls(one, name)));
}

/**
 * Where a child must go so that it leaves the daemon's own unit in the other hierarchies: the
 * cgroup above it. Outside of a unit (`*.service`, `*.scope`) the daemon's place is the machine's
 * or the container's own, and its children stay there.
 */
export function unitParents(hierarchies: readonly Hierarchy[]): readonly string[] {
  return hierarchies.flatMap((one) => {
    const parts = one.path.split('/').filter(Boolean);
    const unit = parts.findIndex((part) => /\.(service|scope)$/.test(part));
    if (unit < 0) return [];
    return [[one.mountPoint, ...parts.slice(0, unit), 'cgroup.procs'].join('/')];
  });
}

type Place = Omit<Hierarchy, 'mountPoint'>;

interface Mount {
  readonly version: 1 | 2;
  readonly mountPoint: string;
  readonly options: readonly string[];
}

/** `36 25 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw` */
function parseMount(line: string): Mount | undefined {
  const [before = '', after = ''] = line.split(' - ');
  const [type, , superOptions = ''] = after.split(' ');
  if (type !== 'cgroup' && type !== 'cgroup2') return undefined;
  const mountPoint = unescape(before.split(' ')[4] ?? '');
  return { version: type === 'cgroup2' ? 2 : 1, mountPoint, options: superOptions.split(',') };
}

/** `0::/path` for v2, `4:memory:/path`, `9:name=systemd:/path` for v1. */
function parsePlaces(selfCgroup: string): readonly Place[] {
  return selfCgroup.split('\n').flatMap((line): Place[] => {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (!match) return [];
    const [, controllers = '', path = '/'] = match;
    return controllers === ''
      ? [{ name: 'v2', version: 2, path }]
      : [{ name: controllers, version: 1, path }];
  });
}

function matches(place: Place, mount: Mount): boolean {
  if (place.version !== mount.version) return false;
  return place.version === 2 || place.name.split(',').every((one) => mount.options.includes(one));
}

const controls = (one: Hierarchy, name: string): boolean => one.name.split(',').includes(name);

/** mountinfo writes space, tab, newline and backslash in octal. */
const unescape = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
