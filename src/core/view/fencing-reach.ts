/** Whom the configured fence devices reach, before one is lost: the mistakes of a map of hosts. */
import { fencingPaths } from '../cluster/fencing-levels.ts';
import { booleanOption, clusterOption } from '../cluster/options.ts';
import { sortedValues } from '../cluster/order.ts';
import type { ClusterState } from '../cluster/state.ts';
import { listText } from './names.ts';
import { isActing } from './quorum.ts';
import type { Reading } from './reading.ts';
import type { Note } from './types.ts';

/** For who applies it: hosts of a device that serves other clusters, too, are no mistake for ever. */
export function reachNotes({ cluster, view, local }: Reading): Note[] {
  if (!isActing(view) || local.engine === 'local' || !isFencingOn(cluster)) return [];
  return [...unreachedNodes(cluster), ...unknownHosts(cluster)];
}

export const isFencingOn = ({ configuration }: ClusterState): boolean =>
  booleanOption(configuration.model, 'fencing-enabled', true);

/** Nodes that the engine names and the devices do not. */
export function unreachedNodes(cluster: ClusterState): Note[] {
  const { model } = cluster.configuration;
  const watchdog = clusterOption(model, 'fencing-watchdog-timeout') ?? '0';
  if (model.fenceDevices.length === 0 || !/^0*[a-z]*$/.test(watchdog)) return [];
  const names = namesOf(cluster).filter((name) => fencingPaths(cluster, name).length === 0);
  if (names.length === 0) return [];
  const text = `No fence device reaches ${listText(names)}: what runs there is not recovered if it is lost.`;
  const advice = 'add it to the hosts of a device under fencing.devices, and apply it';
  return [{ severity: 'error', text, advice }];
}

/** A name that is misspelt protects nobody. Patterns are meant for nodes to come. */
function unknownHosts(cluster: ClusterState): Note[] {
  const { fenceDevices, nodes } = cluster.configuration.model;
  const known = new Set<string>([...namesOf(cluster), ...nodes.map(({ name }) => name)]);
  return fenceDevices.flatMap(({ id, hosts }) => {
    const strangers = Object.keys(hosts).filter(
      (name) => /^[\w.-]+$/.test(name) && !known.has(name),
    );
    if (strangers.length === 0) return [];
    return [
      {
        severity: 'warning' as const,
        text: `The hosts of fence device ${id} name ${listText(strangers)}, which this cluster does not know.`,
        advice: `its nodes are ${listText(namesOf(cluster))}, by their names in corosync.conf`,
      },
    ];
  });
}

const namesOf = ({ nodes }: ClusterState) => sortedValues(nodes).map(({ name }) => name);
