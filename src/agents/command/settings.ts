/** The parameters of the `command` class, checked. docs/decisions/agents.md lists them. */
import { constants } from 'node:os';
import type { Parameters } from '../../core/model/operation.ts';
import { splitCommand } from './words.ts';

export type Argv = readonly [string, ...string[]];

export type Monitor =
  | { readonly kind: 'process' }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'http'; readonly url: URL; readonly status: number | undefined }
  | { readonly kind: 'command'; readonly argv: Argv };

interface Common {
  readonly directory?: string;
  readonly user?: string;
  readonly group?: string;
  /** Beside PATH, LC_ALL, HOLDFAST_NODE and HOLDFAST_RESOURCE. */
  readonly environment: Parameters;
  readonly monitor: Monitor;
}

export type CommandSettings =
  | (Common & { readonly mode: 'child'; readonly argv: Argv; readonly stopSignal: string })
  | (Common & { readonly mode: 'start-stop'; readonly start: Argv; readonly stop: Argv });

export type ParsedSettings =
  | { readonly kind: 'settings'; readonly settings: CommandSettings }
  | { readonly kind: 'wrong'; readonly reason: string };

export const commandParameters = [
  'command',
  'directory',
  'user',
  'group',
  'environment',
  'mode',
  'start',
  'stop',
  'monitor',
  'tcp',
  'http',
  'http_status',
  'stop_signal',
] as const;

/** Not a state of settings: unwinds to `parseSettings`, which turns it into its reason. */
class WrongParameter extends Error {}

/** Every error names the parameter. */
export function parseSettings(parameters: Parameters): ParsedSettings {
  try {
    return { kind: 'settings', settings: readSettings(parameters) };
  } catch (error) {
    if (error instanceof WrongParameter) return { kind: 'wrong', reason: error.message };
    throw error;
  }
}

function readSettings(parameters: Parameters): CommandSettings {
  const unknown = Object.keys(parameters).find((name) => !known.has(name));
  if (unknown !== undefined) fail(unknown, `is unknown; known are ${commandParameters.join(', ')}`);
  const mode = parameters['mode'] ?? 'child';
  if (mode === 'child') {
    return {
      ...readCommon(parameters, mode),
      mode,
      argv: readArgv(parameters, 'command'),
      stopSignal: readSignal(parameters['stop_signal'] ?? 'SIGTERM'),
    };
  }
  if (mode !== 'start-stop') return fail('mode', `is ${mode}; it can be child or start-stop`);
  return {
    ...readCommon(parameters, mode),
    mode,
    start: readArgv(parameters, 'start'),
    stop: readArgv(parameters, 'stop'),
  };
}

const known: ReadonlySet<string> = new Set(commandParameters);

function readCommon(parameters: Parameters, mode: 'child' | 'start-stop'): Common {
  const { directory, user, group } = parameters;
  if (directory !== undefined && !directory.startsWith('/')) {
    fail('directory', 'must be an absolute path');
  }
  return {
    ...(directory === undefined ? {} : { directory }),
    ...(user === undefined ? {} : { user }),
    ...(group === undefined ? {} : { group }),
    environment: readEnvironment(parameters['environment'] ?? ''),
    monitor: readMonitor(parameters, mode),
  };
}

function readArgv(parameters: Parameters, name: string): Argv {
  const text = parameters[name];
  if (text === undefined) return fail(name, 'is missing');
  const words = splitCommand(text);
  return words.kind === 'words' ? words.words : fail(name, words.reason);
}

/** `NAME=value` words, split as commands are: `LANG=C GREETING="good morning"`. */
function readEnvironment(text: string): Parameters {
  if (text.trim() === '') return {};
  const words = splitCommand(text);
  if (words.kind === 'wrong') return fail('environment', words.reason);
  return Object.fromEntries(
    words.words.map((word) => {
      const equals = word.indexOf('=');
      if (equals < 1) fail('environment', `has ${word}, which is not NAME=value`);
      return [word.slice(0, equals), word.slice(equals + 1)];
    }),
  );
}

/** Without one a child is watched as a process; what was started by a command cannot be. */
function readMonitor(parameters: Parameters, mode: 'child' | 'start-stop'): Monitor {
  const given = (['tcp', 'http', 'monitor'] as const).filter((name) => name in parameters);
  if (given.length > 1)
    fail(given[1] ?? '', `stands beside ${given[0] ?? ''}; one monitor is enough`);
  const [first] = given;
  switch (first) {
    case 'tcp':
      return readTcp(parameters['tcp'] ?? '');
    case 'http':
      return readHttp(parameters['http'] ?? '', parameters['http_status']);
    case 'monitor':
      return { kind: 'command', argv: readArgv(parameters, 'monitor') };
    default:
      return mode === 'child'
        ? { kind: 'process' }
        : fail('mode', 'is start-stop: then one of monitor, tcp, http must say whether it runs');
  }
}

/** `host:port`, `[::1]:port` or `port`, then on this machine. */
function readTcp(text: string): Monitor {
  const match = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port < 1 || port > 65_535) return fail('tcp', `is ${text}; expected host:port`);
  return { kind: 'tcp', host: match[1] ?? match[2] ?? 'localhost', port };
}

function readHttp(text: string, status: string | undefined): Monitor {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) return fail('http', `is ${text}; expected a URL`);
  if (status !== undefined && !/^[1-5]\d\d$/.test(status)) {
    fail('http_status', `is ${status}; expected a status code such as 200`);
  }
  return { kind: 'http', url, status: status === undefined ? undefined : Number(status) };
}

/** `TERM`, `SIGTERM` or a number. */
function readSignal(text: string): string {
  const signals: Readonly<Record<string, number>> = constants.signals;
  const name = /^\d+$/.test(text)
    ? Object.keys(signals).find((one) => signals[one] === Number(text))
    : `SIG${text.toUpperCase().replace(/^SIG/, '')}`;
  return name !== undefined && name in signals
    ? name
    : fail('stop_signal', `is ${text}: no signal`);
}

function fail(parameter: string, problem: string): never {
  throw new WrongParameter(`parameter ${parameter} ${problem}`);
}
