/** Tests of what breaks, and of what an administrator does meanwhile. */
import { identify, isAlive, signal } from '../../lab/host.ts';
import type { HostProcess } from '../../lab/host.ts';
import type { LabNode } from '../../lab/node.ts';
import { daemonProcess } from '../../lab/product.ts';
import { sleep } from '../../lab/run.ts';
import { statusOf } from '../ask.ts';
import { changeOf } from '../configuration.ts';
import {
  all,
  ask,
  configure,
  endServiceManager,
  others,
  patiently,
  right,
  settled,
  start,
  stop,
  whereIs,
} from './bed.ts';
import type { Bed } from './bed.ts';
import { copies, primitiveOf, processCopies, whyNotTrue } from './truth.ts';
import type { Copy } from './truth.ts';

/** A node is shot by order: it is really off, comes back, and takes part. */
export async function stonithd(bed: Bed): Promise<void> {
  const node = await whereIs(bed, 'address');
  const life = node.pid();
  bed.mayBeShot.add(node.name);
  const [asker] = others(bed, node);
  if (asker === undefined) throw new Error('nobody else is there');
  await ask(asker, 'node', 'standby', node.name, '--wait');
  await ask(asker, 'fence', 'test', node.name, '--for-real', '--yes');
  if (node.pid() === life) throw new Error(`${node.name} was fenced and is still what it was`);
  await ask(asker, 'node', 'online', node.name);
  await settled(bed);
}

/** In maintenance what dies stays dead, and all else is left alone; afterwards it is mended. */
export async function maintenanceMode(bed: Bed): Promise<void> {
  const [asker] = bed.nodes;
  if (asker === undefined) throw new Error('a bed without nodes');
  await maintain(bed, asker, true);
  const before = processCopies(bed.nodes);
  kill(bed, await whereIs(bed, 'books'), 'books');
  await sleep(5000);
  const rest = before.filter(({ primitive }) => primitive !== 'books');
  same(rest, 'in maintenance');
  if (processCopies(bed.nodes).length !== rest.length)
    throw new Error('something was started in maintenance');
  await maintain(bed, asker, false);
  await settled(bed);
  same(rest, 'after maintenance');
}

/** Two services die, one under an OCF agent, one under Holdfast's own supervision. */
export async function resourceRecover(bed: Bed): Promise<void> {
  for (const victim of ['books', 'vault', 'server'] as const) {
    const node = await whereIs(bed, victim);
    const rest = processCopies(bed.nodes).filter(({ primitive }) => primitive !== victim);
    const dead = processCopies(bed.nodes).filter(({ primitive }) => primitive === victim);
    kill(bed, node, victim);
    await patiently(bed, `${victim} is dead`, () => !dead.some(lives));
    await settled(bed);
    // `books` follows `vault`, and a group's member is started again with those after it.
    const untouched = victim === 'vault' ? ['books'] : [];
    same(
      rest.filter(({ primitive }) => !untouched.includes(primitive)),
      `after ${victim}`,
    );
  }
}

/** Each part of the product on some node is killed: services go on, or are recovered. */
export async function componentFail(bed: Bed): Promise<void> {
  for (const [component, isVictim] of components) {
    const node = bed.random.pick(bed.nodes);
    const before = processCopies(bed.nodes);
    const victim = node.processes().find(isVictim);
    if (victim === undefined) {
      bed.note(`no ${component} runs on ${node.name}`);
      continue;
    }
    bed.note(`${component} of ${node.name} is killed`);
    if (component === 'corosync') bed.mayBeShot.add(node.name);
    signal(victim.pid, 'SIGKILL');
    await patiently(bed, `${component} is dead`, () => !node.processes().some(isSame(victim)));
    await sleep(1000);
    await bed.stage.ensureCorosync(node);
    await settled(bed);
    if (component === 'holdfastd') same(before, 'while the daemon was away');
  }
}

const components: readonly (readonly [string, (process: HostProcess) => boolean])[] = [
  ['holdfastd', ({ argv }) => argv.some((word) => word.endsWith('/holdfastd.js'))],
  ['holdfast-launch', ({ argv: [program] }) => program?.endsWith('/holdfast-launch') ?? false],
  [
    'holdfast-supervise',
    ({ argv: [program] }) => program?.endsWith('/holdfast-supervise') ?? false,
  ],
  ['corosync', ({ name }) => name === 'corosync'],
];

const isSame = (one: HostProcess) => (other: HostProcess) => one.pid === other.pid;

/**
 * A node that serves is cut off from the rest, and its daemon stands still, so that it gives nothing
 * up by itself; then everybody is alone. Never are there two.
 */
export async function splitBrain(bed: Bed): Promise<void> {
  const { lab, stopped } = bed.stage;
  const lonely = await whereIs(bed, 'vault');
  const daemon = identify(daemonProcess(lonely)?.pid ?? 0);
  if (daemon === undefined) throw new Error(`no daemon runs on ${lonely.name}`);
  stopped.add(daemon);
  signal(daemon.pid, 'SIGSTOP');
  const size = Math.ceil(bed.nodes.length / 2) - 1;
  const small = [lonely, ...others(bed, lonely).slice(0, size - 1)];
  const large = others(bed, ...small);
  for (const node of small) bed.mayBeShot.add(node.name);
  await parted(bed, [small, large], async () => {
    await settled(bed, large);
    if (!lab.power.requests().some(({ node }) => node === lonely.name))
      throw new Error(`${lonely.name} was not fenced`);
  });
  const before = shots(bed);
  await parted(
    bed,
    bed.nodes.map((node) => [node]),
    () => settledWithoutQuorum(bed),
  );
  if (shots(bed) > before) throw new Error('somebody was fenced although nobody had a majority');
}

