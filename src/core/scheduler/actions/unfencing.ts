/**
 * Unfencing (a fence device with provides=unfencing): a node is given access once after each start,
 * before anything is probed or started there.
 */
import { ACCESS_LOST_ATTRIBUTE } from '../../model/attributes.ts';
import { FLAG, KIND } from '../ordering/table.ts';
import type { Action } from '../ordering/table.ts';
import type { Host, Unit, World } from '../world.ts';
import { demand } from './operations.ts';

export function addUnfencing(world: World): void {
  if (!world.haveUnfencing || !world.options.fencing) return;
  if (world.unfencesItself) return giveAccess(world);
  for (const host of world.hosts) {
    if (host.kind === 'guest' || !host.online || host.unclean || host.held) continue;
    if (isUnfenced(host) && host.unfenceAgain === undefined) continue;
    const isFirst = !isUnfenced(host);
    const followers = world.actions.actions.filter((action) => needsAccess(action, host, isFirst));
    if (followers.length === 0) continue;
    const unfence = world.actions.add({ host, task: 'fence', name: `fence-${host.name}-on` });
    unfence.of = 'on';
    demand(
      unfence,
      host.unfenceAgain ?? `${host.name} has no access to the shared devices since its start`,
    );
    for (const follower of followers) {
      if (!waitsForAccess(follower)) continue;
      // What runs there without ever having been given access starts anew.
      const kinds = follower.task === 'start' ? KIND.blocks | KIND.causes : KIND.blocks;
      world.actions.relate(unfence, follower, kinds);
    }
    stopUsersBefore(world, host, unfence);
  }
}

/**
 * Devices of the cluster's own configuration: access is given as soon as a node is there, but not
 * before it is known that nothing runs on it that needs access (docs/decisions/unfencing.md).
 */
function giveAccess(world: World): void {
  if (!world.quorate) return;
  for (const host of world.hosts) {
    if (!mayTakeAccess(host) || isUnfenced(host)) continue;
    const lost = host.attributes.get(ACCESS_LOST_ATTRIBUTE);
    const unfence = world.actions.add({ host, task: 'fence', name: `fence-${host.name}-on` });
    unfence.of = 'on';
    demand(unfence, `${host.name} has no access to the shared devices ${sinceWhen(lost)}`);
    const copy = secondCopyOn(world, host);
    if (copy !== undefined) {
      unfence.flags |= FLAG.blocked;
      unfence.blockReason = `${copy.configId} runs on ${host.name} and elsewhere, and is left alone`;
    }
    for (const action of world.actions.actions) {
      if (action.host !== host || action.unit?.requires !== 'unfencing') continue;
      if (isLookOrEnd(action)) world.actions.relate(action, unfence, KIND.order);
      else if (action.task === 'start')
        world.actions.relate(unfence, action, KIND.blocks | KIND.causes);
    }
  }
}

/**
 * What was started elsewhere when this node was cut off, still runs here, and is not stopped, since it is
 * not managed now: with access both would write.
 */
const secondCopyOn = (world: World, host: Host): Unit | undefined =>
  world.units.find(
    ({ kind, requires, managed, activeOn }) =>
      kind === 'primitive' &&
      requires === 'unfencing' &&
      !managed &&
      activeOn.length > 1 &&
      activeOn.includes(host),
  );

const sinceWhen = (lost: string | undefined): string =>
  lost === undefined ? 'since its start' : `since ${lost}`;

const mayTakeAccess = (host: Host): boolean =>
  host.kind === 'member' &&
  host.online &&
  !host.unclean &&
  !host.held &&
  !host.shutdown &&
  !host.maintenance;

const isLookOrEnd = ({ task, intervalMs }: Action): boolean =>
  task === 'stop' || (task === 'monitor' && intervalMs === 0);

function stopUsersBefore(world: World, host: Host, unfence: Action): void {
  for (const action of world.actions.actions) {
    if (action.host !== host || action.task !== 'stop' || action.unit?.requires !== 'unfencing') {
      continue;
    }
    world.actions.relate(action, unfence, KIND.order);
  }
}

/** When the node was last given access; 0 or nothing: not since its start. */
export function isUnfenced(host: Host): boolean {
  const since = host.attributes.get('#node-unfenced');
  return since !== undefined && since !== '' && since !== '0';
}

/** What says that it requires less than access waits for none; a device is looked for with it. */
const waitsForAccess = ({ unit }: Action): boolean =>
  unit?.requires === 'unfencing' || unit?.definition?.agent.class === 'stonith';

function needsAccess(action: Action, host: Host, isFirst: boolean): boolean {
  const unit = action.unit;
  if (unit === undefined || action.host !== host || action.intervalMs > 0) return false;
  // A connection needs no access to storage: its machine does.
  if (unit.connectionOf !== undefined) return false;
  if (action.task === 'monitor') return (action.flags & FLAG.required) !== 0;
  return action.task === 'start' && (isFirst || (action.flags & FLAG.required) !== 0);
}
