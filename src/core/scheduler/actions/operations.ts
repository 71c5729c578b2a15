/** Candidate operations of primitives: made once per unit, task and host, optional at first. */
import { FLAG } from '../ordering/table.ts';
import type { Action } from '../ordering/table.ts';
import { ROLE } from '../world.ts';
import type { Host, Unit, World } from '../world.ts';

const keyOf = (unit: Unit, task: string, host: Host | undefined, intervalMs = 0): string =>
  `${unit.index} ${task} ${intervalMs} ${host?.index ?? '-'}`;

/** The unit's operation on the host; without a host it is blocked. */
export function operation(
  world: World,
  unit: Unit,
  task: string,
  host: Host | undefined,
  intervalMs = 0,
): Action {
  return world.actions.once(keyOf(unit, task, host, intervalMs), () => {
    const action = world.actions.add({ unit, host, task, intervalMs });
    const reason = whyBlocked(world, unit, task, host);
    if (reason !== undefined) {
      action.flags |= FLAG.blocked;
      action.blockReason = reason;
    }
    return action;
  });
}

export const findOperation = (
  world: World,
  unit: Unit,
  task: string,
  host: Host | undefined,
  intervalMs = 0,
): Action | undefined => world.actions.find(keyOf(unit, task, host, intervalMs));

/** The unit's starts; a unit that has nowhere to run has one on no node, which is blocked. */
export function startsOf(world: World, unit: Unit): readonly Action[] {
  const starts = world.actions.ofTask(unit, 'start');
  return starts.length > 0 ? starts : [operation(world, unit, 'start', undefined)];
}

/** A point in the order of a group, clone or bundle. */
export function point(world: World, unit: Unit, task: string): Action {
  return world.actions.once(keyOf(unit, task, undefined), () =>
    world.actions.add({ unit, task, flags: FLAG.pseudo }),
  );
}

export function demand(action: Action, reason: string): Action {
  if ((action.flags & FLAG.required) === 0) action.reason = reason;
  action.flags |= FLAG.required;
  return action;
}

const CHANGING = new Set(['start', 'stop', 'promote', 'demote', 'migrate_to', 'migrate_from']);

function whyBlocked(
  world: World,
  unit: Unit,
  task: string,
  host: Host | undefined,
): string | undefined {
  if (host === undefined) return unit.unplacedReason ?? `${unit.id} has no node to run on`;
  if (host.held && !isDone(unit, task, host))
    return `the cluster manager on ${host.name} is away for a moment`;
  if (!isReachable(host)) return `${host.name} is not online`;
  if (host.pending) return `${host.name} has not joined completely`;
  if (!unit.managed && (task === 'stop' || task === 'demote')) return `${unit.id} is not managed`;
  if (CHANGING.has(task)) return whyWithoutQuorum(world, unit, task);
  return undefined;
}

/** What goes on there while nobody can act there: whatever needs it goes on as well. */
function isDone({ activeOn, role }: Unit, task: string, host: Host): boolean {
  if (!activeOn.includes(host)) return false;
  return task === 'start' || (task === 'promote' && role === ROLE.promoted);
}

/** Online, or a guest whose machine will be running. */
function isReachable(host: Host): boolean {
  if (host.kind === 'guest' && host.container?.assigned !== undefined && !host.online) return true;
  if (host.kind !== 'member' && host.connection?.assigned !== undefined) return true;
  return host.online && !host.unclean;
}

/** Without quorum nothing is started, unless the resource requires nothing or the policy allows it. */
function whyWithoutQuorum(world: World, unit: Unit, task: string): string | undefined {
  if (world.quorate || unit.requires === 'nothing') return undefined;
  if (task !== 'start' && task !== 'promote') return undefined;
  switch (world.options.quorumPolicy) {
    case 'ignore':
      return undefined;
    case 'freeze':
      if (unit.role > ROLE.stopped && (unit.nextRole ?? ROLE.stopped) <= unit.role)
        return undefined;
      return 'the partition has no quorum (no-quorum-policy=freeze)';
    case 'demote':
      if (task === 'start' && unit.role >= ROLE.unpromoted) return undefined;
      return 'the partition has no quorum';
    case 'stop':
    case 'fence':
      return 'the partition has no quorum';
  }
}