/** How often the power switch was to switch something. */
const shots = ({ stage }: Bed): number =>
  stage.lab.power.requests().filter(({ action }) => action === 'off' || action === 'reboot').length;

async function parted(
  bed: Bed,
  groups: readonly (readonly LabNode[])[],
  look: () => Promise<void>,
): Promise<void> {
  const told = groups.map((group) => group.map(({ name }) => name).join(' '));
  bed.note(`parted: ${told.join(' | ')}`);
  await bed.stage.lab.part(groups);
  try {
    await look();
  } finally {
    await bed.stage.lab.part([]);
  }
  await settled(bed);
}

/** All are up, and no part has a majority. */
async function settledWithoutQuorum(bed: Bed): Promise<void> {
  await right(bed, async () => {
    const views = await Promise.all(bed.nodes.map(statusOf));
    const acting = bed.nodes.filter((_, at) => views[at]?.quorum.acting ?? false);
    if (acting.length > 0) return `${acting.map(({ name }) => name).join(', ')} acts alone`;
    const left = whyNotTrue(await copies(bed.nodes), false);
    return left.length === 0 ? undefined : left.join('; ');
  });
}

/** In maintenance the whole cluster manager goes and comes back: no service notices. */
export async function reattach(bed: Bed): Promise<void> {
  const [asker] = bed.nodes;
  if (asker === undefined) throw new Error('a bed without nodes');
  await maintain(bed, asker, true);
  const before = processCopies(bed.nodes);
  for (const node of bed.nodes) endServiceManager(node);
  for (const node of bed.nodes) signal(daemonProcess(node)?.pid ?? 0, 'SIGTERM');
  const running = () => bed.nodes.filter((node) => daemonProcess(node) !== undefined);
  await patiently(bed, 'all daemons have ended', () => running().length === 0);
  await all(bed.nodes, (node) => node.stopCorosync());
  same(before, 'without a cluster manager');
  await all(bed.nodes, (node) => start(bed, node));
  await right(bed, () => whyNotMaintained(bed));
  same(before, 'in maintenance');
  await maintain(bed, asker, false);
  await settled(bed);
  same(before, 'after maintenance');
}

/** A change that one node has missed is there when it is back. */
export async function resyncConfiguration(bed: Bed): Promise<void> {
  const node = bed.random.pick(bed.nodes);
  const [asker] = others(bed, node);
  if (asker === undefined) throw new Error('nobody else is there');
  await stop(bed, node);
  const name = `missed-${String(bed.random.below(1_000_000))}`;
  await configure(bed, asker, 2);
  await ask(asker, 'attribute', 'set', name, 'yes');
  await start(bed, node);
  await settled(bed);
  const there = changeOf(await ask(node, 'export'));
  if (there !== 2) throw new Error(`${node.name} has change ${String(there)}, missed was 2`);
  if (!(await ask(node, 'attribute', 'list', '-o', 'json')).includes(`"${name}"`))
    throw new Error(`${node.name} does not have the attribute that it missed`);
  await ask(node, 'attribute', 'remove', name);
  await configure(bed, node, 0);
  await settled(bed);
}

async function maintain(bed: Bed, asker: LabNode, maintenance: boolean): Promise<void> {
  bed.note(maintenance ? 'maintenance begins' : 'maintenance ends');
  await configure(bed, asker, 0, { maintenance });
  if (maintenance) await right(bed, () => whyNotMaintained(bed));
}

async function whyNotMaintained({ nodes }: Bed): Promise<string | undefined> {
  const views = await Promise.all(nodes.map(statusOf));
  const wrong = views.flatMap((seen, at) => {
    const name = nodes[at]?.name ?? '?';
    if (seen === undefined) return [`${name} does not answer`];
    if (!seen.quorum.acting || seen.quorum.members.length < nodes.length)
      return [`${name}: ${seen.quorum.sentence}`];
    if (!seen.settled) return [`${name} is not at rest`];
    const managed = seen.resources.filter((resource) => resource.managed);
    return managed.map(({ id }) => `${name}: ${id} is managed`);
  });
  return wrong.length === 0 ? undefined : wrong.join('; ');
}

function kill(bed: Bed, node: LabNode, primitive: string): void {
  bed.note(`${primitive} on ${node.name} is killed`);
  for (const process of node.processes())
    if (primitiveOf(process) === primitive) signal(process.pid, 'SIGKILL');
}

/** The same processes as before, none restarted or moved. */
function same(before: readonly Copy[], when: string): void {
  const gone = before.filter((copy) => !lives(copy));
  if (gone.length === 0) return;
  const told = gone.map(({ primitive, node }) => `${primitive} on ${node}`).join(', ');
  throw new Error(`${when}: not the same process any more: ${told}`);
}

const lives = ({ process }: Copy): boolean => process !== undefined && isAlive(process);
