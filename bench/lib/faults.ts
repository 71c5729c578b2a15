import type { LabNode } from '../../e2e/lab/node.ts';
import { signal } from '../../e2e/lab/host.ts';
import { pollService } from '../../e2e/lab/client.ts';
import { outages } from '../../e2e/lab/outages.ts';
import type { Answer } from '../../e2e/lab/outages.ts';
import { clearMove, move, startDaemon, untilSettled } from '../../e2e/lab/product.ts';
import { sleep, until } from '../../e2e/lab/run.ts';
import { forgetStamps, readStamps } from '../../e2e/lab/stamps.ts';
import type { Stamp } from '../../e2e/lab/stamps.ts';
import { failoverParts } from '../../e2e/lab/timeline.ts';
import type { FailoverParts } from '../../e2e/lab/timeline.ts';
import { restore, whoServes } from './cluster.ts';
import type { BenchCluster } from './cluster.ts';

/** A service that came back may go away once more: so long it must answer before it counts. */
const steadyMs = 500;

/**
 * The node that serves loses power. `role` says whether it is the DC too; the service is moved
 * first if it must be. Afterwards the cluster is whole again.
 */
export async function killNode(
  cluster: BenchCluster,
  role: 'member' | 'dc',
): Promise<FailoverParts> {
  const victim = await placeService(cluster, role);
  const survivors = cluster.lab.nodes.filter((node) => node !== victim);
  const watches = await Promise.all(survivors.map((node) => node.watchMembership()));
  await until('the watches see the membership', () => watches.every((w) => w.current()));
  forgetStamps(cluster.lab);
  const faultNs = process.hrtime.bigint();
  const killed = victim.kill();
  const servedNs = await servedAgain(cluster.client.answers, faultNs);
  await killed;
  const changes = watches.flatMap((watch) => watch.changes());
  const noticed = changes.filter((c) => c.atNs > faultNs && !c.members.includes(victim.id));
  for (const watch of watches) watch.stop();
  const parts = split(readStamps(cluster.lab), faultNs, earliest(noticed), servedNs);
  await restore(cluster);
  return parts;
}

/** The server process dies; the next monitor notices. */
export async function killServer(cluster: BenchCluster): Promise<FailoverParts> {
  const { server } = await whoServes(cluster, 'server');
  forgetStamps(cluster.lab);
  const faultNs = process.hrtime.bigint();
  for (const { pid, name } of server.processes()) if (name === 'nginx') signal(pid, 'SIGKILL');
  const servedNs = await servedAgain(cluster.client.answers, faultNs);
  const stamps = readStamps(cluster.lab);
  const failed = stamps.filter(
    (stamp) => stamp.kind === 'agent' && stamp.action === 'monitor' && stamp.code !== 0,
  );
  const noticed = failed
    .filter((stamp) => stamp.endNs > faultNs)
    .map((stamp) => ({ atNs: stamp.endNs }));
  const parts = split(stamps, faultNs, earliest(noticed), servedNs);
  await untilSettled(cluster.lab.nodes);
  return parts;
}

/** A program under Holdfast's own supervision dies. Answers for how many ms it was away. */
export async function killSupervised(cluster: BenchCluster): Promise<number> {
  const { server } = await whoServes(cluster, 'hello');
  const client = pollService(cluster.lab.observer, { address: server.address, port: 8080 });
  await client.served();
  const faultNs = process.hrtime.bigint();
  for (const { pid, name } of server.processes()) if (name === 'hello_lab') signal(pid, 'SIGKILL');
  const servedNs = await servedAgain(client.answers, faultNs);
  client.stop();
  await untilSettled(cluster.lab.nodes);
  return Number(servedNs - faultNs) / 1e6;
}

/** An administrator moves the service. Answers for how many ms it was away. */
export async function moveService(cluster: BenchCluster): Promise<number> {
  const { server } = await whoServes(cluster, 'web');
  const to = otherNode(cluster, [server]);
  const faultNs = process.hrtime.bigint();
  await move(to, 'web', to.name);
  await servedAgain(cluster.client.answers, faultNs);
  const [away] = outages(cluster.client.answers()).filter(({ beginNs }) => beginNs > faultNs);
  await clearMove(to, 'web');
  await untilSettled(cluster.lab.nodes);
  return away?.endNs === undefined ? 0 : Number(away.endNs - away.beginNs) / 1e6;
}

/** All machines are off; Corosync and Holdfast start everywhere. Answers ms to the first answer. */
export async function startCold(cluster: BenchCluster): Promise<number> {
  const { lab, client } = cluster;
  await Promise.all(lab.nodes.map((node) => node.kill()));
  await Promise.all(lab.nodes.map((node) => node.boot()));
  await sleep(1000);
  const beginNs = process.hrtime.bigint();
  await Promise.all(
    lab.nodes.map(async (node) => {
      await node.startCorosync();
      await startDaemon(node);
    }),
  );
  const first = await client.served(beginNs, 60_000);
  await untilSettled(lab.nodes);
  return Number(first.endNs - beginNs) / 1e6;
}

/** Brings the service to where the fault shall strike: to the DC, or to a node that is not. */
async function placeService(cluster: BenchCluster, role: 'member' | 'dc'): Promise<LabNode> {
  const { server, dc } = await whoServes(cluster, 'web');
  if ((server === dc) === (role === 'dc')) return server;
  const to = role === 'dc' ? dc : otherNode(cluster, [dc]);
  await move(to, 'web', to.name);
  await until('the service moved', async () => (await whoServes(cluster, 'web')).server === to);
  await clearMove(to, 'web');
  await untilSettled(cluster.lab.nodes);
  await cluster.client.served();
  return to;
}

function otherNode({ lab }: BenchCluster, but: readonly LabNode[]): LabNode {
  const other = lab.nodes.find((node) => !but.includes(node));
  if (other === undefined) throw new Error('there is no other node');
  return other;
}

/** End of the first good answer after the last failed request, once it has stayed good a while. */
async function servedAgain(answers: () => readonly Answer[], faultNs: bigint): Promise<bigint> {
  const steadyNs = BigInt(steadyMs) * 1_000_000n;
  let end: bigint | undefined;
  await until(
    'the service is back',
    () => {
      end = outages(answers()).findLast(({ beginNs }) => beginNs > faultNs - 50_000_000n)?.endNs;
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
): FailoverParts {
  // Monitors and probes are not on this list: what waits for them is Holdfast's own time.
  const acts = (stamp: Stamp) => stamp.action === 'start' || stamp.action === 'stop';
  return failoverParts({
    faultNs,
    noticedNs,
    fencing: stamps.filter((stamp) => stamp.kind === 'fence'),
    agents: stamps.filter((stamp) => stamp.kind === 'agent' && acts(stamp)),
    servedNs,
  });
}

function earliest(changes: readonly { readonly atNs: bigint }[]): bigint {
  const [first, ...others] = changes.map(({ atNs }) => atNs);
  if (first === undefined) throw new Error('nobody noticed the fault');
  return others.reduce((a, b) => (a < b ? a : b), first);
}
