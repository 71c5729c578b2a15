/** Role limits that hold before placement: target roles and quorum policies. */
import { INFINITY_SCORE } from '../../model/score.ts';
import { mustFence } from '../nodes/fencing.ts';
import { limitRole } from '../history/activity.ts';
import { cloneOf, note, ROLE } from '../world.ts';
import type { Unit, World } from '../world.ts';

export function limitRoles(world: World): void {
  for (const unit of world.units) {
    if (unit.targetRole === ROLE.stopped)
      limitRole(unit, ROLE.stopped, 'its target role is Stopped');
    if (isOnlyToStop(unit)) banEverywhere(unit);
    if (unit.targetRole === ROLE.unpromoted && cloneOf(unit)?.clone?.promotable === true) continue;
  }
  if (!world.quorate && world.options.quorumPolicy === 'fence') fencePartition(world);
  if (!world.haveFenceDevice && world.options.fencing) freezeWithoutDevices(world);
}

/** What is only to be stopped when it is found twice goes nowhere, and takes nobody along. */
function banEverywhere(unit: Unit): void {
  limitRole(unit, ROLE.stopped, 'it is active on more than one node (multiple-active=stop_only)');
  unit.scores.fill(-INFINITY_SCORE);
}

/** Copies on nodes that are fenced do not count for what need not wait for their fencing. */
function isOnlyToStop({ activeOn, multipleActive, managed, requires }: Unit): boolean {
  if (multipleActive !== 'stop_only' || !managed) return false;
  const isFree = requires === 'nothing' || requires === 'quorum';
  const known = activeOn.filter(({ unclean }) => !unclean);
  return activeOn.length > 1 && !(isFree && known.length === 1);
}

function fencePartition(world: World): void {
  if (!world.options.fencing) return;
  for (const host of world.hosts) {
    if (host.kind === 'member' && host.online) {
      mustFence(world, host, 'the partition has no quorum (no-quorum-policy=fence)');
    }
  }
}

/** Without any fence device nothing may be recovered safely: resources stay as they are. */
function freezeWithoutDevices(world: World): void {
  note(
    world,
    'no-fence-device',
    '',
    'Fencing is enabled, but there is no fence device: resources are left as they are.',
  );
  for (const unit of world.units) freeze(unit);
}

function freeze(unit: Unit): void {
  unit.managed = false;
}
