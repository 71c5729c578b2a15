/** Placement of one primitive (Pacemaker Explained, "Placement"). */
import { INFINITY_SCORE } from '../../model/score.ts';
import { ROLE } from '../world.ts';
import type { ColocationLink, Host, Unit, World } from '../world.ts';
import { applyColocation } from './colocated.ts';
import { chooseHost } from './choose.ts';
import { currentHost } from './hosts.ts';
import { addDependentScores, isForPromoted } from './influence.ts';
import { thisWithOf, withThisOf } from './links.ts';
import { heedTaken, takeRoom } from '../preferences/room.ts';
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
  placePrimaries(assigner, unit, links);
  for (const link of links) if (isMandatory(link)) applyColocation(world, unit, link);
  for (const link of dependents) if (isMandatory(link)) addDependentScores(world, link, unit);
  for (const link of links) if (!isMandatory(link)) applyColocation(world, unit, link);
  for (const link of dependents) if (!isMandatory(link)) addDependentScores(world, link, unit);
  unit.assigning = false;
  if (!unit.provisional) return unit.assigned;
  decide(world, unit, prefer);
  return unit.assigned;
}

/**
 * In the order of the links: what one primary leaves of hosts, and which it makes better, guides the
 * next one to the same place. What this does to the scores of the unit, and of the later members of
 * its group that the links are of, is taken back, for there all that is mandatory counts first.
 */
function placePrimaries(assigner: Assigner, unit: Unit, links: readonly ColocationLink[]): void {
  if (links.length === 0) return;
  const { world } = assigner;
  const guided = new Set([unit, ...links.map(({ dependent }) => dependent).filter(isLaterMember)]);
  const before = [...guided].map((each) => [each, each.scores.slice()] as const);
  const known = world.contributions.length;
  for (const link of links) {
    assigner.assign(link.primary);
    if (links.length === 1) break;
    applyColocation(world, unit, link);
    if (link.dependent !== unit && isLaterMember(link.dependent))
      applyColocation(world, link.dependent, link);
  }
  for (const [each, scores] of before) each.scores.set(scores);
  const guidedIndexes = new Set([...guided].map(({ index }) => index));
  const others = world.contributions.splice(known).filter(({ unit: at }) => !guidedIndexes.has(at));
  for (const contribution of others) world.contributions.push(contribution);
}

const isLaterMember = (unit: Unit): boolean =>
  unit.parent?.kind === 'group' && unit.parent.children[0] !== unit;

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
  heedTaken(world, unit);
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

/** Until the plan is told: then each host says why (output/nowhere.ts). */
export const RUNS_NOWHERE = 'it can run nowhere';

/** Fixes the unit's host (undefined: nowhere) and its role if nothing else has yet. */
export function place(world: World, unit: Unit, host: Host | undefined): void {
  unit.provisional = false;
  unit.assigned = host;
  connect(unit, host);
  if (host === undefined) {
    unit.nextRole = ROLE.stopped;
    unit.nextRoleReason ??= RUNS_NOWHERE;
    return;
  }
  host.load += 1;
  consume(world, unit, host);
  takeRoom(world, unit, host);
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
