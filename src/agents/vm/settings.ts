/** The parameters of the `vm` class, checked. docs/decisions/machines.md has the reasons. */
import type { Parameters } from '../../core/model/operation.ts';
import { parseBoolean, parseInteger } from '../../core/model/value.ts';
import {
  parseOrSay,
  readHttp,
  readTcp,
  wrong,
  type NetworkCheck,
  type Parsed,
} from '../parameters.ts';
import { readPing, type PingCheck } from '../ping.ts';
import { splitCommand } from '../words.ts';
import { readDisks, type Disk } from './disks.ts';
import { readNetworks, type Network } from './networks.ts';
import { emulatorOf } from './program.ts';

export interface VmSettings {
  readonly memoryMib: number;
  readonly cpus: number;
  /** QEMU's type of machine and processor; both sides of a live migration need the same. */
  readonly machine: string;
  readonly cpu: string;
  readonly accelerator: 'auto' | 'kvm' | 'tcg';
  readonly uuid: string | undefined;
  readonly disks: readonly Disk[];
  readonly networks: readonly Network[];
  /** Linux started without a boot loader. */
  readonly kernel: string | undefined;
  readonly initrd: string | undefined;
  readonly append: string | undefined;
  readonly firmware: string | undefined;
  /** Where the screen can be seen (QEMU's `-vnc`); none without it. */
  readonly vnc: string | undefined;
  /** Further words for QEMU, as they are. */
  readonly arguments: readonly string[];
  /** Of a machine that was taken over: its QEMU's own words, program first; empty: none. */
  readonly commandLine: readonly string[];
  readonly user: string | undefined;
  readonly guestAgent: boolean;
  readonly check: NetworkCheck | PingCheck | undefined;
  readonly migration: MigrationSettings;
}

export interface MigrationSettings {
  /** Where the other node is reached; its own address in the cluster without it. */
  readonly address: string | undefined;
  readonly port: number | undefined;
  /** 0: as fast as it goes. */
  readonly bandwidthMibPerSecond: number;
  readonly downtimeLimitMs: number;
  /** A directory with ca-cert.pem, server-*.pem, client-*.pem (QEMU, "TLS setup"). */
  readonly tlsDirectory: string | undefined;
  readonly autoConverge: boolean;
  /** After one pass over the memory the guest goes on at the target, and fetches the rest. */
  readonly postCopy: boolean;
  /** `shared`: each node reaches the images; `copy`: they are copied while the guest runs. */
  readonly storage: 'shared' | 'copy';
  /** Received on a node with less memory available than it may use. */
  readonly overcommit: boolean;
}

/**
 * Every error names the parameter.
 * @param architecture of this node, as Node calls it: its machines are of the same
 */
export const parseVmSettings = (
  parameters: Parameters,
  architecture: string = process.arch,
): Parsed<VmSettings> => parseOrSay(() => readSettings(parameters, architecture));

function readSettings(given: Parameters, architecture: string): VmSettings {
  const unknown = Object.keys(given).find((name) => !known.has(name));
  if (unknown !== undefined) wrong(unknown, `is unknown; known are ${vmParameters.join(', ')}`);
  const disks = readDisks(wordsOf(given, 'disks'));
  const usual = emulatorOf(architecture);
  return {
    memoryMib: readInteger(given, 'memory', { least: 16, most: 16_777_216, without: 1024 }),
    cpus: readInteger(given, 'cpus', { least: 1, most: 1024, without: 1 }),
    machine: readWord(given, 'machine') ?? usual.machine,
    cpu: readWord(given, 'cpu') ?? usual.cpu,
    accelerator: readChoice(given, 'accelerator', ['auto', 'kvm', 'tcg']),
    uuid: readUuid(given['uuid']),
    disks,
    networks: readNetworks(wordsOf(given, 'networks')),
    kernel: readPath(given, 'kernel'),
    initrd: readPath(given, 'initrd'),
    append: given['append'],
    firmware: readPath(given, 'firmware'),
    vnc: readWord(given, 'vnc'),
    arguments: wordsOf(given, 'arguments'),
    commandLine: readCommandLine(given),
    user: readWord(given, 'user'),
    guestAgent: readFlag(given, 'guest_agent', false),
    check: readCheck(given),
    migration: readMigration(given, disks),
  };
}

