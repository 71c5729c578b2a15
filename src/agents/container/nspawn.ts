/**
 * systemd-nspawn: it stays in the foreground as the container's parent, under the resource's
 * supervisor, and hands the stop's signal on (`--kill-signal=`). machined is not needed.
 */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { OCF } from '../../core/model/operation.ts';
import { baseEnvironment } from '../environment.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { programNotRun } from '../program.ts';
import { endBySignal, programPath, type ContainerDriver, type Job } from './driver.ts';
import { missingFiles, notInstalled } from './missing.ts';

const NSPAWN = 'systemd-nspawn';

export const nspawnDriver: ContainerDriver = {
  missing: (job) =>
    Promise.resolve(
      programPath(NSPAWN) === undefined
        ? notInstalled(NSPAWN, 'systemd-container')
        : missingFiles(job),
    ),
  begin: async (job) => {
    const program = programPath(NSPAWN) ?? NSPAWN;
    const { resource } = job.operation.request;
    const started = await job.services.start(resource, {
      argv: [program, ...nspawnArguments(job)],
      // A name alone takes its value from here: what is in argv can be read by everybody.
      environment: { ...job.settings.environment, ...baseEnvironment() },
    });
    if (started.kind === 'not-run') {
      return { outcome: programNotRun(program, started.stage, started.error), output: '' };
    }
    const problem = await limit(job);
    return problem === undefined
      ? undefined
      : { outcome: exitedWith(OCF.error, problem), output: '' };
  },
  find: (job) => Promise.resolve(findNspawn(job)),
  inner: leaderOf,
  inside: async (job, argv) => {
    const leader = await leaderOf(job);
    if (leader === undefined) return undefined;
    const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--root', '--wd'];
    return ['/usr/bin/nsenter', '--target', String(leader), ...namespaces, '--', ...argv];
  },
  // It takes TERM for: hand the kill signal on.
  end: (job, graceMs) => endBySignal(job, 'SIGTERM', graceMs),
  forget: () => Promise.resolve(undefined),
  logs: (job) => job.services.output(job.operation.request.resource),
};

function nspawnArguments({ settings, name, networkPath }: Job): readonly string[] {
  const { source, command, directory, user, hostname, environment, volumes } = settings;
  const option = (key: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [`--${key}=${value}`];
  return [
    '--quiet',
    '--register=no',
    '--keep-unit',
    '--link-journal=no',
    '--resolv-conf=off',
    '--timezone=off',
    '--console=pipe',
    `--machine=${name}`,
    ...option('directory', source.kind === 'root' ? source.directory : undefined),
    ...(settings.readOnly ? ['--read-only'] : []),
    `--kill-signal=${command.length === 0 ? 'SIGRTMIN+3' : settings.stopSignal}`,
    ...option('network-namespace-path', networkPath),
    ...option('hostname', hostname),
    ...option('user', user),
    ...option('chdir', directory),
    ...Object.entries(environment).map(([key, value]) =>
      key in baseEnvironment() ? `--setenv=${key}=${value}` : `--setenv=${key}`,
    ),
    ...volumes.map((one) => {
      const kind = one.readOnly ? 'bind-ro' : 'bind';
      return `--${kind}=${escape(one.source)}:${escape(one.target)}`;
    }),
    ...settings.arguments,
    ...(command.length === 0 ? ['--boot'] : ['--', ...command]),
  ];
}

/** In a path of `--bind=` a colon needs a backslash. */
const escape = (path: string): string => path.replaceAll(/[\\:]/g, String.raw`\$&`);

/**
 * Its processes join a cgroup with limits. What is begun later is in it by birth; a process that was
 * begun while the others joined is seen by another look.
 */
async function limit({ host, operation, settings }: Job): Promise<string | undefined> {
  const { limits } = settings;
  if (Object.values(limits).every((one) => one === undefined)) return undefined;
  if (host.cgroups?.limit === undefined) return 'this node has no cgroups: it cannot be limited';
  return host.cgroups.limit(operation.request.resource, limits);
}

/** The first process inside; nspawn is its parent. */
async function leaderOf(job: Job): Promise<number | undefined> {
  const state = await job.services.state(job.operation.request.resource);
  if (state.kind !== 'running') return undefined;
  const own = namespaceOf('self');
  return childrenOf(state.pid).find(
    (pid) => namespaceOf(String(pid)) !== own && !isPreparing(String(pid)),
  );
}

/** Still nspawn itself, in the new namespaces: it has not become the container's program yet. */
const isPreparing = (pid: string): boolean => commandLine(pid)[0]?.endsWith(NSPAWN) !== false;

function childrenOf(pid: number): readonly number[] {
  try {
    const path = `/proc/${String(pid)}/task/${String(pid)}/children`;
    return readFileSync(path, 'utf8').trim().split(' ').map(Number);
  } catch {
    return [];
  }
}

function namespaceOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

/**
 * One that somebody has started by hand, by its name; by its directory only where it was given none,
 * as a directory that is only read can be that of several.
 */
function findNspawn({ name, settings }: Job): number | undefined {
  const directory = settings.source.kind === 'root' ? settings.source.directory : undefined;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const words = commandLine(entry);
    if (words[0]?.endsWith(NSPAWN) !== true) continue;
    const machine = optionOf(words, 'machine', '-M');
    if (machine === undefined && optionOf(words, 'directory', '-D') !== directory) continue;
    if (machine !== undefined && machine !== name) continue;
    return Number(entry);
  }
  return undefined;
}

/** `-M web`, `--machine web` or `--machine=web`. */
function optionOf(words: readonly string[], long: string, short: string): string | undefined {
  const equals = words.find((word) => word.startsWith(`--${long}=`));
  if (equals !== undefined) return equals.slice(long.length + 3);
  const index = words.findIndex((word) => word === short || word === `--${long}`);
  return index < 0 ? undefined : words[index + 1];
}

function commandLine(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
