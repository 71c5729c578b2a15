/** Three machines with Corosync, Holdfast and a web service, for tests of the whole product. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventView, StatusView } from '../../src/core/view/types.ts';
import { patientService, pollService } from '../lab/client.ts';
import type { PatientClient, ServiceClient } from '../lab/client.ts';
import { isServer } from '../lab/host.ts';
import { createLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import * as product from '../lab/product.ts';
import { until } from '../lab/run.ts';
import type { RunResult } from '../lab/run.ts';
import { forgetStamps, readStamps } from '../lab/stamps.ts';
import type { Stamp } from '../lab/stamps.ts';
import { repository } from '../lab/toolchain.ts';
import { installWebServer, webAddress } from '../lab/web.ts';

/** The configuration that all of these tests run. */
export const webYaml = join(import.meta.dirname, 'web.yaml');

export interface WebCluster {
  readonly lab: Lab;
  readonly nodes: readonly LabNode[];
  /** Asks the web service every 10 ms from outside the cluster. */
  readonly client: ServiceClient;
  /** Tells whether one of its requests was lost. */
  readonly patient: PatientClient;
  /** The node where the web service runs. */
  readonly server: () => Promise<LabNode>;
  /** The nodes that are on, but this one. */
  readonly others: (than: LabNode) => readonly LabNode[];
  /**
   * Everything is whole again: cables, machines, Corosync, daemons; failures are forgotten, nothing
   * is under way, the service answers. Then what was stamped so far is forgotten.
   */
  readonly restore: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function createWebCluster(
  prepare: (lab: Lab) => Promise<void> = async () => {},
): Promise<WebCluster> {
  const lab = await createLab({ timedAgents: ['IPaddr2', 'nginx'] });
  try {
    installWebServer(lab);
    await prepare(lab);
    await lab.startCorosync();
    await Promise.all(lab.nodes.map((node) => product.startDaemon(node)));
    await product.untilSettled(lab.nodes);
    await product.apply(lab, anyOf(lab.nodes), webYaml);
    await rehearseFencing(lab);
    const client = pollService(lab.observer, { address: webAddress });
    const cluster = clusterOn(lab, client);
    await cluster.restore();
    return cluster;
  } catch (error) {
    await lab.close();
    throw error;
  }
}

/** Every node asks the switch for every other one; until then the status warns. */
async function rehearseFencing(lab: Lab): Promise<void> {
  const names = lab.nodes.map(({ name }) => name);
  const { code, stdout } = await holdfast(anyOf(lab.nodes), 'fence', 'test', ...names);
  if (code !== 0) throw new Error(`fencing does not answer: ${stdout}`);
}

function clusterOn(lab: Lab, client: ServiceClient): WebCluster {
  const { nodes } = lab;
  return {
    lab,
    nodes,
    client,
    patient: patientService(lab.observer, { address: webAddress }),
    async server() {
      const name = product.runsOn(await product.status(anyOf(nodes)), 'web');
      if (name === undefined) throw new Error('web does not run on one node');
      return lab.node(name);
    },
    others: (than) => nodes.filter((node) => node !== than && node.pid() !== undefined),
    async restore() {
      await Promise.all(nodes.map(repair));
      await product.untilSettled(nodes);
      await holdfast(anyOf(nodes), 'resource', 'clear', 'web');
      await holdfast(anyOf(nodes), 'resource', 'cleanup', 'web');
      await product.untilSettled(nodes);
      await client.served();
      forgetStamps(lab);
    },
    close: () => lab.close(),
  };
}

async function repair(node: LabNode): Promise<void> {
  await node.heal();
  const wasOff = node.pid() === undefined;
  await node.boot();
  if (!node.processes().some(({ name }) => name === 'corosync')) await node.startCorosync();
  if (wasOff) await product.startDaemon(node);
}

/** One that is on. */
export function anyOf(nodes: readonly LabNode[]): LabNode {
  const found = nodes.find((node) => node.pid() !== undefined);
  if (found === undefined) throw new Error('every node is off');
  return found;
}

/** Runs the command on the node, whatever comes of it. */
export function holdfast(node: LabNode, ...words: readonly string[]): Promise<RunResult> {
  return node.exec([join(repository, 'bin', 'holdfast'), ...words]);
}

/** Puts a configuration where `holdfast apply -f` on any node finds it; answers the path. */
export function place(lab: Lab, name: string, text: string): string {
  writeFileSync(join(lab.sharedDirectory, name), text);
  return `/run/lab/${name}`;
}

/** Waits until the status, as this node tells it, is as wanted; answers it. */
export async function untilStatus(
  node: LabNode,
  what: string,
  wanted: (status: StatusView) => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<StatusView> {
  let seen: StatusView | undefined;
  const isWanted = async () => {
    seen = await product.status(node).catch(() => undefined);
    return seen !== undefined && (await wanted(seen));
  };
  await until(what, isWanted, timeoutMs, 50).catch((error: unknown) => {
    throw new Error(`${String(error)}; last seen: ${JSON.stringify(seen)}`, { cause: error });
  });
  return seen!;
}

/** Events of the history since the mark, as this node tells them. */
export async function eventsSince(node: LabNode, mark: number): Promise<readonly EventView[]> {
  return (await product.history(node)).filter(({ number }) => number > mark);
}

/** The number of the last event. */
export async function lastEvent(node: LabNode): Promise<number> {
  return (await product.history(node)).at(-1)?.number ?? -1;
}

/** CLOCK_MONOTONIC now. */
export const now = (): bigint => process.hrtime.bigint();

/** Whether the device answers, and whom it reaches, is asked now and then. */
const QUESTIONS: ReadonlySet<string> = new Set(['monitor', 'list']);

/** What was done to nodes, and asked of them. */
export const fencings = (lab: Lab): readonly Stamp[] =>
  readStamps(lab).filter(({ kind, action }) => kind === 'fence' && !QUESTIONS.has(action));

/** Runs of an agent on nodes other than `than`. */
export function runsElsewhere(lab: Lab, action: string, than: LabNode): readonly Stamp[] {
  return readStamps(lab).filter(
    (stamp) => stamp.kind === 'agent' && stamp.action === action && stamp.node !== than.name,
  );
}

/** Processes of the server inside a node; none where it is off. */
export const servers = (node: LabNode): readonly number[] =>
  node.processes().flatMap((process) => (isServer(process, 'nginx') ? [process.pid] : []));
