/** Placement of a bundle: containers like instances of a clone, then what belongs to each. */
import { INFINITY_SCORE } from '../../model/score.ts';
import type { Replica, Unit, World } from '../world.ts';
import { assignInstances, unwantedHosts } from './clone.ts';
import type { AssignInstance } from './clone.ts';
import { compareInstances } from './instances.ts';
import type { Assigner } from './primitive.ts';

export function assignBundle(assigner: Assigner, bundle: Unit, assign: AssignInstance): void {
  const settings = bundle.bundle;
  if (!bundle.provisional || bundle.assigning || settings === undefined) return;
  bundle.assigning = true;
  const { world } = assigner;
  const containers = settings.replicas.map((replica) => replica.container);
  const ordered = containers.sort((a, b) => compareInstances(world, bundle, a, b));
  const { replicasMax: total, perHostMax: perNodeMax } = settings;
  const unwanted = unwantedHosts(world, bundle);
  assignInstances(world, bundle, ordered, { total, perNodeMax, unwanted }, assign);
  for (const replica of settings.replicas) assignParts(assigner, replica, assign);
  if (settings.inner !== undefined) assignInner(assigner, settings.inner, settings.replicas);
  bundle.provisional = false;
  bundle.assigning = false;
}

function assignParts(assigner: Assigner, replica: Replica, assign: AssignInstance): void {
  const at = replica.container.assigned;
  if (replica.address !== undefined) assign(replica.address, at);
  if (replica.connection !== undefined) {
    keepOnHostOfContainer(assigner.world, replica);
    assign(replica.connection, at);
  }
}

/** A container on a remote node is reached through the node that holds the remote's connection. */
function keepOnHostOfContainer(world: World, { container, connection }: Replica): void {
  const outer = container.assigned?.connection?.assigned;
  if (outer === undefined || connection === undefined) return;
  for (const host of world.hosts) {
    if (host !== outer) connection.scores[host.index] = -INFINITY_SCORE;
  }
}

/** Each inner instance belongs on its own replica's node and nowhere else. */
function assignInner(assigner: Assigner, inner: Unit, replicas: readonly Replica[]): void {
  const { world } = assigner;
  for (const host of world.hosts) {
    const own = replicas.some((replica) => replica.host === host);
    inner.scores[host.index] = own ? 0 : -INFINITY_SCORE;
    if (own) inner.present[host.index] = 1;
  }
  for (const replica of replicas) {
    if (replica.child === undefined) continue;
    for (const host of world.hosts) {
      const { index } = host;
      const allowed = host === replica.host && (replica.child.scores[index] ?? 0) > -INFINITY_SCORE;
      const free = replica.child.present[index] !== 1 && host === replica.host;
      replica.child.present[index] = 1;
      replica.child.scores[index] = allowed || free ? INFINITY_SCORE : -INFINITY_SCORE;
    }
  }
  assigner.assign(inner);
}
