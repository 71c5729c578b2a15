/**
 * When all is well again, one node is lost, or its daemon alone: what has nothing to do with it stays
 * where it is. (An old story of a move, of a failure or of a view must not end what runs elsewhere.)
 */
import { move } from './provoked.ts';
import { mixed } from './random.ts';
import type { World } from './world.ts';

export interface CalmLoss {
  /** Machines that move live before, there and back, leave traces of where they were. */
  readonly moves: readonly string[];
  readonly node: number;
  readonly what: 'power' | 'daemon';
}

/** By a chance of its own. Where two are, the other one may have to give up what it runs. */
export function drawCalmLoss(seed: number, nodes: number): CalmLoss | undefined {
  const random = mixed(seed + 0x0ca1_3105);
  if (!random.percent(35)) return undefined;
  const what = random.pick(['power', 'daemon'] as const);
  const [first, second] = [random.pick(movable), random.pick(movable)];
  const moves = random.percent(50) ? [] : [first, first, second];
  return { moves, node: random.below(nodes), what: nodes < 3 ? 'daemon' : what };
}

const movable = ['vm', 'guest'] as const;

/** Each is there before the next begins. */
export function moveInCalm(world: World, { moves }: CalmLoss, settle: () => void): void {
  for (const resource of moves) {
    const elsewhere = world.machines.filter((each) => !each.active.has(resource));
    move(world, world.dice.pick(elsewhere), resource);
    settle();
  }
}

/** As the service manager starts it again. */
const restartMs = 1000;

export function loseInCalm(world: World, { node, what }: CalmLoss): void {
  const machine = world.machines[node];
  if (machine === undefined) return;
  const stays = world.machines.filter((each) => each !== machine || what === 'daemon');
  const lost = what === 'power' ? new Set(machine.active) : new Set<string>();
  world.undisturbed.keep(stays, lost);
  world.tell(`** all is well, and ${machine.name} loses its ${what}`);
  world.tally.count(`nodes that lost their ${what} when all was well`);
  if (what === 'daemon') {
    world.endDaemon(machine, 'process-down');
    world.startDaemonAfter(machine, restartMs);
    return;
  }
  machine.absence = 'off';
  world.powerOff(machine);
  world.undisturbed.keep(stays, lost);
}
