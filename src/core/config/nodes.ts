/** Names under which nodes are known to a configuration: members, remote nodes, guests, bundles. */
import type { Configuration } from '../model/configuration.ts';
import { valueOf } from './values.ts';
import { eachResource } from './walk.ts';

/** A bundle cannot ask for more replicas than this here: each would be a name to hold. */
const REPLICAS_MAX = 1000;

export function knownNodeNames(configuration: Configuration): ReadonlySet<string> {
  const names = new Set<string>(configuration.nodes.map(({ name }) => name));
  for (const { resource } of eachResource(configuration)) {
    if (resource.kind === 'primitive') {
      const guest = valueOf(resource.meta, 'remote-node');
      if (guest !== undefined) names.add(guest);
      const { agent } = resource;
      if (agent?.provider === 'pacemaker' && agent.type === 'remote') names.add(resource.id);
    }
    if (resource.kind === 'bundle') {
      const replicas = Number(resource.container['replicas'] ?? 1);
      const count = Number.isSafeInteger(replicas) ? Math.min(replicas, REPLICAS_MAX) : 1;
      for (let index = 0; index < count; index += 1) names.add(`${resource.id}-${index}`);
    }
  }
  return names;
}
