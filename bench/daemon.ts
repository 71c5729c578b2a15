/** What the daemon costs when nothing happens, on three machines with a real Corosync. Needs root. */
import { readFileSync, readdirSync } from 'node:fs';
import { daemonProcess, holdfastAsk, restartDaemon, status } from '../e2e/lab/product.ts';
import { sleep } from '../e2e/lab/run.ts';
import type { LabNode } from '../e2e/lab/node.ts';
import { patientService, pollService } from '../e2e/lab/client.ts';
import { webAddress } from '../e2e/lab/web.ts';
import { runBench } from './lib/bench.ts';
import type { Bench, BenchOptions } from './lib/bench.ts';
import { createBenchCluster } from './lib/cluster.ts';
import type { BenchCluster } from './lib/cluster.ts';
import { killServer, moveService } from './lib/faults.ts';
import { figure } from './lib/figure.ts';
import type { Figure } from './lib/figure.ts';

/** Each run of the CPU figure watches all daemons for so long. */
const watchMs = 5000;
/** A daemon is killed so often. */
const deathsMax = 50;

export const measure: Bench = async ({ runs = 20, say }) => {
  const cluster = await createBenchCluster('idle.yaml');
  try {
    const { nodes } = cluster.lab;
    cluster.client.stop();
    await sleep(5000);
    const cpu: number[] = [];
    const rss: number[] = [];
    for (let run = 1; run <= runs; run++) {
      const each = await idleCpuPercent(nodes);
      // One of them looks after all of the resources.
      cpu.push(Math.max(...each));
      rss.push(...nodes.map(rssMb));
      say(`${String(run)}/${String(runs)}  idle CPU ${each.join(' ')} %`);
    }
    const statusMs: number[] = [];
    for (let run = 0; run < runs; run++) statusMs.push(await timeStatus(nodes[0]!));
    await strike(cluster);
    rss.push(...nodes.map(rssMb));
    const views = await Promise.all(nodes.map(status));
    const deaths = await killDaemons(cluster, Math.min(deathsMax, runs * 10), say);
    return [
      figure('idle-cpu-percent', '%', cpu),
      figure('rss-mb', 'MB', rss),
      figure(
        'loop-block-max-ms',
        'ms',
        views.map((view) => view.daemon.loopBlockMaxMs),
      ),
      figure('status-ms', 'ms', statusMs),
      ...deaths,
    ];
  } finally {
    await cluster.close();
  }
};

/** What blocks an event loop does so when something happens: recoveries, moves, questions. */
async function strike(cluster: BenchCluster): Promise<void> {
  const client = pollService(cluster.lab.observer, { address: webAddress });
  await client.served();
  const watched = { ...cluster, client };
  await killServer(watched);
  await moveService(watched);
  await moveService(watched);
  client.stop();
}

/** Each daemon in turn dies; a client asks all the time. */
async function killDaemons(
  cluster: BenchCluster,
  times: number,
  say: BenchOptions['say'],
): Promise<readonly Figure[]> {
  const { nodes, observer } = cluster.lab;
  const client = patientService(observer, { address: webAddress });
  await sleep(500);
  const mark = client.begin();
  const backMs: number[] = [];
  for (let time = 0; time < times; time++)
    backMs.push(await restartDaemon(nodes[time % nodes.length]!));
  const { answers, lost } = await client.lostSince(mark);
  client.stop();
  const count = `${String(lost.length)} of ${String(answers.length)} requests lost`;
  say(`${String(times)} daemons killed, ${count}`);
  return [
    { ...figure('daemon-kills-lost-requests', 'requests', [lost.length]), runs: times },
    figure('daemon-restart-ms', 'ms', backMs),
  ];
}

/** Percent of one CPU that each daemon itself used; its agents' processes are not counted. */
async function idleCpuPercent(nodes: readonly LabNode[]): Promise<readonly number[]> {
  const before = nodes.map(cpuNs);
  const begin = performance.now();
  await sleep(watchMs);
  const elapsedNs = (performance.now() - begin) * 1e6;
  return nodes.map((node, at) => {
    const share = (cpuNs(node) - (before[at] ?? 0)) / elapsedNs;
    return Math.round(share * 10_000) / 100;
  });
}

/** What all threads of the daemon have run, from /proc/PID/task/TID/schedstat (sched-stats.rst). */
function cpuNs(node: LabNode): number {
  const tasks = `/proc/${String(daemonPid(node))}/task`;
  return readdirSync(tasks)
    .map((task) => Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]))
    .reduce((sum, ns) => sum + ns, 0);
}

function rssMb(node: LabNode): number {
  const text = readFileSync(`/proc/${String(daemonPid(node))}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]) / 1024;
}

function daemonPid(node: LabNode): number {
  const daemon = daemonProcess(node);
  if (daemon === undefined) throw new Error(`no holdfastd runs on ${node.name}`);
  return daemon.pid;
}

/** The whole command, from its start to its end. */
async function timeStatus(node: LabNode): Promise<number> {
  const begin = performance.now();
  await holdfastAsk(node, 'status');
  return performance.now() - begin;
}

if (import.meta.main) await runBench(measure);