function readMigration(given: Parameters, disks: readonly Disk[]): MigrationSettings {
  const storage = readChoice(given, 'migration_storage', ['shared', 'copy']);
  if (storage === 'copy' && disks.every((disk) => disk.readOnly)) {
    wrong('migration_storage', 'is copy, but there is no disk that could be copied');
  }
  const port = { least: 1, most: 65_535, without: 0 };
  return {
    address: readWord(given, 'migration_address'),
    port: readInteger(given, 'migration_port', port) || undefined,
    bandwidthMibPerSecond: readInteger(given, 'migration_bandwidth', {
      least: 0,
      most: 1_048_576,
      without: 0,
    }),
    downtimeLimitMs: readInteger(given, 'migration_downtime', {
      least: 1,
      most: 2_000_000,
      without: 300,
    }),
    tlsDirectory: readPath(given, 'migration_tls'),
    autoConverge: readFlag(given, 'migration_auto_converge', true),
    postCopy: readFlag(given, 'migration_postcopy', false),
    storage,
    overcommit: readFlag(given, 'migration_overcommit', false),
  };
}

export const vmParameters = [
  'memory',
  'cpus',
  'disks',
  'networks',
  'machine',
  'cpu',
  'accelerator',
  'uuid',
  'kernel',
  'initrd',
  'append',
  'firmware',
  'vnc',
  'arguments',
  'command_line',
  'user',
  'guest_agent',
  'ping',
  'tcp',
  'http',
  'http_status',
  'migration_address',
  'migration_port',
  'migration_bandwidth',
  'migration_downtime',
  'migration_tls',
  'migration_auto_converge',
  'migration_postcopy',
  'migration_storage',
  'migration_overcommit',
] as const;

const known: ReadonlySet<string> = new Set(vmParameters);

type Name = (typeof vmParameters)[number];

function wordsOf(given: Parameters, name: Name): readonly string[] {
  const text = given[name] ?? '';
  if (text.trim() === '') return [];
  const words = splitCommand(text);
  return words.kind === 'words' ? words.words : wrong(name, words.reason);
}

function readInteger(
  given: Parameters,
  name: Name,
  limits: { readonly least: number; readonly most: number; readonly without: number },
): number {
  const text = given[name];
  if (text === undefined) return limits.without;
  const value = parseInteger(text);
  if (value === undefined || value < limits.least || value > limits.most) {
    const range = `${String(limits.least)} to ${String(limits.most)}`;
    return wrong(name, `is ${text}; expected a whole number from ${range}`);
  }
  return value;
}

function readFlag(given: Parameters, name: Name, without: boolean): boolean {
  const text = given[name];
  if (text === undefined) return without;
  return parseBoolean(text) ?? wrong(name, `is ${text}; it can be true or false`);
}

function readChoice<Choice extends string>(
  given: Parameters,
  name: Name,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const text = given[name];
  if (text === undefined) return choices[0];
  const found = choices.find((choice) => choice === text);
  return found ?? wrong(name, `is ${text}; it can be ${choices.join(', ')}`);
}

/** QEMU takes a comma for the beginning of another option. */
function readWord(given: Parameters, name: Name): string | undefined {
  const text = given[name];
  if (text === undefined || /^[^\s]+$/.test(text)) return text;
  return wrong(name, `is "${text}"; expected one word`);
}

function readPath(given: Parameters, name: Name): string | undefined {
  const text = given[name];
  if (text === undefined || text.startsWith('/')) return text;
  return wrong(name, `is ${text}; expected an absolute path`);
}

/** It says everything that these would say. */
function readCommandLine(given: Parameters): readonly string[] {
  const words = wordsOf(given, 'command_line');
  const beside = (['disks', 'networks', 'kernel', 'machine', 'cpu', 'arguments'] as const).find(
    (name) => name in given,
  );
  if (words.length > 0 && beside !== undefined) {
    wrong(beside, 'stands beside command_line, which says it already');
  }
  return words;
}

function readUuid(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const form = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
  return form.test(text) ? text.toLowerCase() : wrong('uuid', `is ${text}; expected a UUID`);
}

function readCheck(given: Parameters): NetworkCheck | PingCheck | undefined {
  const { ping, tcp, http, http_status: status } = given;
  const [first, second] = (['ping', 'tcp', 'http'] as const).filter((name) => name in given);
  if (second !== undefined) wrong(second, `stands beside ${first ?? ''}; one is enough`);
  if (ping !== undefined) return readPing(ping);
  if (http !== undefined) return readHttp(http, status);
  return tcp === undefined ? undefined : readTcp(tcp);
}
