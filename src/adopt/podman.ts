/** Containers of podman on this node (root's), running or not, that are no resources yet. */
import { containerOperations, type Found, type Switch } from './found.ts';
import { ask } from './run.ts';

export interface Search {
  readonly found: readonly Found[];
  /** Why there may be more than what was found. */
  readonly problems: readonly string[];
}

export async function findPodman(): Promise<Search> {
  const ids = await ask('podman', ['ps', '--all', '--quiet', '--no-trunc']);
  if (ids.kind === 'missing') return { found: [], problems: [] };
  if (ids.kind === 'failed') return { found: [], problems: [`podman: ${ids.reason}`] };
  const list = ids.output.split('\n').filter(Boolean);
  if (list.length === 0) return { found: [], problems: [] };
  const details = await ask('podman', ['container', 'inspect', ...list]);
  if (details.kind !== 'done') return { found: [], problems: ['podman container inspect failed'] };
  return { found: foundInInspection(details.output, await canUpdatePolicy()), problems: [] };
}

/** Since podman 5.1 a policy can be changed; what it can do, it says itself. */
async function canUpdatePolicy(): Promise<boolean> {
  const help = await ask('podman', ['update', '--help']);
  return help.kind === 'done' && /^\s+--restart\b/m.test(help.output);
}

/** What `podman container inspect` prints, for several containers. */
export function foundInInspection(text: string, canUpdate = false): readonly Found[] {
  return arrayOf(JSON.parse(text))
    .map(asRecord)
    .filter(isFree)
    .map((one) => toFound(one, canUpdate));
}

/** podman-ps(1), "status"; one that waits to be started again is about to run. */
const goesOn: ReadonlySet<string> = new Set(['running', 'paused', 'restarting', 'stopping']);

type Values = Readonly<Record<string, unknown>>;

/** Not one of Holdfast's own, nor the pause container of a pod. */
function isFree(container: Values): boolean {
  const labels = asRecord(asRecord(container['Config'])['Labels']);
  return labels['holdfast.resource'] === undefined && container['IsInfra'] !== true;
}

function toFound(container: Values, canUpdate: boolean): Found {
  const config = asRecord(container['Config']);
  const host = asRecord(container['HostConfig']);
  const name = textOf(container['Name']);
  const restart = asRecord(host['RestartPolicy']);
  const retries = numberOf(restart['MaximumRetryCount']);
  const policy = `${textOf(restart['Name'])}${retries === 0 ? '' : `:${String(retries)}`}`;
  const unit = textOf(asRecord(config['Labels'])['PODMAN_SYSTEMD_UNIT']);
  const memory = numberOf(host['Memory']);
  const cpus = numberOf(host['NanoCpus']);
  return {
    kind: 'container',
    name,
    agent: 'container',
    parameters: { image: textOf(container['ImageName']), name, ...words(config) },
    identity: `podman ${textOf(container['Id']) || name}`,
    off: !goesOn.has(textOf(asRecord(container['State'])['Status'])),
    files: mountedFrom(container, (mount) => mount['RW'] === false),
    disks: mountedFrom(container, (mount) => mount['RW'] !== false).map((path) => ({
      path,
      own: false,
    })),
    macs: macsIn(arrayOf(config['CreateCommand']).map(textOf)),
    operations: containerOperations,
    memoryMib: memory === 0 ? undefined : Math.ceil(memory / 1_048_576),
    cpus: cpus === 0 ? undefined : Math.ceil(cpus / 1_000_000_000),
    autostart: policy === 'always' || unit !== '',
    switches: switchesOf(policy, unit, canUpdate ? name : undefined),
    notes: [...podNotes(container), ...environmentNotes(config)],
  };
}

/** The words after `podman run`, so that it can be made on a node that has no such container. */
function words(config: Values): Readonly<Record<string, string>> {
  const all = arrayOf(config['CreateCommand']).map(textOf);
  const verb = all.findIndex((word) => word === 'run' || word === 'create');
  const at = all.findIndex((word, index) => index > verb && isImage(word, textOf(config['Image'])));
  if (verb < 0 || at < 0) return {};
  const options = withNetwork(withoutOurs(all.slice(verb + 1, at)));
  const command = all.slice(at + 1);
  return {
    arguments: JSON.stringify(options),
    ...(command.length === 0 ? {} : { command: JSON.stringify(command) }),
  };
}

/** `nginx` was said, `docker.io/library/nginx:latest` it is. */
const isImage = (word: string, full: string): boolean =>
  word !== '' && [full, full.replace(/:latest$/, '')].some((one) => `/${one}`.endsWith(`/${word}`));

/** Without a word podman takes its bridge; the agent would take the node's own network. */
const withNetwork = (options: readonly string[]): readonly string[] =>
  options.some((word) => /^--(?:net|network|pod)(?:=|$)/.test(word))
    ? options
    : ['--network=bridge', ...options];

const FLAGS = new Set(['-d', '--detach', '--rm', '--replace', '-i', '-t', '-it', '-dit', '-ti']);
const VALUES = new Set(['--name', '--restart', '--pull']);

/** The agent says these itself. */
function withoutOurs(options: readonly string[]): readonly string[] {
  return options.filter((word, index) => {
    const [name = ''] = word.split('=');
    const before = options[index - 1] ?? '';
    return !FLAGS.has(word) && !VALUES.has(name) && !VALUES.has(before);
  });
}

/**
 * Where podman cannot change a policy, what acts on it at boot is switched off, for all.
 * @param name of one whose policy can be changed (podman-update(1))
 */
function switchesOf(policy: string, unit: string, name: string | undefined): readonly Switch[] {
  const boot: Switch = {
    kind: 'unit',
    what: 'podman-restart, which starts containers at boot',
    unit: 'podman-restart.service',
  };
  return [
    ...(policy === '' || policy === 'no' || name === undefined ? [] : [policySwitch(policy, name)]),
    ...(policy === 'always' || policy === 'unless-stopped' ? [boot] : []),
    ...(unit === '' ? [] : [{ kind: 'unit', what: `the unit ${unit}`, unit } as const]),
  ];
}

const policySwitch = (policy: string, name: string): Switch => ({
  kind: 'command',
  what: `podman's restart policy of ${name} (${policy})`,
  off: ['podman', 'update', '--restart=no', name],
  on: ['podman', 'update', `--restart=${policy}`, name],
});

/** Several containers may have one volume, each as it likes; what is only read may be a copy on each node. */
const mountedFrom = (container: Values, which: (mount: Values) => boolean): readonly string[] =>
  arrayOf(container['Mounts'])
    .map(asRecord)
    .filter(which)
    .map((mount) => textOf(mount['Source']))
    .filter((path) => path.startsWith('/'));

const macsIn = (line: readonly string[]): readonly string[] =>
  line.flatMap((word, index) => {
    const value =
      word === '--mac-address' ? line[index + 1] : /^--mac-address=(.*)/.exec(word)?.[1];
    return value === undefined ? [] : [value.toLowerCase()];
  });

const podNotes = (container: Values): readonly string[] =>
  textOf(container['Pod']) === '' ? [] : ['it is part of a pod, which is not taken along'];

const environmentNotes = (config: Values): readonly string[] =>
  arrayOf(config['CreateCommand']).some((word) => /^(?:-e|--env(?:=.*)?)$/.test(textOf(word)))
    ? [
        'values of its environment variables are in the configuration now, where others may read them',
      ]
    : [];

const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);
const asRecord = (value: unknown): Values =>
  typeof value === 'object' && value !== null ? (value as Values) : {};
