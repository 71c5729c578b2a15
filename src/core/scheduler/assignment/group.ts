/** A group is placed member by member, each with the one before it. */
import { ROLE } from '../world.ts';
import type { Host, Unit } from '../world.ts';
import { assignPrimitive } from './primitive.ts';
import type { Assigner } from './primitive.ts';

export function assignGroup(
  assigner: Assigner,
  group: Unit,
  prefer: Host | undefined,
): Host | undefined {
  if (!group.provisional || group.assigning) return group.assigned;
  group.assigning = true;
  let first: Host | undefined;
  for (const member of group.children) {
    const host = assignPrimitive(assigner, member, prefer);
    first ??= host;
  }
  group.assigning = false;
  group.provisional = false;
  group.assigned = first;
  group.nextRole = group.children[0]?.nextRole ?? ROLE.stopped;
  return first;
}
