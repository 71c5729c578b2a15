/** The daemon's own settings: the command line over holdfastd.yaml over what is usual. */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { parseDurationMs } from '../core/model/value.ts';
import { EXIT, Ending } from './exit.ts';

type EngineKind = 'corosync' | 'local';

export interface DaemonOptions {
  readonly engine: EngineKind;
  /** Holds the replicated store, the secrets, and what is kept for a report. */
  readonly stateDirectory: string;
  /** Holds the sockets. */
  readonly runDirectory: string;
  /** Local engine: this node's name, and the directory of the bus. */
  readonly name: string | undefined;
  readonly clusterDirectory: string;
  readonly operationsMax: number;
  readonly heartbeatMs: number;
  readonly daemonGraceMs: number;
  readonly logLevel: LogLevel;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const DEFAULT_FILE = '/etc/holdfast/holdfastd.yaml';
const COROSYNC_CONF = '/etc/corosync/corosync.conf';

export const HELP = `holdfastd: the daemon of Holdfast, one on each node

  --engine corosync|local  what carries messages between the nodes; corosync where
                           /etc/corosync/corosync.conf is; local is for development
  --state DIRECTORY        where it keeps its state        (/var/lib/holdfast)
  --run DIRECTORY          where its sockets are           (/run/holdfast)
  --config FILE            settings      (/etc/holdfast/holdfastd.yaml, if it is there)
  --name NODE              local engine: which node this is
  --cluster DIRECTORY      local engine: where cluster.json and the bus are
  --version, --help

Settings of the file, with what they are without it:
  engine, state, run, name, cluster  as above
  operations-max   twice the processors, at least 4   operations at one time
  heartbeat        1s      three that are missing make a daemon count as hanging
  daemon-grace     30s     how long a daemon may be away before its node counts as lost
  log-level        info    debug, info, warn, error
`;

const flags = {
  engine: { type: 'string' },
  state: { type: 'string' },
  run: { type: 'string' },
  config: { type: 'string' },
  name: { type: 'string' },
  cluster: { type: 'string' },
  version: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export type Invocation =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly flags: Settings; readonly file: string | undefined };

/** Names as in holdfastd.yaml. */
export type Settings = Readonly<Record<string, string>>;

/** Throws an Ending of code `usage`. */
export function parseInvocation(argv: readonly string[]): Invocation {
  try {
    const { values } = parseArgs({ args: [...argv], options: flags, allowPositionals: false });
    if (values.help === true) return { kind: 'help' };
    if (values.version === true) return { kind: 'version' };
    const { config, ...rest } = values;
    const given = Object.entries(rest).filter(([, value]) => typeof value === 'string');
    const file = config ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
    return { kind: 'run', flags: Object.fromEntries(given) as Settings, file };
  } catch (error) {
    throw new Ending(EXIT.usage, `${(error as Error).message}; see holdfastd --help`);
  }
}

/** Reads the file; YAML is loaded only when there is one. Throws an Ending of code `usage`. */
export async function readSettings(file: string | undefined): Promise<Settings> {
  if (file === undefined) return {};
  try {
    const { parse } = await import('yaml');
    const value: unknown = parse(readFileSync(file, 'utf8'));
    if (value === null) return {};
    if (typeof value !== 'object' || Array.isArray(value))
      throw new Error('not a list of settings');
    return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]));
  } catch (error) {
    throw new Ending(EXIT.usage, `${file}: ${(error as Error).message}`, { cause: error });
  }
}

const KNOWN = [
  'engine',
  'state',
  'run',
  'name',
  'cluster',
  'operations-max',
  'heartbeat',
  'daemon-grace',
  'log-level',
] as const;

/** Throws an Ending of code `usage` that names the setting. */
export function checkOptions(
  settings: Settings,
  corosyncIsConfigured = hasCorosync(),
): DaemonOptions {
  for (const name of Object.keys(settings)) {
    if (!(KNOWN as readonly string[]).includes(name)) {
      throw wrong(name, `is not a setting; there are: ${KNOWN.join(', ')}`);
    }
  }
  const engine = engineOf(settings, corosyncIsConfigured);
  const stateDirectory = resolve(settings['state'] ?? '/var/lib/holdfast');
  if (engine === 'local' && settings['name'] === undefined) {
    throw wrong('name', 'is missing: the local engine needs to know which node this is');
  }
  return {
    engine,
    stateDirectory,
    runDirectory: shortEnough(resolve(settings['run'] ?? '/run/holdfast')),
    name: settings['name'],
    clusterDirectory: resolve(settings['cluster'] ?? join(stateDirectory, '..')),
    operationsMax: integer(settings, 'operations-max', Math.max(4, 2 * availableParallelism())),
    heartbeatMs: duration(settings, 'heartbeat', 1000, 100),
    daemonGraceMs: duration(settings, 'daemon-grace', 30_000, 1000),
    logLevel: logLevel(settings['log-level'] ?? 'info'),
  };
}

/** Sockets are made below it, whose paths hold 107 bytes (unix(7)). */
const RUN_BYTES_MAX = 50;

function shortEnough(directory: string): string {
  if (Buffer.byteLength(directory) <= RUN_BYTES_MAX) return directory;
  throw wrong('run', `is longer than ${RUN_BYTES_MAX} bytes, which names of sockets must not be`);
}

function engineOf(settings: Settings, corosyncIsConfigured: boolean): EngineKind {
  const { engine } = settings;
  if (engine === 'corosync' || engine === 'local') return engine;
  if (engine !== undefined) throw wrong('engine', `cannot be "${engine}": corosync or local`);
  if (corosyncIsConfigured) return 'corosync';
  throw wrong(
    'engine',
    `is not given and there is no ${COROSYNC_CONF}: set up Corosync, or use --engine local to try`,
  );
}

function integer(settings: Settings, name: string, usual: number): number {
  const text = settings[name];
  if (text === undefined) return usual;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 1000) return value;
  throw wrong(name, `cannot be "${text}": a whole number from 1 to 1000`);
}

function duration(settings: Settings, name: string, usualMs: number, leastMs: number): number {
  const text = settings[name];
  if (text === undefined) return usualMs;
  const ms = parseDurationMs(text);
  if (ms !== undefined && ms >= leastMs) return ms;
  throw wrong(name, `cannot be "${text}": a time like 1s or 500ms, at least ${leastMs}ms`);
}

function logLevel(text: string): LogLevel {
  if (text === 'debug' || text === 'info' || text === 'warn' || text === 'error') return text;
  throw wrong('log-level', `cannot be "${text}": debug, info, warn or error`);
}

function wrong(name: string, text: string): Ending {
  return new Ending(EXIT.usage, `the setting "${name}" ${text}`);
}

function hasCorosync(): boolean {
  return existsSync(COROSYNC_CONF);
}
