/** A minority that stays away for good, while nothing else goes wrong any more: the rest must do. */
import { watchdogOf } from '../core/cluster/watchdog.ts';
import type { Away, Machine } from './machine.ts';
import { mixed } from './random.ts';
import type { World } from './world.ts';

export interface Absence {
  readonly nodes: readonly number[];
  readonly how: Exclude<Away, 'new'>;
  /** After the last fault: the others may have become well together with it, or not yet. */
  readonly leavesAfterMs: number;
  /** From then on; nobody can be fenced before. */
  readonly fencedAfterMs: number;
}

/** By a chance of its own, so that each seed's faults are what they were. */
export function drawAbsence(seed: number, nodes: number): Absence | undefined {
  const random = mixed(seed + 0x0ab5_e47e);
  if (nodes < 3 || !random.percent(30)) return undefined;
  const first = random.below(nodes);
  const second = (first + random.between(1, nodes - 1)) % nodes;
  return {
    nodes: nodes > 4 && random.percent(60) ? [first, second] : [first],
    how: random.pick(['off', 'cut-off']),
    fencedAfterMs: random.pick([0, 0, 10_000, 40_000]),
    leavesAfterMs: random.pick([0, 0, 25_000]),
  };
}

/** Whoever is cut off with others reaches them: a minority that knows that it is one. */
export function leaveAway(world: World, absence: Absence): void {
  const { nodes, how, fencedAfterMs, leavesAfterMs } = absence;
  world.timers.runUntil(world.timers.nowMs + leavesAfterMs);
  for (const machine of world.machines.filter((_, at) => nodes.includes(at))) {
    world.tell(`** ${machine.name} stays away: ${how}`);
    machine.absence = how;
    if (how === 'off') world.powerOff(machine);
    else world.engine.exile(machine.name);
  }
  if (fencedAfterMs === 0) return;
  world.fencing = 'failing';
  world.timers.after(fencedAfterMs, () => (world.fencing = undefined));
}

export const isPresent = ({ absence }: Machine): boolean => absence === undefined;

/**
 * What nothing in the cluster can fence, as its watchdog is not known to be armed or proves nothing:
 * a person sees to it that it is off, and says so.
 */
export function confirmAway(world: World, asked: Machine): void {
  const { means } = world.setting;
  if (asked.node === undefined || (means !== 'watchdog' && means !== 'pill')) return;
  const { cluster } = asked.node;
  for (const machine of world.machines) {
    const condition = cluster.nodes[machine.name]?.condition ?? 'down';
    if (isPresent(machine) || condition === 'down') continue;
    const watchdog = watchdogOf(cluster, machine.name);
    if (watchdog !== undefined && watchdog.refusal === undefined) continue;
    machine.absence = 'off';
    world.powerOff(machine);
    world.request(asked, { kind: 'fence-confirm', node: machine.name, by: 'anna' });
    world.tally.count('nodes of which only a person could say that they are off');
  }
}

/** Who is away must count as down, and have nothing left that the others started again. */
export function whatIsWrongAway({ machines }: World): string | undefined {
  const [witness] = machines.filter(isPresent);
  for (const machine of machines) {
    const { name, active, absence } = machine;
    if (absence === undefined) continue;
    const condition = witness?.node?.cluster.nodes[name]?.condition ?? 'down';
    if (condition !== 'down') return `${name} is away and ${condition}`;
    const left = [...active].find((each) => machine.isLive(each));
    if (left !== undefined) return `${name} is away, and ${left} runs there`;
  }
  return undefined;
}
