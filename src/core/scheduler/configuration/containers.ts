/**
 * Parameters of a bundle's container, composed from the bundle's options as the container agents
 * take them. The text matters: operation digests of running containers are made from it.
 */
import type { Bundle } from '../../model/configuration.ts';

const AUTH_KEY = '/etc/pacemaker/authkey';
const LOG_ROOT = '/var/log/pacemaker/bundles';
const EXECUTOR = '/usr/sbin/pacemaker-remoted';

export function containerParameters(
  bundle: Bundle,
  offset: number,
): Readonly<Record<string, string>> {
  const values: Record<string, string> = {
    image: bundle.container['image'] ?? '',
    allow_pull: 'true',
    force_kill: 'false',
    reuse: 'false',
    run_opts: runOptions(bundle, offset),
    mount_points: mountPoints(bundle, offset),
    monitor_cmd: '/bin/true',
  };
  const command = bundle.container['run-command'];
  if (command !== undefined) values['run_cmd'] = command;
  else if (bundle.child !== undefined) values['run_cmd'] = EXECUTOR;
  return values;
}

interface Mount {
  readonly source: string;
  readonly target: string;
  readonly options: string | undefined;
  readonly perReplica: boolean;
}

function mounts(bundle: Bundle): readonly Mount[] {
  const own = bundle.storage.map((mapping): Mount => {
    const root = mapping['source-dir-root'];
    return {
      source: root ?? mapping['source-dir'] ?? '',
      target: mapping['target-dir'] ?? '',
      options: mapping['options'],
      perReplica: root !== undefined,
    };
  });
  if (bundle.child === undefined) return own;
  return [
    ...own,
    { source: AUTH_KEY, target: AUTH_KEY, options: undefined, perReplica: false },
    { source: LOG_ROOT, target: '/var/log', options: undefined, perReplica: true },
  ];
}

const sourceOf = (bundle: Bundle, mount: Mount, offset: number): string =>
  mount.perReplica ? `${mount.source}/${bundle.id}-${offset}` : mount.source;

function mountPoints(bundle: Bundle, offset: number): string {
  return mounts(bundle)
    .filter((mount) => mount.perReplica)
    .map((mount) => sourceOf(bundle, mount, offset))
    .join(',');
}

function runOptions(bundle: Bundle, offset: number): string {
  const address = replicaAddress(bundle, offset);
  const network = bundle.container['network'];
  const parts: string[] = [];
  if (bundle.engine === 'docker') parts.push('--restart=no');
  if (address !== undefined) parts.push(`-h ${bundle.id}-${offset}`);
  parts.push('-e PCMK_stderr=1');
  if (network !== undefined) parts.push(`--net=${network}`);
  const port = bundle.network['control-port'];
  if (port !== undefined || address !== undefined)
    parts.push(`-e PCMK_remote_port=${port ?? '3121'}`);
  else parts.push('-e PCMK_remote_port=3121');
  for (const mount of mounts(bundle)) {
    const options = mount.options === undefined ? '' : `:${mount.options}`;
    parts.push(`-v ${sourceOf(bundle, mount, offset)}:${mount.target}${options}`);
  }
  parts.push(...portOptions(bundle, address, network));
  const own = bundle.container['options'];
  if (own !== undefined) parts.push(own);
  return ` ${parts.join(' ')} ${hostOptions(bundle)}`;
}

function portOptions(
  bundle: Bundle,
  address: string | undefined,
  network: string | undefined,
): readonly string[] {
  if (address === undefined && network === 'host') return [];
  const mappings = bundle.ports.map((port) => ({
    source: port['port'] ?? port['range'] ?? '',
    target: port['internal-port'] ?? port['port'] ?? port['range'] ?? '',
  }));
  const control = bundle.network['control-port'];
  if (bundle.child !== undefined && (address !== undefined || control !== undefined)) {
    mappings.push({ source: control ?? '3121', target: control ?? '3121' });
  }
  const prefix = address === undefined ? '' : `${address}:`;
  return mappings.map(({ source, target }) => `-p ${prefix}${source}:${target}`);
}

/** With addresses every replica knows the others by name. */
function hostOptions(bundle: Bundle): string {
  if (bundle.network['ip-range-start'] === undefined || bundle.network['add-host'] === 'false')
    return '';
  const count = Number(bundle.container['replicas'] ?? bundle.container['promoted-max'] ?? 1);
  const hosts: string[] = [];
  for (let offset = 0; offset < Math.min(1000, Math.max(1, count)); offset += 1) {
    hosts.push(`--add-host=${bundle.id}-${offset}:${replicaAddress(bundle, offset) ?? ''}`);
  }
  return ` ${hosts.join(' ')}`;
}

/** The replica's address, counted up from `ip-range-start`. */
export function replicaAddress(bundle: Bundle, offset: number): string | undefined {
  const start = bundle.network['ip-range-start'];
  if (start === undefined) return undefined;
  const match = /^(.*?)(\d+)$/.exec(start);
  return match === null ? start : `${match[1] ?? ''}${Number(match[2]) + offset}`;
}
