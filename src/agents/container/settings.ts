/** The parameters of the `container` class, checked. docs/decisions/containers.md has the reasons. */
import { constants } from 'node:os';
import type { Parameters } from '../../core/model/operation.ts';
import { parseBoolean, parseInteger } from '../../core/model/value.ts';
import { parseOrSay, readHttp, readTcp, wrong } from '../parameters.ts';
import type { NetworkCheck, Parsed } from '../parameters.ts';
import { readPing, type PingCheck } from '../ping.ts';
import { splitCommand } from '../words.ts';
import { readCards, type Card } from './cards.ts';
import { readVolumes, type Volume } from './volumes.ts';

export type Runtime = 'podman' | 'runc' | 'crun' | 'nspawn';
export type Argv = readonly [string, ...string[]];

/** What is run: an image by its name (podman alone), or the files below a directory. */
export type Source =
  | { readonly kind: 'image'; readonly image: string; readonly pull: 'never' | 'missing' }
  | { readonly kind: 'root'; readonly directory: string };

export type ContainerCheck =
  | NetworkCheck
  | PingCheck
  | { readonly kind: 'command'; readonly argv: Argv };

export interface ContainerSettings {
  readonly runtime: Runtime;
  /** As the runtime knows it; without it the resource's name is made one. */
  readonly name: string | undefined;
  readonly source: Source;
  readonly readOnly: boolean;
  /** Empty: what the image says, or the root's /sbin/init (nspawn). */
  readonly command: readonly string[];
  readonly directory: string | undefined;
  readonly user: string | undefined;
  readonly hostname: string | undefined;
  readonly environment: Parameters;
  readonly volumes: readonly Volume[];
  /** Empty: the container has the node's own network. */
  readonly cards: readonly Card[];
  readonly limits: Limits;
  readonly check: ContainerCheck | undefined;
  readonly stopSignal: string;
  /** Further words for the runtime, as they are. */
  readonly arguments: readonly string[];
  readonly migration: {
    /** Where the other node is reached; its own address in the cluster without it. */
    readonly address: string | undefined;
    readonly port: number | undefined;
  };
}

export interface Limits {
  readonly memoryMib: number | undefined;
  /** Thousandths of a processor. */
  readonly cpuMillis: number | undefined;
  readonly processes: number | undefined;
}

export const containerParameters = [
  'runtime',
  'name',
  'image',
  'pull',
  'root',
  'read_only',
  'command',
  'directory',
  'user',
  'hostname',
  'environment',
  'volumes',
  'networks',
  'memory',
  'cpus',
  'pids',
  'monitor',
  'ping',
  'tcp',
  'http',
  'http_status',
  'stop_signal',
  'arguments',
  'migration_address',
  'migration_port',
] as const;

/** Every error names the parameter. */
export const parseContainerSettings = (parameters: Parameters): Parsed<ContainerSettings> =>
  parseOrSay(() => readSettings(parameters));

function readSettings(given: Parameters): ContainerSettings {
  const unknown = Object.keys(given).find((name) => !known.has(name));
  if (unknown !== undefined) {
    wrong(unknown, `is unknown; known are ${containerParameters.join(', ')}`);
  }
  const runtime = readRuntime(given);
  const source = readSource(given, runtime);
  const command = wordsOf(given, 'command');
  if (command.length === 0 && (runtime === 'runc' || runtime === 'crun')) {
    wrong('command', `is missing: ${runtime} has to be told what to run in ${given['root'] ?? ''}`);
  }
  const cards = readCards(wordsOf(given, 'networks'));
  return {
    runtime,
    name: readName(given['name']),
    source,
    readOnly: readFlag(given, 'read_only'),
    command,
    directory: readPath(given, 'directory'),
    user: readUser(given['user'], runtime),
    hostname: readWord(given, 'hostname'),
    environment: readEnvironment(given),
    volumes: readVolumes(wordsOf(given, 'volumes')),
    cards,
    limits: readLimits(given),
    check: readCheck(given, cards),
    stopSignal: readSignal(given['stop_signal'] ?? 'TERM'),
    arguments: readArguments(given, runtime),
    migration: {
      address: readWord(given, 'migration_address'),
      port: readInteger(given, 'migration_port', { least: 1, most: 65_535 }),
    },
  };
}

const known: ReadonlySet<string> = new Set(containerParameters);

type Name = (typeof containerParameters)[number];

function readRuntime(given: Parameters): Runtime {
  const text = given['runtime'];
  if (text === undefined) {
    if (given['root'] === undefined) return 'podman';
    return wrong('runtime', 'is missing: for a root directory say runc, crun, nspawn or podman');
  }
  const found = (['podman', 'runc', 'crun', 'nspawn'] as const).find((one) => one === text);
  return found ?? wrong('runtime', `is ${text}; it can be podman, runc, crun or nspawn`);
}

function readSource(given: Parameters, runtime: Runtime): Source {
  const { image, root, pull = 'never' } = given;
  if (image !== undefined && root !== undefined) wrong('root', 'stands beside image; one of them');
  if (image !== undefined) {
    if (runtime !== 'podman')
      wrong('image', `goes with podman; ${runtime} needs root, a directory`);
    if (!/^[\w][^\s]*$/.test(image)) wrong('image', `is "${image}"; expected an image's name`);
    if (pull !== 'never' && pull !== 'missing') {
      return wrong('pull', `is ${pull}; it can be never or missing`);
    }
    return { kind: 'image', image, pull };
  }
  if (root === undefined) {
    return wrong('image', 'is missing: a container needs an image, or root, a directory');
  }
  if (!root.startsWith('/')) wrong('root', `is ${root}; expected an absolute path`);
  return { kind: 'root', directory: root.replace(/(?<=.)\/+$/, '') };
}

