/** The parameters of the `command` class, checked. docs/decisions/agents.md lists them. */
import { constants } from 'node:os';
import type { Parameters } from '../../core/model/operation.ts';
import { parseOrSay, readHttp, readTcp, wrong } from '../parameters.ts';
import type { NetworkCheck, Parsed } from '../parameters.ts';
import { splitCommand } from '../words.ts';

export type Argv = readonly [string, ...string[]];

export type Monitor =
  | { readonly kind: 'process' }
  | NetworkCheck
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

/** Every error names the parameter. */
export const parseSettings = (parameters: Parameters): Parsed<CommandSettings> =>
  parseOrSay(() => readSettings(parameters));

function readSettings(parameters: Parameters): CommandSettings {
  const unknown = Object.keys(parameters).find((name) => !known.has(name));
  if (unknown !== undefined)
    wrong(unknown, `is unknown; known are ${commandParameters.join(', ')}`);
  const mode = parameters['mode'] ?? 'child';
  if (mode === 'child') {
    return {
      ...readCommon(parameters, mode),
      mode,
      argv: readArgv(parameters, 'command'),
      stopSignal: readSignal(parameters['stop_signal'] ?? 'SIGTERM'),
    };
  }
  if (mode !== 'start-stop') return wrong('mode', `is ${mode}; it can be child or start-stop`);
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
    wrong('directory', 'must be an absolute path');
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
  if (text === undefined) return wrong(name, 'is missing');
  const words = splitCommand(text);
  return words.kind === 'words' ? words.words : wrong(name, words.reason);
}

/** `NAME=value` words, split as commands are: `LANG=C GREETING="good morning"`. */
function readEnvironment(text: string): Parameters {
  if (text.trim() === '') return {};
  const words = splitCommand(text);
  if (words.kind === 'wrong') return wrong('environment', words.reason);
  return Object.fromEntries(
    words.words.map((word) => {
      const equals = word.indexOf('=');
      if (equals < 1) wrong('environment', `has ${word}, which is not NAME=value`);
      return [word.slice(0, equals), word.slice(equals + 1)];
    }),
  );
}

/** Without one a child is watched as a process; what was started by a command cannot be. */
function readMonitor(parameters: Parameters, mode: 'child' | 'start-stop'): Monitor {
  const given = (['tcp', 'http', 'monitor'] as const).filter((name) => name in parameters);
  if (given.length > 1)
    wrong(given[1] ?? '', `stands beside ${given[0] ?? ''}; one monitor is enough`);
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
        : wrong('mode', 'is start-stop: then one of monitor, tcp, http must say whether it runs');
  }
}

/** `TERM`, `SIGTERM` or a number. */
function readSignal(text: string): string {
  const signals: Readonly<Record<string, number>> = constants.signals;
  const name = /^\d+$/.test(text)
    ? Object.keys(signals).find((one) => signals[one] === Number(text))
    : `SIG${text.toUpperCase().replace(/^SIG/, '')}`;
  return name !== undefined && name in signals
    ? name
    : wrong('stop_signal', `is ${text}: no signal`);
}
