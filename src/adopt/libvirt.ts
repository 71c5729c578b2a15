/** Domains of libvirt on this node, running or off: they stay libvirt's, under ocf:heartbeat:VirtualDomain. */
import { existsSync } from 'node:fs';
import { machineOperations, type Found } from './found.ts';
import { domainIdentity } from './identity.ts';
import type { Search } from './podman.ts';
import { ask } from './run.ts';

const CONNECTION = ['--connect', 'qemu:///system'];

export async function findDomains(): Promise<Search> {
  const names = await ask('virsh', [...CONNECTION, 'list', '--all', '--name']);
  if (names.kind === 'missing') return { found: [], problems: [] };
  if (names.kind === 'failed') return { found: [], problems: [`virsh: ${names.reason}`] };
  const found: Found[] = [];
  const problems: string[] = [];
  for (const name of names.output.split('\n').filter(Boolean)) {
    const domain = await describe(name);
    if (typeof domain === 'string') problems.push(domain);
    else found.push(domain);
  }
  return { found, problems };
}

/** Or why it cannot become a resource. */
async function describe(name: string): Promise<Found | string> {
  const xml = await ask('virsh', [...CONNECTION, 'dumpxml', '--', name]);
  const info = await ask('virsh', [...CONNECTION, 'dominfo', '--', name]);
  if (xml.kind !== 'done' || info.kind !== 'done') return `virsh does not describe ${name}`;
  const file = fileOf(name);
  if (existsSync(file)) return domainFound(name, xml.output, info.output);
  // A probe that cannot read the file finds nothing, and it would be started elsewhere as well.
  return (
    `${name} is left out: it runs without ${file}, from which VirtualDomain would know it ` +
    `("virsh dumpxml --security-info ${name}" shows what belongs there)`
  );
}

const fileOf = (name: string): string => `/etc/libvirt/qemu/${name}.xml`;

/** Of `virsh dumpxml` and `virsh dominfo`. */
export function domainFound(name: string, xml: string, info: string): Found {
  const of = (title: string): string =>
    new RegExp(`^${title}:\\s*(.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
  const autostart = of('Autostart') === 'enable';
  const file = fileOf(name);
  return {
    kind: 'vm',
    name,
    agent: 'ocf:heartbeat:VirtualDomain',
    parameters: { config: file, hypervisor: 'qemu:///system', migration_transport: 'ssh' },
    identity: domainIdentity(name, of('UUID')),
    off: of('State') === 'shut off',
    uuid: of('UUID'),
    files: [file],
    disks: disksIn(xml),
    macs: [...xml.matchAll(/<mac address='([^']+)'/g)].map(([, mac = '']) => mac.toLowerCase()),
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
    notes: [],
  };
}

/** Several domains may have a disk that is shareable or only read (libvirt, "Domain XML format"). */
const disksIn = (xml: string): Found['disks'] =>
  [...xml.matchAll(/<disk [\s\S]*?<\/disk>/g)].flatMap(([disk]) => {
    const path = /<source (?:file|dev)='([^']+)'/.exec(disk)?.[1];
    return path === undefined ? [] : [{ path, own: !/<(?:readonly|shareable)\/>/.test(disk) }];
  });

const autostartSwitch = (name: string) =>
  ({
    kind: 'command',
    what: `libvirt's autostart of ${name}`,
    off: ['virsh', ...CONNECTION, 'autostart', '--disable', '--', name],
    on: ['virsh', ...CONNECTION, 'autostart', '--', name],
  }) as const;
