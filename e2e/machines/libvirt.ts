/** Nodes of the laboratory with a libvirt each, and a small guest for it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UNPACKED } from '../agents/hypervisor.ts';
import type { LabNode } from '../lab/node.ts';
import { until } from '../lab/run.ts';
import { kernelWords } from './guest.ts';
import type { MachinesLab } from './lab.ts';

/** To be called each time that the node has booted. */
export async function startLibvirt(node: LabNode): Promise<void> {
  const script = join(import.meta.dirname, 'libvirt-node.sh');
  await node.launch(['sh', script, UNPACKED], { log: '/var/log/libvirt-node.log' });
  const isThere = async (): Promise<boolean> =>
    (await node.exec(['test', '-e', '/run/packages/ready'])).code === 0;
  await until(`libvirt answers on ${node.name}`, isThere);
}

export const virsh = (node: LabNode, ...words: readonly string[]): Promise<string> =>
  node.ask(['virsh', '--quiet', '--connect', 'qemu:///system', ...words]);

/** Of the guest that runs at this address, or that would; the path that all nodes know it by. */
export function domainFile({ lab, image }: MachinesLab, name: string, address: string): string {
  writeFileSync(
    join(lab.sharedDirectory, `${name}.xml`),
    // VirtualDomain reads the name with sed: it stands alone on its line.
    `<domain type='qemu'>
  <name>${name}</name>
  <memory unit='MiB'>96</memory><vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>/run/lab/vmlinuz</kernel><initrd>/run/lab/guest.cpio</initrd>
    <cmdline>${kernelWords('', address).trim()}</cmdline>
  </os>
  <features><acpi/></features>
  <on_poweroff>destroy</on_poweroff>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/><source file='${image(`${name}.raw`)}'/><target dev='vda' bus='virtio'/>
    </disk>
    <interface type='bridge'><source bridge='br0'/><model type='virtio'/></interface>
    <serial type='file'><source path='/run/${name}.serial'/></serial>
  </devices>
</domain>
`,
  );
  return `/run/lab/${name}.xml`;
}
