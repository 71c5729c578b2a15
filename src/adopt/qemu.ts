/** QEMU processes of this node with a QMP socket, that nobody else manages. */
import { readFileSync, readdirSync } from 'node:fs';
import { machineOperations, type Found } from './found.ts';
import { processIdentity } from './identity.ts';
import { qemuSummary } from './qemu-words.ts';
import { ask } from './run.ts';

export async function findQemu(): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const words = commandLine(pid);
    if (!isQemu(words)) continue;
    found.push(...foundIn(words, processIdentity(pid), await ownerOf(pid)));
  }
  return found;
}

/** The service of systemd that it is part of, and whether it is the service. */
export interface Owner {
  readonly unit: string;
  readonly isMain: boolean;
}

async function ownerOf(pid: string): Promise<Owner | undefined> {
  const unit = unitOf(cgroups(pid));
  if (unit === undefined) return undefined;
  const shown = await ask('systemctl', ['show', '--property=MainPID', '--value', '--', unit]);
  return { unit, isMain: shown.kind === 'done' && shown.output.trim() === pid };
}

const isQemu = ([program = '']: readonly string[]): boolean =>
  /(?:^|\/)(?:qemu-system-[\w-]+|qemu-kvm|kvm)$/.test(program);

/** Those of libvirt are its own (libvirt.ts), those of Holdfast are resources already. */
const managed = /\/(?:libvirt|holdfast[^/]*)\//;

export function foundIn(
  argv: readonly string[],
  identity: string,
  owner?: Owner,
): readonly Found[] {
  const [, ...words] = argv;
  if (!isQemu(argv)) return [];
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
      off: false,
      files: [],
      disks: summary.disks,
      macs: summary.macs,
      operations: machineOperations,
      memoryMib: summary.memoryMib,
      cpus: summary.cpus,
      autostart: false,
      switches: switchesOf(owner),
      notes: [
        ...(summary.name === undefined ? ['QEMU was given no -name: it is called "machine"'] : []),
        ...(owner === undefined || owner.isMain
          ? []
          : [`${owner.unit} has started it, and may do so again: take it out of there`]),
        ...summary.taps.map((tap) => `each node needs the device ${tap} before it can move there`),
      ],
    },
  ];
}

/** A service that does other things as well is left alone. */
const switchesOf = (owner: Owner | undefined): Found['switches'] =>
  owner?.isMain === true
    ? [{ kind: 'unit', what: `the unit ${owner.unit}`, unit: owner.unit }]
    : [];

/**
 * The system's service to which a process with these control groups belongs (cgroups(7), /proc/PID/cgroup):
 * one of a user ends with the user, and what is in a scope is started by nothing.
 */
export function unitOf(groups: string): string | undefined {
  for (const line of groups.split('\n')) {
    const path = /^\d+:(?:name=systemd)?:(.*)$/.exec(line)?.[1] ?? '';
    const unit = /^\/system\.slice\/(?:.*\/)?([^/]+\.service)(?:\/|$)/.exec(path)?.[1];
    if (unit !== undefined && !unit.startsWith('holdfast')) return unit;
  }
  return undefined;
}

function cgroups(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    return '';
  }
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
