/**
 * What two virtual machines or containers cannot have at once: a disk or root directory that one of
 * them writes to, a MAC address, an address, a name in the runtime.
 */
import type { Configuration, Primitive } from '../model/configuration.ts';
import { listText } from './finding.ts';
import type { ConfigurationFinding } from './finding.ts';
import { disksIn, macsIn } from './qemu-words.ts';
import { parseBoolean } from '../model/value.ts';
import { parameterOf, templateOf } from './values.ts';
import { eachPrimitive } from './walk.ts';

export function checkMachines(configuration: Configuration): readonly ConfigurationFinding[] {
  const owners = new Map<string, Claim[]>();
  for (const { primitive } of eachPrimitive(configuration)) {
    for (const claim of claimsOf(configuration, primitive)) {
      owners.set(claim.what, [...(owners.get(claim.what) ?? []), claim]);
    }
  }
  return [...owners.values()].filter(isContested).map(contested);
}

interface Claim {
  /** `the disk /vm/web.raw`, `the MAC address 52:…`. */
  readonly what: string;
  readonly by: string;
  readonly parameter: 'disks' | 'networks' | 'command_line' | 'arguments' | 'root' | 'name';
  /** A disk that is only read can be had by many; by none while another one writes to it. */
  readonly isShared: boolean;
}

const isContested = (claims: readonly Claim[]): boolean =>
  claims.length > 1 && claims.some(({ isShared }) => !isShared);

function claimsOf(configuration: Configuration, primitive: Primitive): readonly Claim[] {
  const agent = primitive.agent ?? templateOf(configuration, primitive.template)?.agent;
  if (agent?.class === 'container') return containerClaims(configuration, primitive);
  if (agent?.class !== 'vm') return [];
  const by = primitive.id;
  const disks = wordsOf(parameterOf(configuration, primitive, 'disks')).map((word): Claim => {
    const [path = '', ...options] = word.split(',');
    const isShared = options.includes('readonly=on');
    return { what: `the disk ${path}`, by, parameter: 'disks', isShared };
  });
  return [
    ...disks,
    ...cardClaims(configuration, primitive),
    ...(['command_line', 'arguments'] as const).flatMap((parameter) =>
      spokenClaims(by, parameter, parameterOf(configuration, primitive, parameter)),
    ),
  ];
}

/** What is said in QEMU's own words, as those of an adopted machine are. */
function spokenClaims(
  by: string,
  parameter: 'command_line' | 'arguments',
  text = '',
): readonly Claim[] {
  const words = asList(text) ?? wordsOf(text);
  const claim = { by, parameter } as const;
  const sharesAll = words.some((word) => /share-rw(=on|"\s*:\s*true)/.test(word));
  return [
    ...disksIn(words).map(({ path, own }) => ({
      ...claim,
      what: `the disk ${path}`,
      isShared: !own || sharesAll,
    })),
    ...macsIn(words).map((mac) => ({ ...claim, what: `the MAC address ${mac}`, isShared: false })),
  ];
}

/** A list as JSON has it: `adopt` writes them so. */
function asList(text: string): readonly string[] | undefined {
  try {
    const list = JSON.parse(text) as unknown;
    return Array.isArray(list) ? list.filter((word) => typeof word === 'string') : undefined;
  } catch {
    return undefined;
  }
}

function cardClaims(configuration: Configuration, primitive: Primitive): readonly Claim[] {
  const claim = { by: primitive.id, parameter: 'networks', isShared: false } as const;
  return wordsOf(parameterOf(configuration, primitive, 'networks')).flatMap((word) => {
    const mac = /,mac=([^,]*)/.exec(word)?.[1]?.toLowerCase();
    const address = /,address=([^,/]*)/.exec(word)?.[1]?.toLowerCase();
    return [
      ...(mac === undefined ? [] : [{ ...claim, what: `the MAC address ${mac}` }]),
      ...(address === undefined ? [] : [{ ...claim, what: `the address ${address}` }]),
    ];
  });
}

/** One name is one container for a runtime, on whichever node: the next start would take it over. */
function containerClaims(configuration: Configuration, primitive: Primitive): readonly Claim[] {
  const by = primitive.id;
  const of = (name: string): string | undefined => parameterOf(configuration, primitive, name);
  const name = of('name') ?? by;
  const runtime = of('runtime') ?? 'podman';
  const root = of('root')?.replace(/\/+$/, '');
  const isShared = parseBoolean(of('read_only') ?? '') === true;
  return [
    { what: `the name ${name} in ${runtime}`, by, parameter: 'name', isShared: false },
    ...(root === undefined
      ? []
      : [{ what: `the root directory ${root}`, by, parameter: 'root', isShared } as const]),
    ...cardClaims(configuration, primitive),
  ];
}

/** As the agent splits them, for words without blanks; what it refuses is its own to say. */
const wordsOf = (text = ''): readonly string[] =>
  text
    .replace(/^\s*\[|\]\s*$/g, '')
    .split(/[\s"']+|,\s+/)
    .filter((word) => word !== '' && word !== ',');

function contested(claims: readonly Claim[]): ConfigurationFinding {
  const last = claims.at(-1) as Claim;
  const ids = [...new Set(claims.map(({ by }) => by))];
  return {
    code: 'duplicate-machine-part',
    severity: 'error',
    subject: { kind: 'resource', id: last.by, field: ['parameters', last.parameter] },
    text:
      ids.length > 1
        ? `${listText(ids)} ${ids.length === 2 ? 'both' : 'all'} have ${last.what}`
        : `"${last.by}" has ${last.what} twice`,
    advice: advice[last.parameter],
  };
}

const advice: Readonly<Record<Claim['parameter'], string>> = {
  disks: 'one machine writes to a disk: give each its own, or add readonly=on for all of them',
  networks: 'give each card an address of its own; leave mac out, then each gets its own',
  command_line: 'one machine writes to a disk, and a card has an address of its own',
  arguments: 'one machine writes to a disk, and a card has an address of its own',
  root: 'one container writes to it: give each its own, or set read_only for all of them',
  name: 'leave name out, then each has that of its resource',
};
