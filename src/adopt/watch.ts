/**
 * Whether machines have come or gone on this node, without asking anybody: each has a process of its
 * own, QEMU or podman's conmon, and a process is looked at once in its life.
 */
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';

type Kind = 'vm' | 'container' | undefined;

export class ProcessWatch {
  readonly #directory: string;
  #known = new Map<string, Kind>();
  #looks = 0;

  constructor(directory = '/proc') {
    this.#directory = directory;
  }

  /** Processes of machines by kind, as text: another text, other machines. */
  async look(): Promise<{ readonly vms: string; readonly containers: string }> {
    this.#looks += 1;
    // A process may become another program, and a number another process: now and then, all anew.
    const before = this.#looks % AFRESH === 0 ? new Map<string, Kind>() : this.#known;
    const now = new Map<string, Kind>();
    for (const entry of await readdir(this.#directory)) {
      if (!/^\d+$/.test(entry)) continue;
      now.set(entry, before.has(entry) ? before.get(entry) : await this.#kindOf(entry));
    }
    this.#known = now;
    const of = (kind: Kind): string =>
      [...now].flatMap(([entry, one]) => (one === kind ? [entry] : [])).join(' ');
    return { vms: of('vm'), containers: of('container') };
  }

  async #kindOf(entry: string): Promise<Kind> {
    const text = await readFile(`${this.#directory}/${entry}/cmdline`, 'utf8').catch(() => '');
    const [program = ''] = text.split('\0', 1);
    if (/^(?:\S*\/)?(?:qemu-system-[\w-]+|qemu-kvm|kvm)$/.test(program)) return 'vm';
    if (!/^(?:\S*\/)?conmon$/.test(program)) return undefined;
    // A command inside of a container, such as its health check, has one of its own for a moment.
    return text.includes('\0--exec-process-spec\0') ? undefined : 'container';
  }
}

const AFRESH = 10;

/** Where none of these is, machines are looked for rarely. */
const PROGRAMS = [
  '/usr/bin/podman',
  '/usr/bin/virsh',
  '/usr/bin/kvm',
  '/usr/libexec/qemu-kvm',
  '/usr/bin/qemu-system-x86_64',
  '/usr/bin/qemu-system-aarch64',
];

export const mayHaveMachines = (): boolean => PROGRAMS.some((path) => existsSync(path));
