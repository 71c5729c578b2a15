/**
 * The scheduler's workspace for one decision: hosts and units as dense arrays with integer indexes.
 * It lives for one call of `schedule` and never leaves it. A host is a node of the cluster, remote
 * and guest nodes included; a unit is anything in the tree of resources: a primitive's instance, a
 * group, a clone or a bundle.
 */
import type { ResourceSet } from '../model/configuration.ts';
import type { Picture } from '../model/picture.ts';
import type { Finding } from '../model/plan.ts';
import type { Action, ActionTable } from './ordering/table.ts';
import type { Options } from './configuration/options.ts';
import type { RuleContext } from './values/rules.ts';
import type { ColocationLink, Contribution, Host, OrderLink, Room, Unit } from './parts.ts';

export * from './parts.ts';

export interface World {
  readonly picture: Picture;
  readonly nowMs: number;
  readonly options: Options;
  readonly hosts: Host[];
  readonly hostByName: Map<string, Host>;
  readonly hostById: Map<string, Host>;
  readonly units: Unit[];
  /** Top-level units in the order of the configuration. */
  readonly roots: Unit[];
  readonly unitById: Map<string, Unit>;
  readonly tags: Map<string, readonly string[]>;
  readonly sets: Map<string, ResourceSet>;
  readonly colocations: ColocationLink[];
  readonly orders: OrderLink[];
  readonly actions: ActionTable;
  readonly findings: Finding[];
  readonly contributions: Contribution[];
  /** Ends of monitors of roles that resources will not have, on nodes where they stay. */
  readonly roleCancels: { readonly action: Action; readonly start: Action | undefined }[];
  /** Actions that are only for a resource that stays as it is: superfluous if it starts anew. */
  readonly unlessRestarted: { readonly action: Action; readonly start: Action | undefined }[];
  /** What waits for the fencing of a node, if it is fenced. */
  readonly afterFencing: { readonly action: Action; readonly host: Host }[];
  room: Room;
  quorate: boolean;
  haveFenceDevice: boolean;
  haveUnfencing: boolean;
  /** By devices of the cluster's own configuration, not by resources as in a CIB. */
  unfencesItself: boolean;
  nextChangeAtMs: number | undefined;
}

export function note(world: World, code: string, about: string, text: string): void {
  if (world.findings.length < FINDINGS_MAX) world.findings.push({ code, about, text });
}

const FINDINGS_MAX = 10_000;

/** Remembers that the answer may change at this moment by time alone. */
export function changesAt(world: World, ms: number): void {
  if (ms <= world.nowMs) return;
  if (world.nextChangeAtMs === undefined || ms < world.nextChangeAtMs) world.nextChangeAtMs = ms;
}

/** What rules need to know of the time, and whom they tell when it matters again. */
export const timeOf = (world: World): Pick<RuleContext, 'nowMs' | 'changesAt'> => ({
  nowMs: world.nowMs,
  changesAt: (ms) => changesAt(world, ms),
});

/** The top of the unit's tree; `insideBundle` stops below a bundle. */
export function topOf(unit: Unit, belowBundle = false): Unit {
  let top = unit;
  for (let at = unit.parent; at !== undefined; at = at.parent) {
    if (belowBundle && at.kind === 'bundle') break;
    top = at;
  }
  return top;
}

/** The clone that the unit is an instance of, or a part of an instance of. */
export function cloneOf(unit: Unit): Unit | undefined {
  let at: Unit | undefined = unit;
  while (at !== undefined && at.kind !== 'clone') at = at.parent;
  return at;
}

/** The primitives below a unit (itself if it is one), in order. */
export function primitivesOf(unit: Unit): readonly Unit[] {
  if (unit.kind === 'primitive') return [unit];
  const found: Unit[] = [];
  const stack: Unit[] = [unit];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next.kind === 'primitive') found.push(next);
    for (let i = next.children.length - 1; i >= 0; i -= 1) {
      const child = next.children[i];
      if (child !== undefined) stack.push(child);
    }
  }
  return found;
}
