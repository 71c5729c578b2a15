/** What a failed operation calls for: `on-fail` with its defaults, and the order of severity. */
import type { OperationRecord } from '../../model/picture.ts';
import { effectiveOperation, recurringOperations } from '../configuration/operations.ts';
import { ROLE } from '../world.ts';
import type { Unit, World } from '../world.ts';

export type Reaction =
  | 'ignore'
  | 'demote'
  | 'restart'
  | 'ban'
  | 'block'
  | 'stop'
  | 'standby'
  | 'fence'
  | 'restart-container'
  | 'reset-remote';

const SEVERITY: Readonly<Record<Reaction, number>> = {
  ignore: 0,
  demote: 1,
  restart: 2,
  'reset-remote': 3,
  'restart-container': 4,
  ban: 5,
  block: 6,
  stop: 7,
  standby: 8,
  fence: 9,
};

export const moreSevere = (left: Reaction, right: Reaction): Reaction =>
  SEVERITY[right] > SEVERITY[left] ? right : left;

/** The reaction to a failure of this operation ("Operation Properties", on-fail). */
export function reactionTo(world: World, unit: Unit, task: string, intervalMs: number): Reaction {
  const configured = effectiveOperation(world, unit, task, intervalMs).onFail;
  const explicit = readReaction(world, configured, task);
  if (explicit !== undefined) return explicit;
  if (unit.containerUnit !== undefined) return 'restart-container';
  // A connection that did not end in order is no reason to fence the node that held it.
  const isRemote = unit.connectionOf?.kind === 'remote' && unit.managed;
  if (task === 'stop' && isRemote) return 'reset-remote';
  if (task === 'stop') return world.options.fencing ? 'fence' : 'block';
  if (task === 'demote') return demoteReaction(world, unit);
  if (unit.connectionOf !== undefined) {
    if (!unit.managed) return 'stop';
    // A connection that was there and is lost, by itself or on its way elsewhere.
    const isLost = intervalMs > 0 || task === 'migrate_to' || task === 'migrate_from';
    return isLost ? 'reset-remote' : 'restart';
  }
  return 'restart';
}

function readReaction(world: World, text: string | undefined, task: string): Reaction | undefined {
  switch (text?.toLowerCase()) {
    case 'ignore':
    case 'nothing':
      return 'ignore';
    case 'block':
      return 'block';
    case 'stop':
      return 'stop';
    case 'restart':
      return 'restart';
    case 'migrate':
      return 'ban';
    case 'standby':
      return 'standby';
    case 'restart-container':
      return 'restart-container';
    case 'fence':
      return world.options.fencing ? 'fence' : task === 'stop' ? 'block' : 'stop';
    case 'demote':
      return task === 'monitor' || task === 'promote' ? 'demote' : undefined;
    default:
      return undefined;
  }
}

function demoteReaction(world: World, unit: Unit): Reaction {
  for (const operation of recurringOperations(world, unit)) {
    if (operation.role !== ROLE.promoted) continue;
    const reaction = readReaction(world, operation.onFail, 'demote');
    if (operation.onFail !== undefined && reaction !== undefined) return reaction;
  }
  return 'restart';
}

/** Exit codes after which the resource cannot run on this node (hard) or anywhere (fatal). */
export function banAfter(record: OperationRecord): 'node' | 'everywhere' | undefined {
  if (record.status === 'error-hard' || record.status === 'not-installed') return 'node';
  if (record.status === 'error-fatal') return 'everywhere';
  switch (record.exitCode) {
    case 3:
      return record.intervalMs > 0 ? undefined : 'node';
    case 2:
    case 4:
    case 5:
      return 'node';
    case 6:
      return 'everywhere';
    default:
      return undefined;
  }
}
