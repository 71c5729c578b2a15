/** What tells one running machine from another, whoever looks: daemons of one host see the same. */
import { readFileSync, readlinkSync } from 'node:fs';

/** A number names a process within one boot and one process namespace (pid_namespaces(7)). */
export const processIdentity = (pid: string): string => `${host()} ${pid}`;

/** libvirt keeps the number of a domain's QEMU; without it, two that claim one UUID are two. */
export function domainIdentity(name: string, uuid: string): string {
  const pid = readText(`/run/libvirt/qemu/${name}.pid`).trim();
  return pid === '' ? `${host()} ${uuid}` : processIdentity(pid);
}

/** Containers that are nodes have one kernel, and may each have a boot of its own (proc(5), btime). */
export const kernelStart = (): string => /^btime (\d+)$/m.exec(readText('/proc/stat'))?.[1] ?? '';

const bootId = (): string => readText('/proc/sys/kernel/random/boot_id').trim();

function host(): string {
  try {
    return `${bootId()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return bootId();
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
