/**
 * `priority-fencing-delay`: in a split without a majority the side that has the more important
 * resources shall win the duel. It is shot at last: whoever fences it waits before shooting.
 */
import type { Action } from '../ordering/table.ts';
import { ROLE } from '../world.ts';
import type { Host, World } from '../world.ts';

export function delayImportantFences(world: World, fences: readonly Action[]): void {
  const delayMs = world.options.priorityFencingDelayMs;
  if (delayMs <= 0 || !fences.some((fence) => mayWait(fence.host)) || hasMajority(world)) return;
  const importance = hostImportance(world);
  const members = world.hosts.filter((host) => host.kind === 'member');
  const values = members.map((host) => importance[host.index] ?? 0);
  const top = Math.max(...values);
  if (top === Math.min(...values)) return;
  for (const fence of fences) {
    if (mayWait(fence.host) && importance[fence.host?.index ?? -1] === top) fence.delayMs = delayMs;
  }
}

/** Only loss of the membership can be a split; whoever failed otherwise is fenced at once. */
const mayWait = (host: Host | undefined): boolean =>
  host?.kind === 'member' && host.fencePriorityDelay;

function hasMajority(world: World): boolean {
  const members = world.hosts.filter((host) => host.kind === 'member');
  const lost = members.filter((host) => !host.online);
  return lost.length * 2 < members.length;
}

/** Sum of the priorities of what is active on each host; a promoted resource counts one more. */
function hostImportance(world: World): readonly number[] {
  const sums = world.hosts.map(() => 0);
  for (const unit of world.units) {
    if (unit.kind !== 'primitive' || unit.priority === 0) continue;
    const own = unit.priority + (unit.role === ROLE.promoted ? 1 : 0);
    for (const host of unit.activeOn) {
      const carrier = host.container?.activeOn[0] ?? host;
      sums[carrier.index] = (sums[carrier.index] ?? 0) + own;
    }
  }
  return sums;
}
