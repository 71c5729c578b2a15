/** How long a service is away after a fault, on three machines with a real Corosync. Needs root. */
import { runBench } from './lib/bench.ts';
import type { Bench, BenchOptions } from './lib/bench.ts';
import { createBenchCluster } from './lib/cluster.ts';
import type { BenchCluster, BenchConfiguration } from './lib/cluster.ts';
import { killNode, killServer, killSupervised, moveService, startCold } from './lib/faults.ts';
import { figure } from './lib/figure.ts';
import type { Figure } from './lib/figure.ts';

type Samples = Readonly<Record<string, number>>;

interface Fault {
  /** One strike gives a sample for each; `own`: without detection, fencing and agents. */
  readonly figures: readonly string[];
  readonly configuration: BenchConfiguration;
  readonly strike: (cluster: BenchCluster) => Promise<Samples>;
}

const faults: readonly Fault[] = [
  {
    figures: ['node-kill-own-ms', 'node-kill-added-ms', 'node-kill-total-ms'],
    configuration: 'failover.yaml',
    strike: async (cluster) => named('node-kill', await killNode(cluster, 'member')),
  },
  {
    figures: ['dc-kill-own-ms', 'dc-kill-added-ms', 'dc-kill-total-ms'],
    configuration: 'failover.yaml',
    strike: async (cluster) => named('dc-kill', await killNode(cluster, 'dc')),
  },
  {
    figures: ['process-kill-own-ms', 'process-kill-added-ms', 'process-kill-total-ms'],
    configuration: 'nginx.yaml',
    strike: async (cluster) => named('process-kill', await killServer(cluster)),
  },
  {
    figures: ['supervised-kill-ms'],
    configuration: 'failover.yaml',
    strike: async (cluster) => ({ 'supervised-kill-ms': await killSupervised(cluster) }),
  },
  {
    figures: ['move-ms'],
    configuration: 'failover.yaml',
    strike: async (cluster) => ({ 'move-ms': await moveService(cluster) }),
  },
  {
    figures: ['cold-start-ms'],
    configuration: 'failover.yaml',
    strike: async (cluster) => ({ 'cold-start-ms': await startCold(cluster) }),
  },
];

/** `added` is all that the cluster manager adds to Corosync's detection: own, agents and fencing. */
function named(fault: string, parts: Awaited<ReturnType<typeof killNode>>): Samples {
  return {
    [`${fault}-own-ms`]: parts.ownMs,
    [`${fault}-added-ms`]: parts.totalMs - parts.detectionMs,
    [`${fault}-total-ms`]: parts.totalMs,
  };
}

export const measure: Bench = async (options) => {
  const wanted = faults.filter(({ figures }) =>
    figures.some((f) => f.includes(options.only ?? '')),
  );
  const figures: Figure[] = [];
  for (const configuration of new Set(wanted.map((fault) => fault.configuration))) {
    const cluster = await createBenchCluster(configuration);
    try {
      for (const fault of wanted)
        if (fault.configuration === configuration)
          figures.push(...(await repeat(cluster, fault, options)));
    } finally {
      await cluster.close();
    }
  }
  return figures;
};

async function repeat(
  cluster: BenchCluster,
  fault: Fault,
  options: BenchOptions,
): Promise<readonly Figure[]> {
  const runs = options.runs ?? 20;
  const samples: Samples[] = [];
  for (let run = 1; run <= runs; run++) {
    const sample = await fault.strike(cluster);
    samples.push(sample);
    const shown = Object.entries(sample).map(([name, ms]) => `${name} ${ms.toFixed(1)}`);
    options.say(`${String(run)}/${String(runs)}  ${shown.join('  ')}`);
  }
  return fault.figures.map((name) =>
    figure(
      name,
      'ms',
      samples.map((sample) => sample[name] ?? Number.NaN),
    ),
  );
}

if (import.meta.main) await runBench(measure);
