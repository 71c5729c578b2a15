/** Ticket constraints: who depends on which ticket, and what its loss means. */
import type { TicketConstraint } from '../../model/configuration.ts';
import { INFINITY_SCORE } from '../../model/score.ts';
import { roleLevel } from '../configuration/blank.ts';
import { mustFence } from '../nodes/fencing.ts';
import { primitivesOf, ROLE } from '../world.ts';
import type { RoleLevel, TicketLink, Unit, World } from '../world.ts';
import { contribute } from './location.ts';
import { findTargets } from './targets.ts';

/** Reads the constraints and applies what the tickets' state demands of placement. */
export function applyTickets(world: World): void {
  for (const constraint of world.picture.configuration.constraints) {
    if (constraint.kind !== 'ticket') continue;
    if (constraint.resource !== undefined) {
      const role = roleLevel(constraint.role);
      for (const unit of findTargets(world, constraint.resource, constraint.id)) {
        addLink(world, constraint, unit, role);
      }
    }
    for (const set of constraint.sets) {
      for (const id of set.resources) {
        for (const unit of findTargets(world, id, constraint.id)) {
          addLink(world, constraint, unit, roleLevel(set.role));
        }
      }
    }
  }
}

function addLink(
  world: World,
  constraint: TicketConstraint,
  unit: Unit,
  role: RoleLevel | undefined,
): void {
  const state = world.picture.status.tickets.find((ticket) => ticket.id === constraint.ticket);
  const policy = constraint.lossPolicy ?? (role === ROLE.promoted ? 'demote' : 'stop');
  const link: TicketLink = {
    id: constraint.id,
    unit,
    role,
    policy: policy === 'fence' && !world.options.fencing ? 'stop' : policy,
    granted: state?.granted ?? false,
    standby: state?.standby ?? false,
    ticket: constraint.ticket,
  };
  for (const part of parts(unit)) part.tickets.push(link);
  if (link.role !== undefined && link.role !== ROLE.promoted) return applyStartTicket(world, link);
  if (link.role === ROLE.promoted) return;
  applyStartTicket(world, link);
}

const parts = (unit: Unit): readonly Unit[] => [unit, ...primitivesOf(unit)];

function applyStartTicket(world: World, link: TicketLink): void {
  if (link.granted && !link.standby) return;
  for (const part of primitivesOf(link.unit)) {
    if (!link.granted) loseTicket(world, link, part);
    else banEverywhere(world, link, part);
  }
  if (link.unit.kind !== 'primitive' && (link.policy !== 'freeze' || link.granted)) {
    banEverywhere(world, link, link.unit);
  }
}

function loseTicket(world: World, link: TicketLink, part: Unit): void {
  switch (link.policy) {
    case 'stop':
    case 'demote':
      banEverywhere(world, link, part);
      return;
    case 'fence':
      banEverywhere(world, link, part);
      for (const host of part.activeOn) {
        mustFence(
          world,
          host,
          `ticket ${link.ticket} was lost and ${part.configId} is active there`,
        );
      }
      return;
    case 'freeze':
      freeze(world, link, part);
      return;
  }
}

function freeze(world: World, link: TicketLink, part: Unit): void {
  if (part.activeOn.length === 0) {
    banEverywhere(world, link, part);
    return;
  }
  part.managed = false;
  part.blocked = true;
}

function banEverywhere(world: World, link: TicketLink, part: Unit): void {
  for (const host of world.hosts) {
    contribute(world, part, host, -INFINITY_SCORE, ['ticket', link.ticket]);
  }
}

/** A promotion ticket that is not granted (or stands by) forbids the role. */
export function promotionForbidden(unit: Unit): string | undefined {
  for (const link of unit.tickets) {
    if (link.role !== ROLE.promoted) continue;
    if (!link.granted || link.standby) return link.ticket;
  }
  return undefined;
}

/** Tickets for the role Promoted with policies beyond demote. */
export function applyPromotionTickets(world: World): void {
  const seen = new Set<string>();
  for (const unit of world.units) {
    for (const link of unit.tickets) {
      if (link.role !== ROLE.promoted || link.unit !== unit) continue;
      if (seen.has(`${link.id} ${unit.index}`)) continue;
      seen.add(`${link.id} ${unit.index}`);
      applyPromotionTicket(world, link);
    }
  }
}

function applyPromotionTicket(world: World, link: TicketLink): void {
  if (link.granted && !link.standby) return;
  if (link.granted && link.policy !== 'stop') return;
  for (const part of primitivesOf(link.unit)) {
    switch (link.policy) {
      case 'demote':
        break;
      case 'stop':
        banEverywhere(world, link, part);
        break;
      case 'fence':
        fencePromoted(world, link, part);
        break;
      case 'freeze':
        if (part.role === ROLE.promoted) freeze(world, link, part);
        break;
    }
  }
  if (link.policy === 'stop') banEverywhere(world, link, link.unit);
}

/** Only what is promoted is against the rule; what is not runs on, and starts. */
function fencePromoted(world: World, link: TicketLink, part: Unit): void {
  if (part.role !== ROLE.promoted) return;
  for (const host of part.activeOn) {
    mustFence(world, host, `ticket ${link.ticket} was lost and ${part.configId} is promoted there`);
  }
}
