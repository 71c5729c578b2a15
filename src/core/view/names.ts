/** Names of instances and actions, as people read them. */
import type { FenceDevice } from '../model/configuration.ts';
import type { PlannedAction } from '../model/plan.ts';
import { durationText } from '../model/value.ts';

const INSTANCE_SUFFIX = /:\d+$/;

/** `web:2`, an instance of a clone, belongs to the configured resource `web`. */
export function configuredId(instance: string): string {
  return instance.replace(INSTANCE_SUFFIX, '');
}

/** "start web on n1": an action as a person would say it. */
export function actionText(
  action: PlannedAction,
  fenceDevices: readonly FenceDevice[] = [],
): string {
  const what = action.instance ?? action.resource ?? action.name;
  const where = action.node === undefined ? '' : ` on ${action.node}`;
  switch (action.kind) {
    case 'fence':
      if (action.fenceMethod === 'on') return `unfence ${action.node ?? action.name}`;
      return `fence ${action.node ?? action.name}${fenceMethodText(action, fenceDevices)}`;
    case 'shutdown':
      return `let ${action.node ?? action.name} leave`;
    case 'monitor':
      if (action.intervalMs === 0) return `probe ${what}${where}`;
      return `monitor ${what}${where} every ${durationText(action.intervalMs)}`;
    case 'migrate_to':
      return `migrate ${what} from ${action.migrateSource ?? action.node} to ${action.migrateTarget}`;
    case 'migrate_from':
      return `take over ${what}${where} from ${action.migrateSource}`;
    case 'cancel':
      return `end ${action.of ?? 'the monitor'} of ${what}${where}`;
    case 'notify':
      return `notify ${what}${where}`;
    case 'delete-history':
      return `forget the history of ${what}${where}`;
    case 'clear-failcount':
      return `clear the fail count of ${what}${where}`;
    case 'start':
    case 'stop':
    case 'promote':
    case 'demote':
    case 'reload':
    case 'pseudo':
      return `${action.kind} ${what}${where}`;
  }
}

/**
 * What the devices that reach the node will do: one may be configured to switch off where a reboot
 * is planned. Where they differ, which is used is not known yet.
 */
function fenceMethodText(action: PlannedAction, devices: readonly FenceDevice[]): string {
  const { fenceMethod = 'off', node } = action;
  const able = devices.filter(
    ({ hosts }) => Object.keys(hosts).length === 0 || (node !== undefined && node in hosts),
  );
  if (fenceMethod !== 'reboot' || able.length === 0) return ` (${fenceMethod})`;
  const [first] = able;
  return able.every((device) => device.action === first?.action) ? ` (${first?.action})` : '';
}

/** Joins by commas and a last "and". */
export function listText(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

export function byCodeUnits(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
