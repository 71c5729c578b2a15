/** config.json of an OCI bundle (OCI runtime specification 1.0): what runc and crun are told. */
import type { Limits } from './settings.ts';
import { CRIU_ANNOTATION, criuOptionsPath } from './checkpoint.ts';
import type { Job } from './driver.ts';

/** What containers get without being asked for more: the default of docker, podman and containerd. */
const capabilities: readonly string[] = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
].map((name) => `CAP_${name}`);

export function bundleConfiguration(job: Job, rootDirectory: string): object {
  const { settings, networkPath, name, cgroup } = job;
  return {
    ociVersion: '1.0.2',
    hostname: settings.hostname ?? name,
    root: { path: rootDirectory, readonly: settings.readOnly },
    annotations: { [CRIU_ANNOTATION]: criuOptionsPath(job.directory) },
    process: processOf(job),
    mounts: [...systemMounts(networkPath === undefined), ...volumeMounts(job)],
    linux: {
      namespaces: [
        ...['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
        ...(networkPath === undefined ? [] : [{ type: 'network', path: networkPath }]),
      ],
      ...(cgroup === undefined ? {} : { cgroupsPath: `${cgroup}/container` }),
      resources: resourcesOf(settings.limits),
      maskedPaths,
      readonlyPaths,
    },
  };
}

function processOf({ settings, operation }: Job): object {
  const { user = '0', command, directory = '/', environment } = settings;
  const [uid = '0', gid = uid] = user.split(':');
  const all = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOLDFAST_NODE: operation.request.node,
    HOLDFAST_RESOURCE: operation.request.resource,
    ...environment,
  };
  const sets = ['bounding', 'effective', 'permitted'].map((set) => [set, capabilities] as const);
  return {
    terminal: false,
    user: { uid: Number(uid), gid: Number(gid) },
    args: command,
    env: Object.entries(all).map(([key, value]) => `${key}=${value}`),
    cwd: directory,
    capabilities: Object.fromEntries(sets),
    noNewPrivileges: false,
  };
}

const mount = (destination: string, type: string, source: string, words: string): object => ({
  destination,
  type,
  source,
  options: words.split(' '),
});

/** With the node's network /sys cannot be mounted anew: it is the node's own, read-only. */
const systemMounts = (nodeNetwork: boolean): readonly object[] => [
  mount('/proc', 'proc', 'proc', 'nosuid noexec nodev'),
  mount('/dev', 'tmpfs', 'tmpfs', 'nosuid strictatime mode=755 size=65536k'),
  mount('/dev/pts', 'devpts', 'devpts', 'nosuid noexec newinstance ptmxmode=0666 mode=0620'),
  mount('/dev/shm', 'tmpfs', 'shm', 'nosuid noexec nodev mode=1777 size=65536k'),
  mount('/dev/mqueue', 'mqueue', 'mqueue', 'nosuid noexec nodev'),
  nodeNetwork
    ? mount('/sys', 'none', '/sys', 'rbind nosuid noexec nodev ro')
    : mount('/sys', 'sysfs', 'sysfs', 'nosuid noexec nodev ro'),
];

const volumeMounts = ({ settings }: Job): readonly object[] =>
  settings.volumes.map(({ source, target, readOnly }) =>
    mount(target, 'none', source, `rbind ${readOnly ? 'ro' : 'rw'}`),
  );

/** The specification's default for devices is none, but those that every program expects. */
function resourcesOf({ memoryMib, cpuMillis, processes }: Limits): object {
  const memory = memoryMib === undefined ? undefined : memoryMib * 1_048_576;
  return {
    devices: [{ allow: false, access: 'rwm' }],
    ...(memory === undefined ? {} : { memory: { limit: memory } }),
    ...(cpuMillis === undefined ? {} : { cpu: { quota: cpuMillis * 100, period: 100_000 } }),
    ...(processes === undefined ? {} : { pids: { limit: processes } }),
  };
}

const maskedPaths: readonly string[] = [
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/firmware',
];

const readonlyPaths: readonly string[] = ['asound', 'bus', 'fs', 'irq', 'sys', 'sysrq-trigger'].map(
  (name) => `/proc/${name}`,
);
