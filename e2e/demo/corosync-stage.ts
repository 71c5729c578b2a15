import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { patientService, pollService } from '../lab/client.ts';
import { createLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import {
  measureNodeLoss,
  measurePlanned,
  measureProcessDeath,
  plannedParts,
} from '../lab/measure.ts';
import { forgetStamps } from '../lab/stamps.ts';
import {
  apply,
  clearMove,
  history,
  holdfastAsk,
  move,
  restartDaemon,
  runsOn,
  startDaemon,
  status,
  untilSettled,
} from '../lab/product.ts';
import { until } from '../lab/run.ts';
import { repository } from '../lab/toolchain.ts';
import { installWebServer, webAddress } from '../lab/web.ts';
import type { Stage } from './stage.ts';

/**
 * Whole machines with a real Corosync, a power switch and a virtual address. Needs root. An abort
 * ends what there is already; then this rejects.
 */
export async function createCorosyncStage(abort: AbortSignal): Promise<Stage> {
  const lab = await createLab({ timedAgents: ['IPaddr2', 'nginx'] });
  abort.addEventListener('abort', () => void lab.close());
  try {
    abort.throwIfAborted();
    installWebServer(lab);
    await lab.startCorosync();
    await Promise.all(lab.nodes.map((node) => startDaemon(node)));
    await untilSettled(lab.nodes);
    return stageOn(lab);
  } catch (error) {
    await lab.close();
    throw error;
  }
}

function stageOn(lab: Lab): Stage {
  const client = pollService(lab.observer, { address: webAddress });
  const service = { lab, client };
  const running = () => lab.nodes.filter((node) => node.pid() !== undefined);
  const anyNode = () => {
    const [first] = running();
    if (first === undefined) throw new Error('every node is off');
    return first;
  };
  const rest = async () => {
    const seen = await untilSettled(running());
    await client.served();
    return seen;
  };
  const configuration = 'examples/web.yaml';
  return {
    built:
      'Three machines (n1, n2, n3) on a switch, each with processes, network, /run and cgroups of ' +
      'its own, and on each a real Corosync and holdfastd. A power switch that fence agents talk ' +
      'to. Outside the cluster a client.',
    nodes: lab.nodes.map(({ name }) => name),
    configuration: {
      name: configuration,
      text: readFileSync(join(repository, configuration), 'utf8'),
    },
    service: 'web',
    serverProcess: 'nginx',
    nodeLoss: 'is switched off: every process is gone, its link is down',
    clientSays: `http://${webAddress}/ every 10 ms, each time over a new connection`,
    lookInside: [
      './dev lab exec n1 holdfast status',
      './dev lab exec n1 corosync-quorumtool -s',
      `./dev lab exec observer curl -s http://${webAddress}/`,
      './dev lab exec n2 ps ax',
    ],
    apply: () => apply(lab, anyNode(), join(repository, configuration)),
    rehearse: () => holdfastAsk(anyNode(), 'fence', 'test', ...lab.nodes.map(({ name }) => name)),
    status: () => status(anyNode()),
    screen: () => holdfastAsk(anyNode(), 'status'),
    events: async (after) => (await history(anyNode())).filter(({ number }) => number > after),
    answers: client.answers,
    patient: patientService(lab.observer, { address: webAddress }),
    rest,
    killServer: (node) => measureProcessDeath(service, lab.node(node), 'nginx'),
    killDaemon: (node) => restartDaemon(lab.node(node)),
    killNode: (node) => measureNodeLoss(service, lab.node(node)),
    async bootNode(name) {
      const node = lab.node(name);
      await node.boot();
      await node.startCorosync();
      await startDaemon(node);
    },
    async move(to) {
      forgetStamps(lab);
      const absence = await measurePlanned(service, async () => {
        await move(anyNode(), 'web', to);
        const arrived = async () => runsOn(await status(anyNode()), 'web') === to;
        await until(`web on ${to}`, arrived, 30_000, 100);
      });
      await clearMove(anyNode(), 'web');
      return plannedParts(lab, absence);
    },
    keepLogs: (directory) => keepLogs(lab, directory),
    close: () => lab.close(),
  };
}

function keepLogs(lab: Lab, directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  for (const { name, directory: from } of lab.nodes)
    cpSync(join(from, 'log'), join(directory, name), { recursive: true });
}
