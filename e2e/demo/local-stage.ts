import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventView } from '../../src/core/view/types.ts';
import { patientService, pollService } from '../lab/client.ts';
import type { ServiceClient } from '../lab/client.ts';
import { signal } from '../lab/host.ts';
import { measurePlanned, servedAgain } from '../lab/measure.ts';
import type { Measured } from '../lab/measure.ts';
import { milliseconds } from '../lab/outages.ts';
import {
  clearMove,
  history,
  holdfastAsk,
  move,
  restartDaemon,
  runsOn,
  status,
  untilSettled,
} from '../lab/product.ts';
import { start, until } from '../lab/run.ts';
import { repository } from '../lab/toolchain.ts';
import { createLocalCluster } from './local-cluster.ts';
import type { LocalCluster, LocalNode } from './local-cluster.ts';
import { partsFromHistory } from './local-parts.ts';
import type { Stage } from './stage.ts';

/**
 * Daemons of one user on this machine, on the local engine, and a program of one's own as the
 * service. Needs no root. An abort ends what there is already; then this rejects.
 */
export async function createLocalStage(abort: AbortSignal): Promise<Stage> {
  const cluster = await createLocalCluster();
  abort.addEventListener('abort', () => void cluster.close());
  try {
    abort.throwIfAborted();
    await Promise.all(cluster.nodes.map((node) => node.boot()));
    await untilSettled(cluster.nodes);
    return stageOn(cluster);
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

function stageOn(cluster: LocalCluster): Stage {
  const { directory, nodes, port } = cluster;
  const outside = { spawn: (argv: readonly string[]) => start(argv) };
  const client = pollService(outside, { address: '127.0.0.1', port });
  const patient = patientService(outside, { address: '127.0.0.1', port });
  const running = () => nodes.filter((node) => node.pid() !== undefined);
  const anyNode = () => {
    const [first] = running();
    if (first === undefined) throw new Error('every node is off');
    return first;
  };
  const named = (name: string) => {
    const found = nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`there is no node ${name}`);
    return found;
  };
  const events = async (after: number) =>
    (await history(anyNode())).filter(({ number }) => number > after);
  const strike = (act: () => void | Promise<void>) => measureFault(client, events, act);
  const command = join(repository, 'bin', 'holdfast');
  const configuration = writeConfiguration(cluster);
  return {
    built:
      'Three daemons (n1, n2, n3) of one user on this machine, joined by the local engine, which ' +
      'is for trying and developing. A node is everything that its daemon started; a power ' +
      'switch ends all of it. Beside them a client.',
    nodes: nodes.map(({ name }) => name),
    configuration,
    service: 'hello',
    serverProcess: 'hello.ts',
    nodeLoss: 'dies: every process that was started on it is gone',
    clientSays: `http://127.0.0.1:${String(port)}/ every 10 ms, each time over a new connection`,
    lookInside: [
      `export HOLDFAST_RUN=${directory}/n1/run`,
      `${command} status`,
      `${command} history`,
      `curl http://127.0.0.1:${String(port)}/`,
    ],
    rehearse: undefined,
    apply: async () => {
      await holdfastAsk(anyNode(), 'apply', '--yes', '-f', configuration.name);
    },
    status: () => status(anyNode()),
    screen: () => holdfastAsk(anyNode(), 'status'),
    events,
    answers: client.answers,
    patient,
    async rest() {
      const seen = await untilSettled(running());
      await client.served();
      return seen;
    },
    killServer: (name) => strike(() => killServer(named(name))),
    killDaemon: (name) => restartDaemon(named(name)),
    killNode: (name) => strike(() => named(name).lose()),
    bootNode: (name) => named(name).boot(),
    async move(to) {
      const beganMs = Date.now();
      const { awayMs } = await measurePlanned({ client }, async () => {
        await move(anyNode(), 'hello', to);
        const arrived = async () => runsOn(await status(anyNode()), 'hello') === to;
        await until(`hello on ${to}`, arrived, 30_000, 100);
      });
      await clearMove(anyNode(), 'hello');
      const since = (await events(-1)).filter(({ time }) => time >= beganMs);
      return { ...partsFromHistory(since, beganMs, awayMs), detectionMs: 0 };
    },
    keepLogs: (place) => keepLogs(cluster, place),
    async close() {
      client.stop();
      patient.stop();
      await cluster.close();
    },
  };
}

function writeConfiguration({ directory, port }: LocalCluster): Stage['configuration'] {
  const values: Readonly<Record<string, string>> = {
    DIRECTORY: directory,
    CHECKOUT: repository,
    NODE: process.execPath,
    PORT: String(port),
  };
  const template = readFileSync(join(import.meta.dirname, 'local.yaml'), 'utf8');
  const text = template.replaceAll(/\$\{(\w+)\}/g, (_all, name: string) => values[name] ?? '');
  const file = join(directory, 'cluster.yaml');
  writeFileSync(file, text);
  return { name: file, text };
}

function killServer(node: LocalNode): void {
  const server = node.processes().find(({ argv }) => argv[1]?.endsWith('/hello.ts'));
  if (server === undefined) throw new Error(`no hello.ts runs on ${node.name}`);
  signal(server.pid, 'SIGKILL');
}

/** Nothing is stamped here: the parts are those that the cluster's own history tells. */
async function measureFault(
  client: ServiceClient,
  events: (after: number) => Promise<readonly EventView[]>,
  strike: () => void | Promise<void>,
): Promise<Measured> {
  const struckAtMs = Date.now();
  const faultNs = process.hrtime.bigint();
  await strike();
  const servedNs = await servedAgain(client.answers, faultNs);
  const since = (await events(-1)).filter(({ time }) => time >= struckAtMs);
  return { ...partsFromHistory(since, struckAtMs, milliseconds(faultNs, servedNs)), struckAtMs };
}

function keepLogs({ nodes, directory }: LocalCluster, place: string): void {
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  for (const { name } of nodes) cpSync(join(directory, name, 'log'), join(place, `${name}.log`));
}
