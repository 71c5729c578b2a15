/** QEMU's program for machines of this one's kind. */

const architectures: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** Debian's packages qemu-system-x86 and qemu-system-arm. */
export const qemuProgram = `/usr/bin/qemu-system-${architectures[process.arch] ?? process.arch}`;
