/** Why something that does not run is not started: the cluster leaves it alone. */
import type { Unit, World } from '../world.ts';

/** With what to do about it. */
export function leftAlone(
  world: World,
  unit: Unit,
): { readonly reason: string; readonly advice: string } {
  if (world.options.fencing && !world.haveFenceDevice) {
    return {
      reason: 'there is no fence device, and without one everything is left as it is',
      advice:
        'describe a device under fencing.devices, or arm the watchdogs (fencing-watchdog-timeout); ' +
        'only where two copies harm nothing: fencing-enabled: false',
    };
  }
  if (unit.blocked) {
    return {
      reason: 'it failed, and is left as it is since then (on-fail: block)',
      advice: `mend the cause, then: holdfast resource cleanup ${unit.configId}`,
    };
  }
  if (world.options.maintenance) {
    return {
      reason: 'the whole cluster is in maintenance (maintenance-mode)',
      advice: 'set maintenance-mode to false in the configuration',
    };
  }
  if (unit.maintenance) {
    return {
      reason: 'it is in maintenance',
      advice: `holdfast resource maintenance ${unit.configId} --off, or maintenance: false in the configuration`,
    };
  }
  return {
    reason: 'it is not managed (is-managed: false), so it is not started',
    advice: 'set is-managed to true in the configuration, or start it by hand',
  };
}
