/** QEMU's program for machines of this node's kind, and what they are where nothing else is said. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';

export interface Emulator {
  /** As QEMU calls the processor: `x86_64`. */
  readonly target: string;
  /** Types of machine and processor that QEMU has with KVM and without. */
  readonly machine: string;
  readonly cpu: string;
}

const emulators: Readonly<Record<string, Emulator>> = {
  x64: { target: 'x86_64', machine: 'pc', cpu: 'qemu64' },
  // Its machines have no default in QEMU, and with KVM none of its processors but these (QEMU, "Arm CPU features").
  arm64: { target: 'aarch64', machine: 'virt', cpu: 'max' },
};

/** @param architecture as Node calls it: `x64`, `arm64` */
export const emulatorOf = (architecture: string = process.arch): Emulator =>
  emulators[architecture] ?? { target: architecture, machine: 'virt', cpu: 'max' };

type Exists = (path: string) => boolean;

/** Debian's packages qemu-system-x86 and qemu-system-arm; Red Hat has one emulator, and calls it qemu-kvm. */
export function qemuProgram(
  architecture: string = process.arch,
  exists: Exists = existsSync,
): string {
  const usual = `/usr/bin/qemu-system-${emulatorOf(architecture).target}`;
  return firstOf([usual, '/usr/libexec/qemu-kvm'], exists);
}

/** A machine that was taken over runs with the emulator that it was found with, of whatever processor that is. */
export function programOf(
  { commandLine: [program] }: { readonly commandLine: readonly string[] },
  exists: Exists = existsSync,
): string {
  if (program === undefined) return qemuProgram(process.arch, exists);
  if (program.startsWith('/')) return program;
  const places = ['/usr/bin', '/usr/libexec', '/usr/local/bin'];
  return firstOf(
    places.map((place) => `${place}/${basename(program)}`),
    exists,
  );
}

/** Where there is none, the one that the error names. */
const firstOf = (paths: readonly string[], exists: Exists): string =>
  paths.find(exists) ?? paths[0] ?? '';
