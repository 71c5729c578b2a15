/** Which nodes of a laboratory have a QEMU, whatever the cluster says. */
import { isServer, signal, type HostProcess } from '../lab/host.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';

export const qemusOf = (node: LabNode): readonly HostProcess[] =>
  node.pid() === undefined
    ? []
    : node.processes().filter((each) => isServer(each, 'qemu-system-x86_64'));

/** By name; one for each QEMU that is there. */
export const nodesWithQemu = ({ nodes }: Lab): readonly string[] =>
  nodes.flatMap((node) => qemusOf(node).map(() => node.name));

/** SIGKILL: no daemon is asked. */
export function endQemu(node: LabNode): void {
  for (const { pid } of qemusOf(node)) signal(pid, 'SIGKILL');
}
