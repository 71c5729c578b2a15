/** Domains of libvirt that run on this node: they stay libvirt's, under ocf:heartbeat:VirtualDomain. */
import { machineOperations, type Found } from './found.ts';
import type { Search } from './podman.ts';
import { ask } from './run.ts';
import { reachOf } from './storage.ts';

const CONNECTION = ['--connect', 'qemu:///system'];

export async function findDomains(): Promise<Search> {
  const names = await ask('virsh', [...CONNECTION, 'list', '--name']);
  if (names.kind === 'missing') return { found: [], problem: undefined };
  if (names.kind === 'failed') return { found: [], problem: `virsh: ${names.reason}` };
  const found: Found[] = [];
  for (const name of names.output.split('\n').filter(Boolean)) {
    const xml = await ask('virsh', [...CONNECTION, 'dumpxml', '--', name]);
    const info = await ask('virsh', [...CONNECTION, 'dominfo', '--', name]);
    if (xml.kind !== 'done' || info.kind !== 'done') {
      return { found, problem: `virsh does not describe ${name}` };
    }
    found.push(domainFound(name, xml.output, info.output));
  }
  return { found, problem: undefined };
}

/** Of `virsh dumpxml` and `virsh dominfo`. */
export function domainFound(name: string, xml: string, info: string): Found {
  const of = (title: string): string =>
    new RegExp(`^${title}:\\s*(.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
  const images = [...xml.matchAll(/<source (?:file|dev)='([^']+)'/g)].map(([, path = '']) => path);
  const autostart = of('Autostart') === 'enable';
  const file = `/etc/libvirt/qemu/${name}.xml`;
  return {
    kind: 'vm',
    name,
    agent: 'ocf:heartbeat:VirtualDomain',
    parameters: { config: file, hypervisor: 'qemu:///system', migration_transport: 'ssh' },
    operations: machineOperations,
    memoryMib: Math.ceil(Number(of('Max memory').split(' ')[0] ?? 0) / 1024) || undefined,
    cpus: Number(of('CPU\\(s\\)')) || undefined,
    autostart,
    switches: [
      ...(autostart ? [autostartSwitch(name)] : []),
      {
        kind: 'unit',
        what: 'libvirt-guests, which starts and stops domains with the node',
        unit: 'libvirt-guests.service',
      },
    ],
    notes: [...reachOf(images), `each node needs ${file}`],
  };
}

const autostartSwitch = (name: string) =>
  ({
    kind: 'command',
    what: `libvirt's autostart of ${name}`,
    off: ['virsh', ...CONNECTION, 'autostart', '--disable', '--', name],
    on: ['virsh', ...CONNECTION, 'autostart', '--', name],
  }) as const;
