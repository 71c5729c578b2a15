/** What a fence device says of one node and one action: whom it reaches, for how long, how often. */
import type { FenceAction, FenceDevice, HostCheck } from './configuration.ts';
import type { NodeName } from './ids.ts';

/** Pacemaker Explained, "Fencing": a list where it is written, else what the device itself says. */
export const hostCheckOf = ({ hostCheck, hosts }: FenceDevice): HostCheck =>
  hostCheck ?? (Object.keys(hosts).length > 0 ? 'static-list' : 'dynamic-list');

/** As far as the configuration says: what a device that is asked will answer is not in it. */
export const reaches = (device: FenceDevice, target: NodeName): boolean =>
  hostCheckOf(device) !== 'static-list' || portFor(device, target) !== undefined;

/** What the device calls the node; one that is not among its hosts by its own name. */
export const portOf = (device: FenceDevice, target: NodeName): string =>
  portFor(device, target) ?? target;

/**
 * A name counts more than a pattern, the first pattern by code units more than the next. What `*`
 * stands for in the pattern stands for `*` in its value as well.
 */
function portFor({ hosts }: FenceDevice, target: NodeName): string | undefined {
  if (hosts[target] !== undefined) return hosts[target];
  for (const pattern of Object.keys(hosts).toSorted()) {
    const star = matchOf(pattern, target);
    if (star !== undefined) return (hosts[pattern] ?? '').replace('*', () => star);
  }
  return undefined;
}

/** What the one `*` of the pattern stands for; undefined: it does not match. */
function matchOf(pattern: string, name: string): string | undefined {
  const at = pattern.indexOf('*');
  if (at < 0) return undefined;
  const [before, after] = [pattern.slice(0, at), pattern.slice(at + 1)];
  if (name.length < before.length + after.length) return undefined;
  if (!name.startsWith(before) || !name.endsWith(after)) return undefined;
  return name.slice(before.length, name.length - after.length);
}

export const timeoutOf = (device: FenceDevice, action: FenceAction): number =>
  device.timeoutsMs?.[action] ?? device.timeoutMs;

/** Gives nodes access to what they share (unfencing). */
export const givesAccess = ({ unfencing }: FenceDevice): boolean =>
  unfencing !== undefined && unfencing !== 'none';

const TRIES_MAX = 10;

/** How often it is tried before the next way is. */
export const triesOf = (device: FenceDevice, method: 'off' | 'reboot' | 'on'): number =>
  Math.min(TRIES_MAX, Math.max(1, device.retriesFor?.[method] ?? device.retries));

export const baseDelayMs = (device: FenceDevice, target: NodeName): number =>
  device.delaysMs?.[target] ?? device.delayMs;

/**
 * On top of the base, up to `delayMaxMs` in all (man pacemaker-fenced, "pcmk_delay_max"). Both halves
 * of a split draw their own: who waits longer is shot.
 *
 * @param chance from 0 up to, but not, 1: drawn at the edge
 */
export function randomDelayMs(device: FenceDevice, target: NodeName, chance: number): number {
  const room = Math.max(0, (device.delayMaxMs ?? 0) - baseDelayMs(device, target));
  return Math.floor(room * Math.min(1, Math.max(0, chance)));
}
