import {
  measureNodeLoss,
  measurePlanned,
  measureProcessDeath,
  measureSupervised,
} from '../../e2e/lab/measure.ts';
import type { MembershipWatch } from '../../e2e/lab/membership.ts';
import type { LabNode } from '../../e2e/lab/node.ts';
import { milliseconds } from '../../e2e/lab/outages.ts';
import { clearMove, move, startDaemon, untilSettled } from '../../e2e/lab/product.ts';
import { sleep, until } from '../../e2e/lab/run.ts';
import { forgetStamps, readStamps } from '../../e2e/lab/stamps.ts';
import type { FailoverParts } from '../../e2e/lab/timeline.ts';
import { restore, whoServes } from './cluster.ts';
import type { BenchCluster } from './cluster.ts';

/**
 * The client's kernel takes no other hardware address for an IP address within a second of the last
 * one (arp(7), `locktime`): a service that has just been moved rests before its node is lost.
 */
const restMs = 1500;

/**
 * The node that serves loses power. `role` says whether it is the DC too; the service is moved
 * first if it must be. Afterwards the cluster is whole again.
 */
export async function killNode(
  cluster: BenchCluster,
  role: 'member' | 'dc',
): Promise<FailoverParts> {
  const parts = await measureNodeLoss(cluster, await placeService(cluster, role));
  await restore(cluster);
  return parts;
}

/** The server process dies; the next monitor notices. */
export async function killServer(cluster: BenchCluster): Promise<FailoverParts> {
  const { server } = await whoServes(cluster, 'web');
  const parts = await measureProcessDeath(cluster, server, 'nginx');
  await untilSettled(cluster.lab.nodes);
  return parts;
}

/** A program under Holdfast's own supervision dies. Answers for how many ms it was away. */
export async function killSupervised(cluster: BenchCluster): Promise<number> {
  const { server } = await whoServes(cluster, 'web');
  const awayMs = await measureSupervised(cluster, server, 'hello_lab');
  await untilSettled(cluster.lab.nodes);
  return awayMs;
}

/** An administrator moves the service. Answers for how many ms it was away. */
export async function moveService(cluster: BenchCluster): Promise<number> {
  const { server } = await whoServes(cluster, 'web');
  const to = otherNode(cluster, server);
  const { awayMs } = await measurePlanned(cluster, () => moveTo(cluster, to));
  await clearMove(to, 'web');
  await untilSettled(cluster.lab.nodes);
  return awayMs;
}

/**
 * All machines are off; Corosync and Holdfast start everywhere at once. Answers for how many ms the
 * first start of an agent comes after the whole cluster is quorate.
 */
export async function startCold(cluster: BenchCluster): Promise<number> {
  const { lab, client } = cluster;
  await Promise.all(lab.nodes.map((node) => node.kill()));
  await Promise.all(lab.nodes.map((node) => node.boot()));
  const watches = await Promise.all(lab.nodes.map((node) => node.watchMembership()));
  await sleep(1000);
  forgetStamps(lab);
  await Promise.all(lab.nodes.map(startEverything));
  await client.served(undefined, 60_000);
  await untilSettled(lab.nodes);
  for (const watch of watches) watch.stop();
  const starts = readStamps(lab).filter((s) => s.kind === 'agent' && s.action === 'start');
  const first = starts.map(({ beginNs }) => beginNs).reduce((a, b) => (a < b ? a : b));
  return milliseconds(wholeSince(watches, lab.nodes.length), first);
}

/** When the last node heard of a quorate membership of all. */
function wholeSince(watches: readonly MembershipWatch[], count: number): bigint {
  const times = watches.map(({ changes }) => {
    const whole = changes().find(({ members, quorate }) => quorate && members.length === count);
    if (whole === undefined) throw new Error('a node did not see all the others');
    return whole.atNs;
  });
  return times.reduce((a, b) => (a > b ? a : b));
}

async function startEverything(node: LabNode): Promise<void> {
  await node.startCorosync();
  await startDaemon(node);
}

/** Brings the service to where the fault shall strike: to the DC, or to a node that is not. */
export async function placeService(cluster: BenchCluster, role: 'member' | 'dc'): Promise<LabNode> {
  const { server, dc } = await whoServes(cluster, 'web');
  if ((server === dc) === (role === 'dc')) return server;
  const to = role === 'dc' ? dc : otherNode(cluster, dc);
  await moveTo(cluster, to);
  await clearMove(to, 'web');
  await untilSettled(cluster.lab.nodes);
  await cluster.client.served();
  await sleep(restMs);
  return to;
}

async function moveTo(cluster: BenchCluster, to: LabNode): Promise<void> {
  await move(to, 'web', to.name);
  const arrived = async () => (await whoServes(cluster, 'web')).server === to;
  await until(`the service on ${to.name}`, arrived, 30_000, 100);
}

function otherNode({ lab }: BenchCluster, but: LabNode): LabNode {
  const other = lab.nodes.find((node) => node !== but);
  if (other === undefined) throw new Error('there is no other node');
  return other;
}
