/** A node is cut off without a sign and goes on serving: it is fenced, and the service comes back. */
import { measureNodeLoss } from '../../e2e/lab/measure.ts';
import { createBenchCluster, restore } from './cluster.ts';
import { placeService } from './faults.ts';
import { figure } from './figure.ts';
import type { Figure } from './figure.ts';

/** How others are measured: Corosync's own token, and nothing added for each node. */
const corosync = { token: 1000, tokenCoefficient: 0 };

/** `cutoff-own-ms`: all of the absence but Corosync's detection, the fence agent and the agents. */
export async function measureCutoff(
  runs: number,
  say: (line: string) => void,
): Promise<readonly Figure[]> {
  const cluster = await createBenchCluster('failover.yaml', corosync);
  const own: number[] = [];
  const total: number[] = [];
  try {
    for (let run = 1; run <= runs; run++) {
      const victim = await placeService(cluster, 'member');
      const parts = await measureNodeLoss(cluster, victim, (node) => node.drop());
      await victim.heal();
      await restore(cluster);
      own.push(parts.ownMs);
      total.push(parts.totalMs);
      const told = [parts.ownMs, parts.totalMs].map((ms) => ms.toFixed(1));
      say(
        `${String(run)}/${String(runs)}  cutoff-own-ms ${told[0] ?? ''}  cutoff-total-ms ${told[1] ?? ''}`,
      );
    }
  } finally {
    await cluster.close();
  }
  return [figure('cutoff-own-ms', 'ms', own), figure('cutoff-total-ms', 'ms', total)];
}
