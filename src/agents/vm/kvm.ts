/**
 * Whether this machine's KVM can run a guest. That /dev/kvm exists says little: nested under another
 * software virtualization it can be opened and never executes the guest's first instruction.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { baseEnvironment } from '../environment.ts';
import type { AgentHost } from '../host.ts';
import { qemuProgram } from './program.ts';
import type { VmSettings } from './settings.ts';

const probeTimeoutMs = 5000;
/** A boot sector that writes 0x10 to port 0xf4, where QEMU's isa-debug-exit ends with 2 × 16 + 1. */
const bootSector = [0xba, 0xf4, 0x00, 0xb0, 0x10, 0xee, 0xf4, 0xeb, 0xfd];
const exitCode = 33;

let probed: Promise<boolean> | undefined;

/** `auto` is KVM where a guest was seen to run with it, otherwise TCG. Asked once in a daemon's life. */
export async function accelerator(
  host: Pick<AgentHost, 'startProcess'>,
  wanted: VmSettings['accelerator'],
): Promise<'kvm' | 'tcg'> {
  if (wanted !== 'auto') return wanted;
  probed ??= runsGuests(host);
  return (await probed) ? 'kvm' : 'tcg';
}

/** @param device where KVM is */
export async function runsGuests(
  host: Pick<AgentHost, 'startProcess'>,
  device = '/dev/kvm',
): Promise<boolean> {
  if (process.arch !== 'x64') return false; // the probe is a program for PCs
  const writable = constants.R_OK | constants.W_OK;
  const there = await access(device, writable).then(
    () => true,
    () => false,
  );
  return there && bootsProbe(host);
}

async function bootsProbe(host: Pick<AgentHost, 'startProcess'>): Promise<boolean> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-kvm-'));
  try {
    const image = join(directory, 'probe');
    writeFileSync(image, sector());
    const { outcome } = await host.startProcess({
      argv: [qemuProgram, ...probeArguments(image)],
      environment: baseEnvironment(),
      timeoutMs: probeTimeoutMs,
      outputBytesMax: 4096,
    }).result;
    return outcome.kind === 'exited' && outcome.exitCode === exitCode;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function sector(): Uint8Array {
  const bytes = new Uint8Array(512);
  bytes.set(bootSector);
  bytes.set([0x55, 0xaa], 510);
  return bytes;
}

const probeArguments = (image: string): readonly string[] =>
  [
    '-nodefaults -no-user-config -display none -monitor none -serial none',
    '-machine pc,accel=kvm -m 16 -no-reboot',
    '-device isa-debug-exit,iobase=0xf4,iosize=0x04',
    `-drive file=${image},format=raw,if=ide`,
  ].flatMap((words) => words.split(' '));
