/** Strikes a service and measures how long it is away, and because of whom. */
import type { ServiceClient } from './client.ts';
import { identify, isAlive, isServer, signal } from './host.ts';
import type { HostProcess } from './host.ts';
import type { Lab } from './lab.ts';
import type { MembershipWatch } from './membership.ts';
import type { LabNode } from './node.ts';
import { milliseconds, outages } from './outages.ts';
import type { Answer } from './outages.ts';
import { until } from './run.ts';
import { forgetStamps, readStamps } from './stamps.ts';
import type { Stamp } from './stamps.ts';
import { failoverParts } from './timeline.ts';
import type { FailoverParts, Interval } from './timeline.ts';

/** A lab with timed agents, and the client that watches its web service. */
export interface MeasuredService {
  readonly lab: Lab;
  readonly client: ServiceClient;
}

/** The parts, and the wall clock at the moment of the fault. */
export type Measured = FailoverParts & { readonly struckAtMs: number };

/** A service that came back may go away once more: so long it must answer before it counts. */
const steadyMs = 500;

/** The node that serves is lost: by default it loses power, and stays off. */
export async function measureNodeLoss(
  { lab, client }: MeasuredService,
  victim: LabNode,
  lose: (victim: LabNode) => Promise<void> = (node) => node.kill(),
): Promise<Measured> {
  const survivors = lab.nodes.filter((node) => node !== victim && node.pid() !== undefined);
  const watches = await Promise.all(survivors.map((node) => node.watchMembership()));
  await until('the watches see the membership', () => watches.every((w) => w.current()));
  forgetStamps(lab);
  const faultNs = process.hrtime.bigint();
  const struck = lose(victim);
  const servedNs = await servedAgain(client.answers, faultNs);
  await struck;
  const noticedNs = earliest(lossesOf(victim, watches).filter((atNs) => atNs > faultNs));
  for (const watch of watches) watch.stop();
  return split(readStamps(lab), faultNs, noticedNs, servedNs);
}

/** All processes of this name die on the node; the next monitor notices. */
export async function measureProcessDeath(
  { lab, client }: MeasuredService,
  node: LabNode,
  name: string,
): Promise<Measured> {
  forgetStamps(lab);
  const faultNs = killProcesses(node, name);
  const servedNs = await servedAgain(client.answers, faultNs);
  const stamps = readStamps(lab);
  const failed = stamps.filter((s) => s.kind === 'agent' && s.action === 'monitor' && s.code !== 0);
  const noticed = failed.map((stamp) => stamp.endNs).filter((endNs) => endNs > faultNs);
  return split(stamps, faultNs, earliest(noticed), servedNs);
}

/**
 * A program under Holdfast's own supervision dies; answers for how many ms the service is away. It may
 * be back between two requests: a good answer to one that began after the death is its successor's.
 */
export async function measureSupervised(
  { client }: Pick<MeasuredService, 'client'>,
  node: LabNode,
  name: string,
): Promise<number> {
  const victims = serversOn(node, name).flatMap(({ pid }) => identify(pid) ?? []);
  const faultNs = killProcesses(node, name);
  await until(`the end of ${name}`, () => !victims.some(isAlive), 1000, 1);
  const { endNs } = await client.served();
  return milliseconds(faultNs, endNs);
}

/** A planned act: how long the service was away because of it, 0 when no request failed. */
export async function measurePlanned(
  { client }: Pick<MeasuredService, 'client'>,
  act: () => Promise<unknown>,
): Promise<Absence> {
  const beginNs = process.hrtime.bigint();
  const first = Math.max(0, client.answers().length - 100);
  await act();
  await client.served();
  const since = outages(client.answers().slice(first)).filter(
    ({ endNs }) => (endNs ?? 0n) > beginNs,
  );
  const [from, to] = [since[0]?.beginNs, since.at(-1)?.endNs];
  if (from === undefined || to === undefined) return { beginNs, endNs: beginNs, awayMs: 0 };
  return { beginNs: from, endNs: to, awayMs: milliseconds(from, to) };
}

/** From the last good answer before to the first good one after. */
export interface Absence extends Interval {
  readonly awayMs: number;
}

/** Splits a planned absence: nothing had to be noticed, and nobody was fenced. */
export function plannedParts(lab: Lab, { beginNs, endNs }: Absence): FailoverParts {
  const { detectionMs: _none, ...parts } = split(readStamps(lab), beginNs, beginNs, endNs);
  return { ...parts, detectionMs: 0 };
}

/** Answers the moment. Its children die with it, or are of the same name. */
function killProcesses(node: LabNode, name: string): bigint {
  const victims = serversOn(node, name);
  if (victims.length === 0) throw new Error(`no ${name} runs on ${node.name}`);
  const faultNs = process.hrtime.bigint();
  for (const { pid } of victims) signal(pid, 'SIGKILL');
  return faultNs;
}

const serversOn = (node: LabNode, name: string): readonly HostProcess[] =>
  node.processes().filter((process) => isServer(process, name));

function lossesOf(victim: LabNode, watches: readonly MembershipWatch[]): readonly bigint[] {
  const changes = watches.flatMap((watch) => watch.changes());
  return changes.filter(({ members }) => !members.includes(victim.id)).map(({ atNs }) => atNs);
}

/** End of the first good answer after the last failed request, once it has stayed good a while. */
export async function servedAgain(
  answers: () => readonly Answer[],
  faultNs: bigint,
): Promise<bigint> {
  const steadyNs = BigInt(steadyMs) * 1_000_000n;
  // The last good answer before an outage may have come a moment before the fault.
  const soonestNs = faultNs - 100_000_000n;
  // Earlier answers are of no use, and sorting them again and again would load the machine.
  const first = Math.max(0, answers().length - 100);
  let end: bigint | undefined;
  await until(
    'the service is back',
    () => {
      end = outages(answers().slice(first)).findLast(({ beginNs }) => beginNs > soonestNs)?.endNs;
      return end !== undefined && process.hrtime.bigint() > end + steadyNs;
    },
    60_000,
    20,
  );
  return end!;
}

function split(
  stamps: readonly Stamp[],
  faultNs: bigint,
  noticedNs: bigint,
  servedNs: bigint,
): Measured {
  // Monitors and probes are not on this list: what waits for them is Holdfast's own time.
  const acts = (stamp: Stamp) => stamp.action === 'start' || stamp.action === 'stop';
  const parts = failoverParts({
    faultNs,
    noticedNs,
    fencing: stamps.filter(
      ({ kind, action }) => kind === 'fence' && action !== 'monitor' && action !== 'list',
    ),
    agents: stamps.filter((stamp) => stamp.kind === 'agent' && acts(stamp)),
    servedNs,
  });
  const agoMs = milliseconds(faultNs, process.hrtime.bigint());
  return { ...parts, struckAtMs: Date.now() - agoMs };
}

function earliest(times: readonly bigint[]): bigint {
  const [first, ...others] = times;
  if (first === undefined) throw new Error('nobody noticed the fault');
  return others.reduce((a, b) => (a < b ? a : b), first);
}
