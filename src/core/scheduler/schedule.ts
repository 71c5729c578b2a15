/**
 * The scheduler: from a picture of the cluster to a plan. Pure and deterministic; whatever the input
 * is, it answers, and says in its findings what it tolerated. The phases follow one another here.
 */
import type { WallMs } from '../model/ids.ts';
import type { Picture } from '../model/picture.ts';
import type { Plan } from '../model/plan.ts';
import { addAllActions } from './actions/all.ts';
import { addFencing, addShutdowns } from './actions/fencing.ts';
import { addUnfencing } from './actions/unfencing.ts';
import { assignAll } from './assignment/assign.ts';
import { readColocations } from './constraints/colocation.ts';
import { readOrders } from './constraints/order.ts';
import { applyPromotionTickets, applyTickets } from './constraints/tickets.ts';
import { buildWorld } from './configuration/world.ts';
import { compareDigests } from './digests/compare.ts';
import { replayHistories } from './history/replay.ts';
import { determineHostStates } from './nodes/states.ts';
import { orderByCapacity } from './ordering/capacity.ts';
import { expandOrders } from './ordering/expand.ts';
import { decideUnlessRestarted, settle } from './ordering/fixpoint.ts';
import { blockColocated } from './ordering/colocation.ts';
import { separateAntiColocated } from './ordering/anticolocation.ts';
import { convertMigrations } from './ordering/migrations.ts';
import { addNotifications } from './ordering/notifications.ts';
import { relateProbesToRestarts } from './ordering/probes.ts';
import { fenceUnreachable, orderContained, orderRemotes } from './ordering/remotes.ts';
import { makePlan } from './output/plan.ts';
import { applyPreferences } from './preferences/apply.ts';
import { limitRoles } from './preferences/roles.ts';
import type { World } from './world.ts';

export function schedule(picture: Picture, now: WallMs): Plan {
  return makePlan(decide(picture, now));
}

/** The decision itself, before it is told as a plan: what `explain` reads reasons from. */
export function decide(picture: Picture, now: WallMs): World {
  // What is wanted, and what is.
  const { world, context } = buildWorld(picture, now);
  determineHostStates(world);
  replayHistories(world, context);
  limitRoles(world);

  // What speaks for and against each host.
  readColocations(world);
  const orders = readOrders(world);
  applyTickets(world);
  applyPromotionTickets(world);
  applyPreferences(world);
  const changes = compareDigests(world);

  // Where everything shall be, and what that takes.
  assignAll(world);
  fenceUnreachable(world);
  addAllActions(world, changes);
  addFencing(world);
  addUnfencing(world);
  addShutdowns(world);

  // In which order, and what can and must be done.
  expandOrders(world, orders);
  orderContained(world);
  orderRemotes(world);
  separateAntiColocated(world);
  blockColocated(world);
  orderByCapacity(world);
  settle(world.actions);
  decideUnlessRestarted(world);
  addNotifications(world);
  convertMigrations(world);
  relateProbesToRestarts(world);
  return world;
}
