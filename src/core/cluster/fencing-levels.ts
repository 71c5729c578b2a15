/** What to shoot a node with, and in which order (Pacemaker Explained, "Fencing Topologies"). */
import type { Configuration, FenceDevice, FencingLevel } from '../model/configuration.ts';
import { triesOf } from '../model/fence-device.ts';
import type { NodeName } from '../model/ids.ts';
import { deviceReaches } from './fence-hosts.ts';
import { matches } from './pattern.ts';
import { isPill, pillTerms } from './poison.ts';
import type { ClusterState, FencingMethod } from './state.ts';
import { WATCHDOG_DEVICE, resetAfterMs } from './watchdog.ts';

/**
 * The ways to fence a target, to be tried one after the other and then from the first again. Of one
 * way all devices must succeed: a machine with two power supplies is off when both are. Without
 * levels each device that reaches the target is a way of its own. Each is tried as often as its
 * device says. A pill that the target has not proved to take is no way.
 */
export function fencingWays(
  cluster: ClusterState,
  target: NodeName,
  method: FencingMethod = 'reboot',
): readonly (readonly FenceDevice[])[] {
  const hasPill = pillTerms(cluster, target) !== undefined;
  const useful = waysOnce(cluster, target).filter((way) => hasPill || !way.some(isPill));
  const ways = useful.flatMap((way) => Array.from({ length: triesOfWay(way, method) }, () => way));
  return isSelfFenced(cluster, target) ? [...ways, [WATCHDOG_DEVICE]] : ways;
}

/** Behind all others, which confirm, and sooner. */
function isSelfFenced(cluster: ClusterState, target: NodeName): boolean {
  if (resetAfterMs(cluster, target) === undefined) return false;
  const { fenceDevices } = cluster.configuration.model;
  return !fenceDevices.some(({ id }) => id === WATCHDOG_DEVICE.id);
}

/** No device reaches it, and the cluster counts on its watchdog. */
export const isFencedByWatchdogAlone = (cluster: ClusterState, target: NodeName): boolean =>
  isSelfFenced(cluster, target) && waysOnce(cluster, target).length === 0;

function waysOnce(cluster: ClusterState, target: NodeName): readonly (readonly FenceDevice[])[] {
  const { model } = cluster.configuration;
  const levels = levelsOf(cluster, target);
  return levels.length === 0
    ? model.fenceDevices
        .filter((device) => deviceReaches(cluster, device, target))
        .map((device) => [device])
    : levels.map((level) => devicesOf(model, level)).filter((way) => way.length > 0);
}

/** Each device that may have to shoot the target, once, with the first way that it is part of. */
export function fencingPaths(
  cluster: ClusterState,
  target: NodeName,
): readonly { readonly device: FenceDevice; readonly level: number }[] {
  const seen = new Set<string>();
  return waysOnce(cluster, target).flatMap((way, at) =>
    way.flatMap((device) => {
      if (seen.has(device.id)) return [];
      seen.add(device.id);
      return [{ device, level: at + 1 }];
    }),
  );
}

const triesOfWay = (way: readonly FenceDevice[], method: FencingMethod): number =>
  Math.max(...way.map((device) => triesOf(device, method)));

/** A level of which a device is missing cannot succeed. */
function devicesOf(configuration: Configuration, level: FencingLevel): readonly FenceDevice[] {
  const found = level.devices.map((id) =>
    configuration.fenceDevices.find((device) => device.id === id),
  );
  const devices = found.filter((device) => device !== undefined);
  return devices.length === level.devices.length ? devices : [];
}

/** Those of the target by name; else by pattern; else by attribute. By rising index. */
function levelsOf(cluster: ClusterState, target: NodeName): readonly FencingLevel[] {
  const levels = cluster.configuration.model.fencingLevels.toSorted(
    (left, right) => left.index - right.index,
  );
  for (const kind of ['node', 'pattern', 'attribute'] as const) {
    const meant = levels.filter((level) => isMeant(cluster, level.target, kind, target));
    if (meant.length > 0) return meant;
  }
  return [];
}

function isMeant(
  cluster: ClusterState,
  target: FencingLevel['target'],
  kind: FencingLevel['target']['kind'],
  node: NodeName,
): boolean {
  if (target.kind !== kind) return false;
  switch (target.kind) {
    case 'node':
      return target.node === node;
    case 'pattern':
      return matches(target.pattern, node);
    case 'attribute':
      return attributesOf(cluster, node).some((values) => values[target.name] === target.value);
  }
}

function attributesOf(
  cluster: ClusterState,
  node: NodeName,
): readonly Readonly<Record<string, string>>[] {
  const configured = cluster.configuration.model.nodes.find((each) => each.name === node);
  return [
    cluster.nodes[node]?.attributes ?? {},
    ...(configured?.attributes ?? []).map((block) => block.values),
  ];
}
