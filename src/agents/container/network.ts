/**
 * A container's own network: a namespace with a cable to a bridge, or a second address on an
 * interface of the node (ip-netns(8), veth(4), macvlan).
 */
import { existsSync } from 'node:fs';
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import { baseEnvironment } from '../environment.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { runProgram } from '../program.ts';
import { macOf } from '../vm/networks.ts';
import type { Card } from './cards.ts';
import { digestOf, type Job } from './driver.ts';

const namespaceOf = (resource: string): string => `hf-${digestOf(resource)}`;

export const networkPathOf = (resource: string): string => `/run/netns/${namespaceOf(resource)}`;

/**
 * Undefined: it is there, each address announced as soon as its card is up. With `unplugged` no packet
 * comes or goes before `plug`.
 */
export async function makeNetwork(
  job: Job,
  unplugged = false,
): Promise<OperationOutcome | undefined> {
  const { cards } = job.settings;
  if (cards.length === 0) return undefined;
  const { resource } = job.operation.request;
  await removeNetwork(job);
  const name = namespaceOf(resource);
  const made =
    (await ip(job, ['netns', 'add', name])) ??
    (await makeCards(job, name, unplugged)) ??
    (await announceChanges(job, name, cards)) ??
    (await ip(job, ['-n', name, '-batch', '-'], cards.flatMap(addressLines)));
  if (made === undefined) return undefined;
  await removeNetwork(job);
  return made;
}

/**
 * An address that is left in a namespace would go on answering for a container that runs elsewhere:
 * the namespace goes with the container, and its cards with it. True: nothing of it is left.
 */
export async function removeNetwork(job: Job): Promise<boolean> {
  const { resource } = job.operation.request;
  const path = networkPathOf(resource);
  if (!existsSync(path)) return true;
  // The kernel takes a namespace apart later, behind one that is being taken apart: cards go first.
  for (const index of job.settings.cards.keys()) {
    await ip(job, ['-n', namespaceOf(resource), 'link', 'del', 'dev', `eth${String(index)}`]);
  }
  await ip(job, ['netns', 'del', namespaceOf(resource)]);
  return !existsSync(path);
}

/**
 * The cables leave their bridges: what is sent to it is lost, and TCP sends it again. With its card down, or
 * nothing behind its address, the kernel would refuse instead (RST).
 */
export function unplug(job: Job): Promise<OperationOutcome | undefined> {
  return ip(
    job,
    ['-batch', '-'],
    cablesOf(job).map(({ outside }) => `link set dev ${outside} nomaster`),
  );
}

/** The cables are in their bridges, and the neighbours are told (arp_notify: a card's address is set). */
export async function plug(job: Job): Promise<OperationOutcome | undefined> {
  const cables = cablesOf(job);
  const plugged = cables.map(({ outside, link }) => `link set dev ${outside} master ${link}`);
  const announced = cables.map(
    ({ index, mac }) => `link set dev eth${String(index)} address ${mac}`,
  );
  const name = namespaceOf(job.operation.request.resource);
  return (
    (await ip(job, ['-batch', '-'], plugged)) ??
    (await ip(job, ['-n', name, '-batch', '-'], announced))
  );
}

interface Cable {
  readonly index: number;
  readonly outside: string;
  readonly link: string;
  readonly mac: string;
}

function cablesOf({ operation, settings }: Job): readonly Cable[] {
  const { resource } = operation.request;
  return [...settings.cards.entries()].flatMap(([index, { kind, link, mac }]) =>
    kind === 'veth'
      ? [{ index, outside: outsideOf(resource, index), link, mac: mac ?? macOf(resource, index) }]
      : [],
  );
}

const outsideOf = (resource: string, index: number): string =>
  `hf${digestOf(resource)}-${String(index)}`;

async function makeCards(
  job: Job,
  name: string,
  unplugged: boolean,
): Promise<OperationOutcome | undefined> {
  const { resource } = job.operation.request;
  for (const [index, card] of job.settings.cards.entries()) {
    const mac = card.mac ?? macOf(resource, index);
    const outside = outsideOf(resource, index);
    const lines = cardLines(card, { index, mac, name, outside });
    if (unplugged && card.kind === 'veth') lines.push(`link set dev ${outside} nomaster`);
    const problem = await ip(job, ['-batch', '-'], lines);
    if (problem) {
      const { exitReason = '' } = problem as { readonly exitReason?: string };
      const what = card.kind === 'veth' ? 'bridge' : 'interface';
      const words = `no ${what} ${card.link} on this node? ${exitReason}`;
      return exitedWith(OCF.notInstalled, words);
    }
  }
  return undefined;
}

interface Plug {
  readonly index: number;
  readonly mac: string;
  readonly name: string;
  readonly outside: string;
}

function cardLines({ kind, link }: Card, { index, mac, name, outside }: Plug): string[] {
  const inside = `name eth${String(index)} address ${mac} netns ${name}`;
  if (kind === 'macvlan') return [`link add link ${link} ${inside} type macvlan mode bridge`];
  // A bridge takes the lowest of its ports' addresses for its own: this one is higher than any card's.
  const own = `fe${mac.slice(2)}`;
  return [
    `link add ${outside} address ${own} type veth peer ${inside}`,
    `link set dev ${outside} master ${link} up`,
  ];
}

/** The address is there before the card is up: the kernel then announces it (arp_notify). */
const addressLines = ({ address, gateway }: Card, index: number): readonly string[] => [
  'link set dev lo up',
  `address add ${address} dev eth${String(index)}${address.includes(':') ? ' nodad' : ''}`,
  `link set dev eth${String(index)} up`,
  ...(gateway === undefined ? [] : [`route replace default via ${gateway}`]),
];

/** ip-sysctl: `arp_notify`, `ndisc_notify`. A node without IPv6 has no file for it. */
async function announceChanges(
  job: Job,
  name: string,
  cards: readonly Card[],
): Promise<OperationOutcome | undefined> {
  const settings = [...cards.keys()].flatMap((index) => [
    `net.ipv4.conf.eth${String(index)}.arp_notify=1`,
    `net.ipv6.conf.eth${String(index)}.ndisc_notify=1`,
  ]);
  await run(job, [
    '/sbin/ip',
    'netns',
    'exec',
    name,
    '/sbin/sysctl',
    '-e',
    '-q',
    '-w',
    ...settings,
  ]);
  return undefined;
}

async function ip(
  job: Job,
  words: readonly string[],
  lines: readonly string[] = [],
): Promise<OperationOutcome | undefined> {
  const { outcome, output } = await run(job, ['/sbin/ip', ...words], lines);
  if (outcome.kind === 'exited' && outcome.exitCode === 0) return undefined;
  const said = output.trim().split('\n')[0] ?? '';
  return exitedWith(OCF.error, `ip ${words.join(' ')}: ${said || outcome.kind}`);
}

let runs = 0;

function run(
  { host, operation }: Job,
  argv: readonly [string, ...string[]],
  lines: readonly string[] = [],
) {
  runs += 1;
  const operationId = `${operation.request.operationId}-net-${String(runs)}`;
  const request = { ...operation.request, operationId };
  return runProgram(
    host,
    { ...operation, request },
    {
      argv,
      environment: baseEnvironment(),
      standardInput: lines.map((line) => `${line}\n`).join(''),
    },
  );
}
