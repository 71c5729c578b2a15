/** Resources that must be apart: one leaves a node before the other comes there. */
import { probesOf } from '../actions/collective.ts';
import { INFINITY_SCORE } from '../../model/score.ts';
import { primitivesOf, ROLE } from '../world.ts';
import type { RoleLevel, Unit, World } from '../world.ts';
import { KIND } from './table.ts';

export function separateAntiColocated(world: World): void {
  for (const link of world.colocations) {
    if (link.score > -INFINITY_SCORE) continue;
    const { dependent, primary, dependentRole, primaryRole } = link;
    separate(world, [dependent, dependentRole], [primary, primaryRole]);
    separate(world, [primary, primaryRole], [dependent, dependentRole]);
  }
}

type Side = readonly [Unit, RoleLevel | undefined];

function separate(world: World, [first, firstRole]: Side, [then, thenRole]: Side): void {
  for (const leaver of primitivesOf(first)) {
    for (const task of leavingTasks(firstRole)) {
      for (const leave of world.actions.ofTask(leaver, task)) {
        relateOnHost(world, leave, then, thenRole);
      }
    }
    if (firstRole !== undefined || first.kind !== 'primitive') continue;
    for (const probe of probesOf(world, leaver)) relateOnHost(world, probe, then, thenRole);
  }
}

function relateOnHost(
  world: World,
  leave: Parameters<World['actions']['relate']>[0],
  then: Unit,
  role: RoleLevel | undefined,
): void {
  for (const comer of primitivesOf(then)) {
    for (const task of comingTasks(role)) {
      for (const come of world.actions.ofTask(comer, task)) {
        if (come.host === leave.host) world.actions.relate(leave, come, KIND.order);
      }
    }
  }
}

function leavingTasks(role: RoleLevel | undefined): readonly string[] {
  if (role === ROLE.promoted) return ['demote'];
  return role === ROLE.unpromoted ? ['stop', 'promote'] : ['stop'];
}

function comingTasks(role: RoleLevel | undefined): readonly string[] {
  if (role === ROLE.promoted) return ['promote'];
  return role === ROLE.unpromoted ? ['start', 'demote'] : ['start'];
}
