/** Tests of nodes that come and go in good order. */
import { daemonProcess } from '../../lab/product.ts';
import type { LabNode } from '../../lab/node.ts';
import { sleep } from '../../lab/run.ts';
import { statusOf } from '../ask.ts';
import { all, ask, others, patiently, right, settled, start, stop, whereIs } from './bed.ts';
import type { Bed } from './bed.ts';
import { copies } from './truth.ts';

/** A node that runs is stopped, one that is stopped is started. */
export async function flip(bed: Bed): Promise<void> {
  const node = bed.random.pick(bed.nodes);
  for (let time = 0; time < 2; time += 1) {
    const isUp = daemonProcess(node) !== undefined;
    await (isUp ? stop(bed, node) : start(bed, node));
    await settled(bed, isUp ? others(bed, node) : bed.nodes);
  }
}

/** A node is stopped and started again. */
export async function restart(bed: Bed): Promise<void> {
  await restartNode(bed, bed.random.pick(bed.nodes));
}

async function restartNode(bed: Bed, node: LabNode): Promise<void> {
  await stop(bed, node);
  await start(bed, node);
  await settled(bed);
}

/** All are down; one after the other is started, and takes part before the next one is. */
export async function startOneByOne(bed: Bed): Promise<void> {
  await all(bed.nodes, (node) => stop(bed, node));
  const order = shuffled(bed);
  // The last ones left when there was no quorum to hear it: at the start they may count as lost.
  for (const { name } of order) bed.mayBeShot.add(name);
  for (const [at, node] of order.entries()) {
    await start(bed, node);
    await right(bed, () => whyNotTogether(order.slice(0, at + 1)));
  }
  await settled(bed);
}

async function whyNotTogether(up: readonly LabNode[]): Promise<string | undefined> {
  const views = await Promise.all(up.map(statusOf));
  const apart = up.filter((_, at) =>
    up.some(({ name }) => views[at]?.quorum.members.includes(name) !== true),
  );
  if (apart.length === 0) return undefined;
  return `${apart.map(({ name }) => name).join(', ')} does not see all that were started`;
}

/** All are down, and all are started at once. */
export async function simulStart(bed: Bed): Promise<void> {
  await all(bed.nodes, (node) => stop(bed, node));
  await settled(bed, []);
  await all(bed.nodes, (node) => start(bed, node));
  await settled(bed);
}

/** All are stopped at once: nothing is left. */
export async function simulStop(bed: Bed): Promise<void> {
  await all(bed.nodes, (node) => stop(bed, node));
  await settled(bed, []);
  for (const node of bed.nodes) await start(bed, node);
  await settled(bed);
}

/** One after the other is stopped; what is left of the cluster runs everything while it may. */
export async function stopOneByOne(bed: Bed): Promise<void> {
  const order = shuffled(bed);
  for (const [at, node] of order.entries()) {
    await stop(bed, node);
    await settled(bed, order.slice(at + 1));
  }
  await all(bed.nodes, (node) => start(bed, node));
  await settled(bed);
}

/** Each node once, while the others go on: an upgrade. */
export async function restartOneByOne(bed: Bed): Promise<void> {
  for (const node of bed.nodes) await restartNode(bed, node);
}

/** A node is stopped before it has come up. */
export async function partialStart(bed: Bed): Promise<void> {
  const node = bed.random.pick(bed.nodes);
  await stop(bed, node);
  await settled(bed, others(bed, node));
  await start(bed, node);
  await patiently(bed, 'its daemon has begun', () => daemonProcess(node) !== undefined);
  await sleep(bed.random.below(300));
  await stop(bed, node);
  await settled(bed, others(bed, node));
  await start(bed, node);
  await settled(bed);
}

/** Nothing runs on a node in standby, and it is online all the time. */
export async function standby(bed: Bed): Promise<void> {
  const node = await whereIs(bed, 'address');
  await ask(node, 'node', 'standby', node.name, '--wait');
  const left = (await copies([node])).map(({ primitive }) => primitive);
  if (left.length > 0) throw new Error(`${node.name} is in standby and runs ${left.join(', ')}`);
  for (const primitive of ['address', 'vault', 'stack-vault']) await whereIs(bed, primitive);
  await ask(node, 'node', 'online', node.name, '--wait');
  await settled(bed);
}

/** As many nodes as just make quorum, then one less: all runs, nothing runs. */
export async function nearQuorumPoint(bed: Bed): Promise<void> {
  const order = shuffled(bed);
  const majority = Math.floor(order.length / 2) + 1;
  const [stay, go] = [order.slice(0, majority), order.slice(majority)];
  await all(go, (node) => stop(bed, node));
  await settled(bed, stay);
  const [last, ...rest] = stay;
  if (last === undefined) throw new Error('a bed without nodes');
  await all(rest.slice(0, 1), (node) => stop(bed, node));
  await settled(bed, [last, ...rest.slice(1)]);
  await all(rest.slice(0, 1), (node) => start(bed, node));
  await settled(bed, stay);
  await all(go, (node) => start(bed, node));
  await settled(bed);
}

function shuffled(bed: Bed): readonly LabNode[] {
  const keyed = bed.nodes.map((node) => ({ node, key: bed.random.below(1_000_000) }));
  return keyed.sort((a, b) => a.key - b.key).map(({ node }) => node);
}
