/** The `vm` class described as agents describe themselves. */
import { describeParameters } from '../description.ts';
import type { AgentDescription, ParameterWords } from '../description.ts';
import type { vmParameters } from './settings.ts';

type Name = (typeof vmParameters)[number];

const sameOnBoth = 'Both sides of a live migration need the same.';

const parameters: Readonly<Record<Name, ParameterWords>> = {
  memory: ['Memory in MiB', sameOnBoth, 'integer', '1024'],
  cpus: ['Processors', sameOnBoth, 'integer', '1'],
  disks: [
    'Images or block devices, a word each',
    'PATH,format=raw|qcow2,bus=virtio|scsi|ide,readonly=on,cache=none|writeback|directsync,size=20G. ' +
      'Without a format, .qcow2 is qcow2 and all else raw: it is never guessed from the content. ' +
      'The size is for images that a migration has to make. QEMU locks what it uses.',
  ],
  networks: [
    'Network cards, a word each',
    'BRIDGE,mac=52:54:00:12:34:56,model=virtio-net-pci; or user,forward=tcp::8080-:80 for a network ' +
      'behind the address of the node. Without mac it is made of the name, the same on each node.',
  ],
  machine: [
    "QEMU's type of machine",
    `pc without it, virt on aarch64. Better a versioned one (pc-q35-7.2). ${sameOnBoth}`,
  ],
  cpu: [
    "QEMU's type of processor",
    'qemu64 without it, max on aarch64. host, as max with KVM, is the fastest; then only equal hosts can ' +
      `exchange machines. ${sameOnBoth}`,
  ],
  accelerator: [
    'auto, kvm or tcg',
    'auto takes KVM where a small guest was seen to run with it, and not because /dev/kvm exists; ' +
      'logs and a start that fails say why it did not.',
    'string',
    'auto',
  ],
  uuid: ["The machine's UUID", 'Made of the name without it, the same on each node.'],
  kernel: ['A Linux kernel to start without a boot loader', 'An absolute path.'],
  initrd: ['Its first file system', 'An absolute path.'],
  append: ['Its command line', 'One text.'],
  firmware: [
    'The firmware',
    'An absolute path. Without it PC BIOS; on aarch64 none, and no disk boots.',
  ],
  vnc: ['Where the screen can be seen', "As QEMU's -vnc takes it: 127.0.0.1:1, unix:/path."],
  arguments: ['Further words for QEMU', 'Split as commands are; no shell runs them.'],
  command_line: [
    "All of QEMU's words, as a JSON list",
    'Of a machine that was taken over (holdfast adopt): one that runs with these words is found, ' +
      'and elsewhere it is started with them. Disks, networks and the like are in them then.',
  ],
  user: ['Runs as this user', 'root without it. Images must be theirs to write.'],
  guest_agent: [
    'Whether the QEMU guest agent runs in the guest',
    'Then it has to answer each monitor, and is asked to shut down beside the power button.',
    'boolean',
    'false',
  ],
  ping: ['Runs when this address answers to ping', 'ICMP echo. A start waits for it.'],
  tcp: ['Runs when this port takes connections', 'host:port. A start waits for it.'],
  http: ['Runs when this URL answers', 'http or https; certificates are not verified.'],
  http_status: ['The status that the URL must answer with', 'Any below 400 without it.'],
  migration_address: [
    'Where the other node is reached for a migration',
    'The address in the cluster without it; no name of a node, but the same text on each.',
  ],
  migration_port: [
    'Port for memory and devices',
    'One of 28672 to 29183 without it, for each machine another. Copied disks take the one 512 above.',
    'integer',
  ],
  migration_bandwidth: [
    'Limit in MiB per second',
    'For memory and copied disks. 0: as fast as it goes.',
    'integer',
    '0',
  ],
  migration_downtime: [
    'How long the guest may stand still, in ms',
    'QEMU keeps sending until the rest can be sent in this time; 100 ms are tried first.',
    'integer',
    '300',
  ],
  migration_tls: [
    'A directory with certificates',
    'ca-cert.pem, server-cert.pem, server-key.pem, client-cert.pem, client-key.pem on each node. ' +
      'Without it the memory of the guest travels readable.',
  ],
  migration_auto_converge: [
    'Whether a guest that writes faster than the network is slowed down',
    'Otherwise its migration never ends.',
    'boolean',
    'true',
  ],
  migration_postcopy: [
    'Whether it may go on at its target before all of its memory is there',
    'After one pass over the memory. Such a move always ends; one that breaks then is the end of ' +
      'the guest, which boots anew.',
    'boolean',
    'false',
  ],
  migration_storage: [
    'shared or copy',
    'shared: each node reaches the images. copy: they are copied while the guest runs; the old ' +
      'ones are marked stale and never booted.',
    'string',
    'shared',
  ],
  migration_overcommit: [
    'Whether it may come to a node that has less memory available than it may use',
    'Otherwise that node refuses it, and it stays where it is: what the kernel of its target kills is lost.',
    'boolean',
    'false',
  ],
};

const atEachOperation = Object.keys(parameters).filter(
  (name) => name.startsWith('migration_') || ['ping', 'tcp', 'http', 'http_status'].includes(name),
);

export const vmDescription: AgentDescription = {
  agent: { class: 'vm', type: '' },
  version: '1',
  title: 'A virtual machine, without libvirt',
  description:
    'Runs QEMU and talks to it: boots, shuts down, looks after it, and moves it while it runs.',
  parameters: describeParameters(parameters, atEachOperation),
  parametersKnown: true,
  operations: [
    { name: 'start', timeoutMs: 120_000 },
    { name: 'stop', timeoutMs: 120_000 },
    { name: 'monitor', timeoutMs: 20_000, intervalMs: 10_000 },
    { name: 'migrate_to', timeoutMs: 600_000 },
    { name: 'migrate_from', timeoutMs: 60_000 },
    { name: 'reload-agent', timeoutMs: 20_000 },
  ],
};
