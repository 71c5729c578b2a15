/** Which hosts can take resources, and small questions about units and hosts. */
import { INFINITY_SCORE } from '../../model/score.ts';
import { primitivesOf } from '../world.ts';
import type { Host, Unit, World } from '../world.ts';

/** Up, clean, and willing to run resources. Scores are not asked. */
export function isAvailable(host: Host, considerGuest = false): boolean {
  if (!host.online || host.shutdown || host.unclean || host.standby || host.maintenance)
    return false;
  if (considerGuest && host.kind === 'guest') {
    const machine = host.container;
    if (machine !== undefined && !machine.provisional && machine.assigned === undefined)
      return false;
  }
  return true;
}

export const scoreOn = (unit: Unit, host: Host): number =>
  unit.present[host.index] === 1 ? (unit.scores[host.index] ?? -INFINITY_SCORE) : -INFINITY_SCORE;

/** Whether any host, except those left out, could take a unit with these scores. */
export function anyAvailable(
  world: World,
  scores: Int32Array,
  present: Uint8Array,
  except?: ReadonlySet<Host>,
): boolean {
  for (const host of world.hosts) {
    const { index } = host;
    if (except?.has(host) === true) continue;
    if (present[index] === 1 && (scores[index] ?? -1) >= 0 && isAvailable(host)) return true;
  }
  return false;
}

/** Where the unit is active now; a group is where any of its members is. */
export function activeHosts(unit: Unit): readonly Host[] {
  if (unit.kind === 'primitive') return unit.activeOn;
  const found = new Set<Host>();
  for (const part of primitivesOf(unit)) for (const host of part.activeOn) found.add(host);
  return [...found];
}

export const currentHost = (unit: Unit): Host | undefined =>
  unit.kind === 'primitive' ? preferredActive(unit) : activeHosts(unit)[0];

/**
 * Of several hosts the first: it restarts wherever it goes. What needs no fencing may stay where it
 * is known to be: on a clean one. A half done migration is at its source.
 */
function preferredActive(unit: Unit): Host | undefined {
  if (unit.partialSource !== undefined) return unit.partialSource;
  const { activeOn, requires } = unit;
  if (requires !== 'nothing' && requires !== 'quorum') return activeOn[0];
  return activeOn.find((host) => host.online && !host.unclean) ?? activeOn[0];
}

/** Value of a host's attribute as colocations see it. */
export const attributeOf = (host: Host, attribute: string): string | undefined =>
  attribute === '#uname' ? host.name : host.attributes.get(attribute);

/** A guest on a node that is being fenced, or whose machine failed: nothing reaches it any more. */
export function isLostGuest(host: Host): boolean {
  if (host.kind !== 'guest') return false;
  if (host.resetNeeded) return true;
  return host.container?.activeOn.some((under) => under.unclean) ?? false;
}

/** A replica's node counts as the node that its container runs on. */
export function physicalHost(host: Host): Host {
  const machine = host.container;
  if (machine?.parent?.kind !== 'bundle') return host;
  return (machine.provisional ? machine.activeOn[0] : machine.assigned) ?? host;
}
