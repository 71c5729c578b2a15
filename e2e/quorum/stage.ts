/** A small cluster of real Corosync nodes by the rules of quorum that a test is about. */
import type { StatusView } from '../../src/core/view/types.ts';
import { createLab } from '../lab/lab.ts';
import type { Lab, LabOptions } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import * as product from '../lab/product.ts';
import { place, untilStatus } from '../product/cluster.ts';

export interface Stage {
  readonly lab: Lab;
  readonly nodes: readonly LabNode[];
  /** A node by its number, from 1. */
  readonly node: (number: number) => LabNode;
  /** What the power switch was asked to do, as `ACTION NODE`. */
  readonly shots: () => readonly string[];
  /** Boots what is off, plugs in what is cut off, and waits until all of it is at rest. */
  readonly restore: () => Promise<void>;
  readonly apply: (yaml: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

const jobSeconds = '86397';

/** One service, which must run once: a process that any of the nodes can have. */
export const jobYaml = (more = ''): string => `
version: 1
cluster: quorum
fencing:
  devices:
    power: { agent: fence_lab, action: off, timeout: 5s }
resources:
  job:
    agent: command
    parameters: { command: /bin/sleep ${jobSeconds} }
${more}`;

/** `prepare` runs before Corosync is started. */
export async function createStage(
  options: LabOptions,
  yaml: string,
  prepare: (lab: Lab) => Promise<void> = async () => {},
  daemon: product.DaemonOptions = {},
): Promise<Stage> {
  const lab = await createLab(options);
  const { nodes } = lab;
  const stage: Stage = {
    lab,
    nodes,
    node: (number) => nodes[number - 1]!,
    shots: () =>
      lab.power
        .requests()
        .filter(({ action }) => action === 'off' || action === 'reboot')
        .map(({ action, node }) => `${action} ${node}`),
    async restore() {
      await Promise.all(nodes.map(revive));
      await product.untilSettled(nodes);
    },
    async apply(text) {
      const file = place(lab, 'quorum.yaml', text);
      const on = nodes.find((node) => node.pid() !== undefined)!;
      await product.holdfastAsk(on, 'apply', '--yes', '-f', file);
      await product.untilSettled(nodes);
    },
    close: () => lab.close(),
  };
  try {
    await prepare(lab);
    await lab.startCorosync();
    await Promise.all(nodes.map((node) => product.startDaemon(node, daemon)));
    await product.untilSettled(nodes);
    await stage.apply(yaml);
    return stage;
  } catch (error) {
    await lab.close();
    throw error;
  }
}

async function revive(node: LabNode): Promise<void> {
  await node.heal();
  if (node.pid() !== undefined) return;
  await boot(node);
}

/** Powers on, and starts what a machine starts by itself. */
export async function boot(node: LabNode): Promise<void> {
  await node.boot();
  await node.startCorosync();
  await product.startDaemon(node);
}

/** The job's processes on this node; none where it is off. */
export const jobs = (node: LabNode): readonly number[] =>
  node.processes().flatMap(({ pid, argv }) => (argv.at(-1) === jobSeconds ? [pid] : []));

/** Looks at all nodes until it is stopped; answers the largest number of nodes with a job at once. */
export function watchJobs(nodes: readonly LabNode[]): () => number {
  let most = 0;
  const look = (): void => {
    most = Math.max(most, nodes.filter((node) => jobs(node).length > 0).length);
  };
  const timer = setInterval(look, 10);
  return () => {
    clearInterval(timer);
    look();
    return most;
  };
}

export const untilVotes = (
  node: LabNode,
  what: string,
  wanted: (votes: NonNullable<StatusView['quorum']['votes']>) => boolean,
): Promise<StatusView> =>
  untilStatus(node, what, ({ quorum }) => quorum.votes !== undefined && wanted(quorum.votes));

export const alarmsOf = (status: StatusView): string =>
  status.alarms.map(({ text, advice }) => `${text} ${advice ?? ''}`).join('\n');
