/** Marking hosts as in need of fencing. What it means for a guest is a restart of its machine. */
import type { Host, World } from '../world.ts';

/**
 * Marks a host as unclean with the reason for its fencing (the first reason stays).
 * `priorityDelay`: the node was lost from the membership, so `priority-fencing-delay` applies.
 */
export function mustFence(world: World, host: Host, reason: string, priorityDelay = false): void {
  if (host.kind === 'guest') {
    fenceGuest(host, reason);
    return;
  }
  if (host.kind === 'remote') {
    const connection = host.connection;
    if (connection !== undefined && !connection.managed) return;
    host.resetNeeded = true;
  }
  host.unclean = true;
  if (!world.options.fencing) return;
  if (host.fenceReason === undefined) {
    host.fenceReason = reason;
    host.fencePriorityDelay = priorityDelay;
  } else if (!priorityDelay) {
    host.fencePriorityDelay = false;
  }
}

function fenceGuest(host: Host, reason: string): void {
  const machine = host.container;
  if (machine === undefined || !machine.managed) return;
  host.resetNeeded = true;
  machine.failed = true;
  machine.stopNeeded = true;
  machine.shutdownReason ??= reason;
}
