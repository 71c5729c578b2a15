import { join } from 'node:path';
import { pollService } from '../../e2e/lab/client.ts';
import type { ServiceClient } from '../../e2e/lab/client.ts';
import type { CorosyncOptions } from '../../e2e/lab/corosync-conf.ts';
import { createLab } from '../../e2e/lab/lab.ts';
import type { Lab } from '../../e2e/lab/lab.ts';
import type { LabNode } from '../../e2e/lab/node.ts';
import { apply, runsOn, startDaemon, status, untilSettled } from '../../e2e/lab/product.ts';
import { sleep, until } from '../../e2e/lab/run.ts';
import { installWebServer, webAddress } from '../../e2e/lab/web.ts';

/** Three machines with Corosync, Holdfast and a web service, and a client that watches it. */
export interface BenchCluster {
  readonly lab: Lab;
  /** Asks the web service every 10 ms. */
  readonly client: ServiceClient;
  readonly close: () => Promise<void>;
}

/** A file of this folder; each has the service `web`, with the address that the client asks. */
export type BenchConfiguration = 'failover.yaml' | 'nginx.yaml' | 'idle.yaml';

/** A cluster that has just become quorate waits 3 s for latecomers before it takes one for lost. */
const settleMs = 4000;

/** Up and at rest, the web service answering. */
export async function createBenchCluster(
  configuration: BenchConfiguration,
  corosync: CorosyncOptions = {},
): Promise<BenchCluster> {
  const lab = await createLab({ timedAgents: ['IPaddr2', 'nginx'], ...corosync });
  try {
    installWebServer(lab);
    await lab.startCorosync();
    for (const node of lab.nodes) await startDaemon(node);
    const [first] = lab.nodes;
    if (first === undefined) throw new Error('a lab without nodes');
    await untilSettled(lab.nodes);
    await apply(lab, first, join(import.meta.dirname, configuration));
    const client = pollService(lab.observer, { address: webAddress });
    await client.served();
    await untilSettled(lab.nodes);
    await sleep(settleMs);
    return { lab, client, close: () => lab.close() };
  } catch (error) {
    await lab.close();
    throw error;
  }
}

/** Boots what is off, starts what does not run, and waits until all are online and at rest. */
export async function restore({ lab, client }: BenchCluster): Promise<void> {
  for (const node of lab.nodes) {
    if (node.pid() !== undefined) continue;
    await node.boot();
    await node.startCorosync();
    await startDaemon(node);
  }
  await untilSettled(lab.nodes);
  await client.served();
}

/** The node where the resource runs, and the DC; waits until it runs on exactly one node. */
export async function whoServes(
  { lab }: BenchCluster,
  resource: string,
): Promise<{ readonly server: LabNode; readonly dc: LabNode }> {
  const [first] = lab.nodes;
  if (first === undefined) throw new Error('a lab without nodes');
  let found: { server: LabNode; dc: LabNode } | undefined;
  await until(
    `${resource} on one node`,
    async () => {
      const seen = await status(first);
      const [server, dc] = [runsOn(seen, resource), seen.quorum.dc];
      if (server === undefined || dc === undefined) return false;
      found = { server: lab.node(server), dc: lab.node(dc) };
      return true;
    },
    30_000,
    100,
  );
  return found!;
}
