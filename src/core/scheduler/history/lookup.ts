/** Which unit a name in a node's history means. */
import type { ResourceHistory } from '../../model/picture.ts';
import { addInstance, addRemoved } from '../configuration/units.ts';
import type { RuleContext } from '../values/rules.ts';
import { cloneOf, note, primitivesOf } from '../world.ts';
import type { Host, Unit, World } from '../world.ts';

/**
 * The unit of a history entry. Numbers of anonymous clones have no meaning: the instance that is
 * already on the host is taken, else a free one, else an instance too many is made. What the
 * configuration does not know becomes a removed resource.
 */
export function findHistoryUnit(
  world: World,
  host: Host,
  history: ResourceHistory,
  context: RuleContext,
): Unit | undefined {
  const id = history.resource;
  const exact = world.unitById.get(id);
  const base = exact === undefined ? id.replace(/:\d+$/, '') : id;
  const found = exact ?? world.unitById.get(base);
  if (found !== undefined && found.kind === 'primitive') {
    const clone = cloneOf(found);
    if (clone !== undefined && !found.unique) {
      return anonymousInstance(world, clone, host, found.configId, { history, context });
    }
    if (exact !== undefined && (clone === undefined || found.id === id)) return found;
  }
  return addRemovedOnce(world, id, history, context);
}

function addRemovedOnce(
  world: World,
  id: string,
  history: ResourceHistory,
  context: RuleContext,
): Unit | undefined {
  const known = world.unitById.get(id);
  if (known !== undefined && known.id === id) return known.kind === 'primitive' ? known : undefined;
  note(world, 'removed', id, `${id} is not in the configuration, but known on a node.`);
  const unit = addRemoved(world, id, history.agent, context);
  if (unit.id === id) world.unitById.set(id, unit);
  return unit;
}

function anonymousInstance(
  world: World,
  clone: Unit,
  host: Host,
  configId: string,
  { history, context }: { readonly history: ResourceHistory; readonly context: RuleContext },
): Unit | undefined {
  const own = replicaInstance(clone, host);
  if (own !== undefined) return partOf(own, configId);
  let free: Unit | undefined;
  let taken = false;
  for (const instance of clone.children) {
    const places = activePlaces(instance);
    if (places.length > 0) {
      if (!places.includes(host)) continue;
      const part = partOf(instance, configId);
      if (part === undefined) continue;
      if (part.activeOn.length === 0) return part;
      taken = true;
      continue;
    }
    if (free === undefined && !taken && !instance.blocked && !instance.removed) {
      const part = partOf(instance, configId);
      const pendingElsewhere = part?.pendingOn !== undefined && part.pendingOn !== host;
      if (part !== undefined && !pendingElsewhere) free = part;
    }
  }
  if (free !== undefined && !taken) return free;
  if (!taken && isInactive(history)) return partOf(clone.children[0] ?? clone, configId);
  const spare = addInstance(world, clone, clone.children.length, context);
  if (spare === undefined) return undefined;
  spare.removed = true;
  for (const part of primitivesOf(spare)) part.removed = true;
  return partOf(spare, configId);
}

/** On a bundle's node there is its replica's instance and no other. */
const replicaInstance = (clone: Unit, host: Host): Unit | undefined =>
  clone.parent?.bundle?.replicas.find((replica) => replica.host === host)?.child;

/** The newest single operation says that nothing runs: no instance of its own is needed for that. */
function isInactive(history: ResourceHistory): boolean {
  const single = history.operations.filter((record) => record.intervalMs === 0);
  const newest = single.reduce<(typeof single)[number] | undefined>(
    (best, record) => (best === undefined || record.callId > best.callId ? record : best),
    undefined,
  );
  if (newest === undefined) return false;
  if (newest.operation === 'stop') return newest.exitCode === 0;
  return newest.operation === 'monitor' && newest.exitCode === 7;
}

function activePlaces(instance: Unit): readonly Host[] {
  if (instance.kind === 'primitive') return instance.activeOn;
  return primitivesOf(instance).flatMap((part) => part.activeOn);
}

const partOf = (instance: Unit, configId: string): Unit | undefined =>
  primitivesOf(instance).find((part) => part.configId === configId);
