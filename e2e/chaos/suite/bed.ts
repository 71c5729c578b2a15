/** On what the tests of the cluster are carried out: how nodes are stopped, started, looked at. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../../src/sim/random.ts';
import { signal } from '../../lab/host.ts';
import type { LabNode } from '../../lab/node.ts';
import { daemonProcess } from '../../lab/product.ts';
import { sleep, until } from '../../lab/run.ts';
import { statusOf, whyNotWhole } from '../ask.ts';
import { configuration, resources } from '../configuration.ts';
import { startDaemonOn } from '../stage.ts';
import type { Stage } from '../stage.ts';
import { holdfast } from '../strike.ts';
import { copies, processCopies, whyNotTrue } from './truth.ts';

export interface Bed {
  readonly stage: Stage;
  readonly nodes: readonly LabNode[];
  readonly random: Random;
  readonly note: (text: string) => void;
  /** Names of nodes that may be shot in this test; nobody else may. */
  readonly mayBeShot: Set<string>;
  /** In which life, by the pid of process 1, a node was stopped. */
  readonly stoppedIn: Map<string, number>;
  readonly signal: AbortSignal;
}

const timeoutMs = 60_000;
const patienceMs = 60_000;

export const others = ({ nodes }: Bed, ...but: readonly LabNode[]): readonly LabNode[] =>
  nodes.filter((node) => !but.includes(node));

/** Runs the command there; throws with what it said when it fails. */
export async function ask(node: LabNode, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await node.exec(['holdfast', ...words], { timeoutMs });
  if (code === 0) return stdout;
  throw new Error(
    `holdfast ${words.join(' ')} on ${node.name}: exit code ${String(code)}: ${stderr}`,
  );
}

/** Makes this change of the configuration the one in force. */
export async function configure(
  { stage, nodes }: Bed,
  asker: LabNode,
  change: number,
  options: { readonly maintenance?: boolean } = {},
): Promise<void> {
  const names = nodes.map(({ name }) => name);
  const text = configuration(names, change, options);
  writeFileSync(join(stage.lab.sharedDirectory, 'suite.yaml'), text);
  await ask(asker, 'apply', '--yes', '-f', '/run/lab/suite.yaml');
}

/**
 * As `holdfast node stop` and then `systemctl stop corosync`: it leaves, and stays away. The last
 * ones are refused it for want of quorum; there nothing runs, and stopping the daemon is enough.
 */
export async function stop(bed: Bed, node: LabNode): Promise<void> {
  bed.note(`${node.name} is stopped`);
  bed.stoppedIn.set(node.name, node.pid() ?? 0);
  endServiceManager(node);
  await patiently(bed, `${node.name} takes the order to leave`, async () => {
    const daemon = daemonProcess(node);
    if (daemon === undefined) return true;
    const { code, stderr } = await holdfast(node, 'node', 'stop', node.name);
    const isLeft = /quorum/.test(stderr) && processCopies([node]).length === 0;
    if (isLeft) signal(daemon.pid, 'SIGTERM');
    return code === 0 || isLeft;
  });
  const isGone = () => daemonProcess(node) === undefined;
  await patiently(bed, `the daemon of ${node.name} has left`, isGone);
  await node.stopCorosync();
}

/** Its children go on: the daemon is not started again when it ends. */
export function endServiceManager(node: LabNode): void {
  for (const { pid, argv } of node.processes())
    if (argv.includes('--restart') && argv.some((word) => word.endsWith('/holdfastd')))
      signal(pid, 'SIGKILL');
}

/** As `systemctl start holdfastd`, which brings Corosync up, too. */
export async function start(bed: Bed, node: LabNode): Promise<void> {
  bed.note(`${node.name} is started`);
  const life = bed.stoppedIn.get(node.name);
  const isAnotherLife = life !== undefined && life !== node.pid();
  // One that was shot and switched on again starts all by itself.
  await (isAnotherLife ? bed.stage.powerOn(node) : startNode(bed.stage, node));
}

export async function startNode(stage: Stage, node: LabNode): Promise<void> {
  if (node.pid() === undefined) return stage.powerOn(node);
  await stage.ensureCorosync(node);
  if (daemonProcess(node) === undefined) await startDaemonOn(node);
}

/** Nothing is left of what commands and configurations have set. */
export async function putRight({ lab, nodes }: Stage): Promise<void> {
  const [asker] = nodes;
  if (asker === undefined) return;
  const names = nodes.map(({ name }) => name);
  writeFileSync(join(lab.sharedDirectory, 'suite.yaml'), configuration(names, 0));
  await holdfast(asker, 'apply', '--yes', '-f', '/run/lab/suite.yaml');
  for (const name of names) await holdfast(asker, 'node', 'online', name);
  for (const id of resources) await holdfast(asker, 'resource', 'clear', id);
  for (const id of resources) await holdfast(asker, 'resource', 'cleanup', id);
}

export const all = (
  nodes: readonly LabNode[],
  act: (node: LabNode) => Promise<unknown>,
): Promise<unknown> => Promise.all(nodes.map(act));

/**
 * Waits until these nodes are online, all others down, and everything is where it must be, by the
 * daemons' word and in truth; without a majority: until nobody acts, and nothing is left anywhere.
 */
export async function settled(bed: Bed, up: readonly LabNode[] = bed.nodes): Promise<void> {
  const away = others(bed, ...up).map(({ name }) => name);
  const hasQuorum = up.length * 2 > bed.nodes.length;
  bed.note(`waiting for ${up.map(({ name }) => name).join(', ') || 'nobody'}`);
  await right(bed, async () => {
    const why = hasQuorum ? await whyNotWhole(up, away) : await whyActing(up);
    if (why !== undefined) return why;
    const wrong = whyNotTrue(await copies(bed.nodes), hasQuorum);
    return wrong.length === 0 ? undefined : wrong.join('; ');
  });
}

async function whyActing(nodes: readonly LabNode[]): Promise<string | undefined> {
  const views = await Promise.all(nodes.map(statusOf));
  const wrong = views.flatMap((seen, at) => {
    const name = nodes[at]?.name ?? '?';
    if (seen === undefined) return [`${name} does not answer`];
    return seen.quorum.acting ? [`${name} acts without a majority`] : [];
  });
  return wrong.length === 0 ? undefined : wrong.join('; ');
}

/** Waits until there is nothing to say against it, twice in a row. Throws the last objection. */
export async function right(bed: Bed, look: () => Promise<string | undefined>): Promise<void> {
  const begin = performance.now();
  for (let good = 0; good < 2; await sleep(150)) {
    bed.signal.throwIfAborted();
    const why = await look();
    good = why === undefined ? good + 1 : 0;
    if (why !== undefined && performance.now() > begin + patienceMs)
      throw new Error(`not so within ${String(patienceMs / 1000)} s: ${why}`);
  }
}

export function patiently(
  bed: Bed,
  what: string,
  probe: () => boolean | Promise<boolean>,
): Promise<void> {
  const look = () => {
    bed.signal.throwIfAborted();
    return probe();
  };
  return until(what, look, patienceMs, 100);
}

/** Where a primitive is, in truth. Throws where it is not on exactly one node. */
export async function whereIs({ nodes }: Bed, primitive: string): Promise<LabNode> {
  const found = (await copies(nodes)).filter((copy) => copy.primitive === primitive);
  const node = nodes.find(({ name }) => name === found[0]?.node);
  if (found.length === 1 && node !== undefined) return node;
  throw new Error(`${primitive} is there ${String(found.length)} times`);
}
