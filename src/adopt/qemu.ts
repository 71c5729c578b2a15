/** QEMU processes of this node with a QMP socket, that nobody else manages. */
import { readFileSync, readdirSync } from 'node:fs';
import { machineOperations, type Found } from './found.ts';
import { processIdentity } from './identity.ts';
import { qemuSummary } from './qemu-words.ts';

export function findQemu(): readonly Found[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => foundIn(commandLine(pid), processIdentity(pid)));
}

/** Those of libvirt are its own (libvirt.ts), those of Holdfast are resources already. */
const managed = /\/(?:libvirt|holdfast[^/]*)\//;

export function foundIn(argv: readonly string[], identity: string): readonly Found[] {
  const [program = '', ...words] = argv;
  if (!/(?:^|\/)(?:qemu-system-[\w-]+|kvm)$/.test(program)) return [];
  const summary = qemuSummary(words);
  if (summary.control === undefined || managed.test(summary.control)) return [];
  const name = summary.name ?? 'machine';
  return [
    {
      kind: 'vm',
      name,
      agent: 'vm',
      parameters: {
        command_line: JSON.stringify(argv),
        memory: String(summary.memoryMib),
        cpus: String(summary.cpus),
      },
      identity,
      disks: summary.disks,
      macs: summary.macs,
      operations: machineOperations,
      memoryMib: summary.memoryMib,
      cpus: summary.cpus,
      autostart: false,
      switches: [],
      notes: [
        ...(summary.name === undefined ? ['QEMU was given no -name: it is called "machine"'] : []),
        ...summary.taps.map((tap) => `each node needs the device ${tap} before it can move there`),
      ],
    },
  ];
}

/** Undefined where nothing of it can be read any more: no words. */
function commandLine(pid: string): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return text.split('\0').slice(0, -1);
  } catch {
    return [];
  }
}
