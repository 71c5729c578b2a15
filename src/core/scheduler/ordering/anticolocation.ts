/** Resources that must be apart: one leaves a node before the other comes there. */
import { entries, exits, probesOf } from '../actions/collective.ts';
import { INFINITY_SCORE } from '../../model/score.ts';
import { ROLE } from '../world.ts';
import type { RoleLevel, Unit, World } from '../world.ts';
import { KIND } from './table.ts';
import type { Action } from './table.ts';

export function separateAntiColocated(world: World): void {
  for (const link of world.colocations) {
    if (link.score > -INFINITY_SCORE) continue;
    const { dependent, primary, dependentRole, primaryRole } = link;
    separate(world, [dependent, dependentRole], [primary, primaryRole]);
    separate(world, [primary, primaryRole], [dependent, dependentRole]);
  }
}

type Side = readonly [Unit, RoleLevel | undefined];

/** A group or clone comes and leaves as a whole: what one node waits for, all of it waits for. */
function separate(world: World, [first, firstRole]: Side, [then, thenRole]: Side): void {
  const isProbed = firstRole === undefined && first.kind === 'primitive';
  const leaves = [
    ...leavingTasks(firstRole).flatMap((task) => exits(world, first, task)),
    ...(isProbed ? probesOf(world, first) : []),
  ];
  for (const come of comingTasks(thenRole).flatMap((task) => entries(world, then, task))) {
    for (const leave of leaves) {
      if (isBeside(leave, come)) world.actions.relate(leave, come, KIND.order);
    }
  }
}

const isBeside = ({ host: left }: Action, { host: come }: Action): boolean =>
  left === undefined || come === undefined || left === come;

function leavingTasks(role: RoleLevel | undefined): readonly string[] {
  if (role === ROLE.promoted) return ['demote'];
  return role === ROLE.unpromoted ? ['stop', 'promote'] : ['stop'];
}

function comingTasks(role: RoleLevel | undefined): readonly string[] {
  if (role === ROLE.promoted) return ['promote'];
  return role === ROLE.unpromoted ? ['start', 'demote'] : ['start'];
}
