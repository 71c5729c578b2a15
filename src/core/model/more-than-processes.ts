/** Of which agents something stays when all of their processes are gone. */
import type { AgentName } from './operation.ts';

/**
 * Agents whose resources are addresses, mounts, exports, volumes, devices, containers or machines:
 * something stays when their processes are gone, if they have any.
 */
export function isMoreThanProcesses({ class: agentClass, type }: AgentName): boolean {
  switch (agentClass) {
    case 'command':
    // Its network goes when its monitor finds no process.
    case 'container':
    case 'lsb':
    case 'service':
      return false;
    case 'systemd':
      return UNITS_WITHOUT_PROCESSES.test(type);
    case 'ocf':
      return NOT_ONLY_PROCESSES.some((pattern) => pattern.test(type));
    default:
      return true;
  }
}

const UNITS_WITHOUT_PROCESSES =
  /\.(?:socket|target|mount|automount|timer|path|slice|scope|swap|device)$/;

/** Of Debian's resource-agents and pacemaker-resource-agents, by what their start brings up. */
const NOT_ONLY_PROCESSES: readonly RegExp[] = [
  // Addresses, routes, filters, interfaces, names
  /^(?:IP|VIPArip|Route|SendArp|iface-|portblock|ipsec|dnsupdate|ldirectord|ocivip)/,
  /(?:vip|-ip|-route|-route53|awseip|-lb|-ilb|azure-events.*)$/,
  // File systems, exports, volumes, disks, reservations
  /^(?:Filesystem|exportfs|nfs|smb-share|symlink|ZFS|LVM|lvm|Evms|crypt|mdraid|Raid1|ManageRAID)/,
  /^(?:drbd|sg_persist|mpathpersist|scsi2reservation|sfex|iSCSI|iscsi|AoEtarget|nvmet|vdo)/,
  /^(?:LinuxSCSI|ServeRAID|ICP|gcp-pd-move|.*cinder-volume|clvm|controld|dlm|o2cb|CTDB|oraasm)/,
  // Containers and machines
  /^(?:docker|podman|rkt|lxc|lxd|ManageVE|VirtualDomain|Xen|vmware)/,
];
