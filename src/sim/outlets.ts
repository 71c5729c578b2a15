/**
 * Power switches that say themselves whom they reach: each node hangs on an outlet of one of them, and
 * a switch does nothing to others. By what it was asked for, and for nobody else, power goes.
 */
import type { FenceHost, FenceRequest } from '../core/model/operation.ts';
import type { Machine } from './machine.ts';
import { Violation } from './violation.ts';

/** How they are asked: by their list, or by the status of each node. */
export type HostsSetting = 'dynamic-list' | 'status';

/** Two switches, and what hangs on which: the first of them has the odd nodes. */
export const outletSwitches: readonly string[] = ['east', 'west'];

const hangsOn = (device: string, at: number): boolean =>
  at % outletSwitches.length === outletSwitches.indexOf(device);

export function listOf(machines: readonly Machine[], device: string): readonly FenceHost[] {
  return machines.flatMap(({ name }, at) =>
    hangsOn(device, at) ? [{ port: outletOf(at), alias: name }] : [],
  );
}

const outletOf = (at: number): string => `outlet-${at + 1}`;

/** Whom this request is about; undefined: the switch has no such outlet. */
export function atOutlet(
  machines: readonly Machine[],
  { device, port, target }: FenceRequest,
): Machine | undefined {
  const found = machines.find(
    ({ name }, at) => hangsOn(device, at) && (port === outletOf(at) || port === name),
  );
  if (found === undefined || found.name === target) return found;
  throw new Violation(`the wrong machine: ${device} is asked for ${port ?? ''} of ${target ?? ''}`);
}
