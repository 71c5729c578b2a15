/** What must run with another resource cannot start while that one's start is blocked. */
import { INFINITY_SCORE } from '../../model/score.ts';
import { primitivesOf, ROLE } from '../world.ts';
import type { ColocationLink, Unit, World } from '../world.ts';
import { KIND } from './table.ts';
import type { Action } from './table.ts';

export function blockColocated(world: World): void {
  for (const link of world.colocations) {
    const { score, primary, dependent } = link;
    if (score < INFINITY_SCORE || primary.kind === 'bundle') continue;
    // Of a clone with several instances on a node any of them will do.
    if ((primary.clone?.perNodeMax ?? 1) > 1) continue;
    // A replica's address comes before its container, which it is there for.
    if (primary.parent?.kind === 'bundle' && primary.parent === dependent.parent) continue;
    blockDependent(world, link);
  }
}

function blockDependent(world: World, link: ColocationLink): void {
  for (const primary of lastParts(link.primary)) blockBeside(world, link, primary);
}

function blockBeside(world: World, link: ColocationLink, primary: Unit): void {
  const firstTask = link.primaryRole === ROLE.promoted ? 'promote' : 'start';
  const thenTask = link.dependentRole === ROLE.promoted ? 'promote' : 'start';
  for (const first of world.actions.ofTask(primary, firstTask)) {
    if (staysThere(primary, first)) continue;
    for (const part of primitivesOf(link.dependent)) {
      for (const then of world.actions.ofTask(part, thenTask)) {
        if (then.host === first.host) world.actions.relate(first, then, KIND.blocks | KIND.silent);
      }
    }
  }
}

/** What is not managed is not started anew: it is there as it is, in the role that it has. */
const staysThere = (primary: Unit, { host, task }: Action): boolean =>
  !primary.managed &&
  host !== undefined &&
  primary.activeOn.includes(host) &&
  (task === 'start' || primary.role === ROLE.promoted);

/** Of a clone the last part of each instance. */
const lastParts = (unit: Unit): readonly Unit[] =>
  (unit.kind === 'clone' ? unit.children : [unit]).flatMap((each) => primitivesOf(each).slice(-1));
