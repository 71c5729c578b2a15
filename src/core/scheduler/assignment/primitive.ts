/** Placement of one primitive (Pacemaker Explained, "Placement"). */
import { INFINITY_SCORE } from '../../model/score.ts';
import { ROLE } from '../world.ts';
import type { ColocationLink, Host, Unit, World } from '../world.ts';
import { applyColocation } from './colocated.ts';
import { chooseHost } from './choose.ts';
import { currentHost } from './hosts.ts';
import { addDependentScores, isForPromoted } from './influence.ts';
import { thisWithOf, withThisOf } from './links.ts';
import { banInsufficient, consume } from './utilization.ts';

/** What placement of one unit needs of the others: that theirs comes first. */
export interface Assigner {
  readonly world: World;
  readonly assign: (unit: Unit) => void;
}

export function assignPrimitive(
  assigner: Assigner,
  unit: Unit,
  prefer: Host | undefined,
): Host | undefined {
  if (!unit.provisional || unit.assigning) return unit.assigned;
  unit.assigning = true;
  const links = thisWithOf(unit);
  const dependents = withThisOf(unit).filter((link) => !isForPromoted(link));
  const { world } = assigner;
  const [firm, loose] = [links.filter(isMandatory), links.filter((link) => !isMandatory(link))];
  // What one primary leaves of hosts guides the next one to the same place.
  for (const link of firm) {
    assigner.assign(link.primary);
    applyColocation(world, unit, link);
  }
  // Before the dependents' wishes are added: the primaries look at those themselves.
  for (const link of loose) assigner.assign(link.primary);
  for (const link of dependents) if (isMandatory(link)) addDependentScores(world, link, unit);
  for (const link of loose) applyColocation(world, unit, link);
  for (const link of dependents) if (!isMandatory(link)) addDependentScores(world, link, unit);
  unit.assigning = false;
  if (!unit.provisional) return unit.assigned;
  decide(world, unit, prefer);
  return unit.assigned;
}

const isMandatory = (link: ColocationLink): boolean => Math.abs(link.score) >= INFINITY_SCORE;

function decide(world: World, unit: Unit, prefer: Host | undefined): void {
  if (unit.nextRole === ROLE.stopped) {
    unit.scores.fill(-INFINITY_SCORE);
    unit.unplacedReason ??= unit.nextRoleReason ?? `its target role is Stopped`;
  }
  if (!unit.managed) {
    stay(world, unit);
    return;
  }
  if (world.options.stopAll) {
    place(world, unit, undefined);
    unit.unplacedReason = 'all resources are to be stopped (stop-all-resources)';
    return;
  }
  const capable = banInsufficient(world, unit);
  place(world, unit, unit.removed ? undefined : chooseHost(world, unit, prefer ?? capable));
}

/** An unmanaged resource stays where it is, in the role it has. */
function stay(world: World, unit: Unit): void {
  const host = currentHost(unit);
  unit.nextRole = unit.role;
  place(world, unit, host);
  if (host === undefined) unit.unplacedReason = 'it is not managed';
}

/** Fixes the unit's host (undefined: nowhere) and its role if nothing else has yet. */
export function place(world: World, unit: Unit, host: Host | undefined): void {
  unit.provisional = false;
  unit.assigned = host;
  connect(unit, host);
  if (host === undefined) {
    unit.nextRole = ROLE.stopped;
    unit.nextRoleReason ??= 'it can run nowhere';
    return;
  }
  host.load += 1;
  consume(world, unit, host);
  unit.nextRole ??= ROLE.started;
}

/** A node whose connection will run is there for other resources; else it is shutting down. */
function connect(unit: Unit, host: Host | undefined): void {
  const remote = unit.connectionOf;
  if (remote === undefined) return;
  if (host !== undefined && unit.nextRole !== ROLE.stopped) {
    remote.online = true;
    if (!remote.seen && remote.kind === 'remote' && !unit.failed) {
      remote.unclean = false;
      remote.fenceReason = undefined;
    }
  } else if (unit.parent?.kind !== 'bundle') {
    remote.shutdown = true;
  }
}