/** What all three take for a name. */
function readName(text: string | undefined): string | undefined {
  if (text === undefined || /^[A-Za-z0-9][\w.-]{0,62}$/.test(text)) return text;
  return wrong('name', `is "${text}"; expected letters, digits, ".", "-" or "_"`);
}

/** runc and crun look no names up: the numbers are what the kernel takes. */
function readUser(text: string | undefined, runtime: Runtime): string | undefined {
  if (text === undefined) return undefined;
  const numbers = runtime === 'runc' || runtime === 'crun';
  if (numbers && !/^\d+(:\d+)?$/.test(text)) {
    return wrong('user', `is ${text}; for ${runtime} expected numbers: 1000 or 1000:1000`);
  }
  return /^\S+$/.test(text) ? text : wrong('user', `is "${text}"; expected one word`);
}

function readLimits(given: Parameters): Limits {
  const cpus = given['cpus'];
  const cpuMillis = cpus === undefined ? undefined : Math.round(Number(cpus) * 1000);
  if (cpus !== undefined && (!/^\d+(\.\d+)?$/.test(cpus) || cpuMillis === 0)) {
    wrong('cpus', `is ${cpus}; expected a number such as 1 or 0.5`);
  }
  return {
    memoryMib: readInteger(given, 'memory', { least: 4, most: 16_777_216 }),
    cpuMillis,
    processes: readInteger(given, 'pids', { least: 1, most: 4_194_304 }),
  };
}

/** A port alone is the container's own, where it has an address. */
function readCheck(given: Parameters, cards: readonly Card[]): ContainerCheck | undefined {
  const names = (['ping', 'tcp', 'http', 'monitor'] as const).filter((name) => name in given);
  if (names.length > 1) {
    wrong(names[1] ?? '', `stands beside ${names[0] ?? ''}; one check is enough`);
  }
  switch (names[0]) {
    case 'ping':
      return readPing(given['ping'] ?? '');
    case 'tcp': {
      const text = given['tcp'] ?? '';
      const [address] = cards.map((card) => card.address.replace(/\/.*/, ''));
      const alone = /^\d+$/.test(text) && address !== undefined;
      return readTcp(alone ? `${address.includes(':') ? `[${address}]` : address}:${text}` : text);
    }
    case 'http':
      return readHttp(given['http'] ?? '', given['http_status']);
    case 'monitor': {
      const [program, ...rest] = wordsOf(given, 'monitor');
      if (program === undefined) return wrong('monitor', 'is empty');
      return { kind: 'command', argv: [program, ...rest] };
    }
    default:
      return undefined;
  }
}

/** `NAME=value` words, split as commands are: `LANG=C GREETING="good morning"`. */
function readEnvironment(given: Parameters): Parameters {
  return Object.fromEntries(
    wordsOf(given, 'environment').map((word) => {
      const equals = word.indexOf('=');
      if (equals < 1) wrong('environment', `has ${word}, which is not NAME=value`);
      return [word.slice(0, equals), word.slice(equals + 1)];
    }),
  );
}

function readArguments(given: Parameters, runtime: Runtime): readonly string[] {
  const words = wordsOf(given, 'arguments');
  if (words.length > 0 && (runtime === 'runc' || runtime === 'crun')) {
    wrong('arguments', `go with podman and nspawn; ${runtime} takes none`);
  }
  return words;
}

function wordsOf(given: Parameters, name: Name): readonly string[] {
  const text = given[name] ?? '';
  if (text.trim() === '') return [];
  const words = splitCommand(text);
  return words.kind === 'words' ? words.words : wrong(name, words.reason);
}

function readInteger(
  given: Parameters,
  name: Name,
  limits: { readonly least: number; readonly most: number },
): number | undefined {
  const text = given[name];
  if (text === undefined) return undefined;
  const value = parseInteger(text);
  if (value !== undefined && value >= limits.least && value <= limits.most) return value;
  const range = `${String(limits.least)} to ${String(limits.most)}`;
  return wrong(name, `is ${text}; expected a whole number from ${range}`);
}

function readFlag(given: Parameters, name: Name): boolean {
  const text = given[name];
  if (text === undefined) return false;
  return parseBoolean(text) ?? wrong(name, `is ${text}; it can be true or false`);
}

function readWord(given: Parameters, name: Name): string | undefined {
  const text = given[name];
  if (text === undefined || /^\S+$/.test(text)) return text;
  return wrong(name, `is "${text}"; expected one word`);
}

function readPath(given: Parameters, name: Name): string | undefined {
  const text = given[name];
  if (text === undefined || text.startsWith('/')) return text;
  return wrong(name, `is ${text}; expected an absolute path`);
}

/** `TERM` or `SIGTERM`. */
function readSignal(text: string): string {
  const signals: Readonly<Record<string, number>> = constants.signals;
  const name = `SIG${text.toUpperCase().replace(/^SIG/, '')}`;
  return name in signals ? name : wrong('stop_signal', `is ${text}: no signal`);
}
