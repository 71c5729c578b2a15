/** What must run with another resource cannot start while that one's start is blocked. */
import { INFINITY_SCORE } from '../../model/score.ts';
import { primitivesOf, ROLE } from '../world.ts';
import type { ColocationLink, Unit, World } from '../world.ts';
import { KIND } from './table.ts';
import type { Action } from './table.ts';

export function blockColocated(world: World): void {
  for (const link of world.colocations) {
    const { score, primary, dependent } = link;
    if (score < INFINITY_SCORE || primary.kind === 'clone' || primary.kind === 'bundle') continue;
    // A replica's address comes before its container, which it is there for.
    if (primary.parent?.kind === 'bundle' && primary.parent === dependent.parent) continue;
    blockDependent(world, link);
  }
}

function blockDependent(world: World, link: ColocationLink): void {
  const primary = lastPart(link.primary);
  if (primary === undefined) return;
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

const lastPart = (unit: Unit): Unit | undefined => primitivesOf(unit).at(-1);
