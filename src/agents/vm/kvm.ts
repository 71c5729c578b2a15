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
import { messageOf } from '../output.ts';
import { qemuProgram } from './program.ts';
import type { VmSettings } from './settings.ts';

const probeTimeoutMs = 5000;

/** The least guest that can be seen to run: QEMU ends with this code when it has. */
interface Probe {
  readonly code: Uint8Array;
  readonly exitCode: number;
  readonly words: (image: string) => string;
}

const probes: Readonly<Record<string, Probe>> = {
  x64: {
    code: bootSector(),
    exitCode: 33,
    words: (image) =>
      '-machine pc,accel=kvm -device isa-debug-exit,iobase=0xf4,iosize=0x04 ' +
      `-drive file=${image},format=raw,if=ide`,
  },
  arm64: {
    code: powerOff(),
    exitCode: 0,
    words: (image) => `-machine virt,accel=kvm -cpu host -kernel ${image}`,
  },
};

/** Writes 0x10 to port 0xf4, where QEMU's isa-debug-exit ends with 2 × 16 + 1. */
function bootSector(): Uint8Array {
  const bytes = new Uint8Array(512);
  bytes.set([0xba, 0xf4, 0x00, 0xb0, 0x10, 0xee, 0xf4, 0xeb, 0xfd]);
  bytes.set([0x55, 0xaa], 510);
  return bytes;
}

/** SYSTEM_OFF, 0x84000008 (Arm DEN0022, Power State Coordination Interface): movz w0, movk w0, hvc, b to itself. */
function powerOff(): Uint8Array {
  const words = [0x5280_0100, 0x72b0_8000, 0xd400_0002, 0x1400_0000];
  const bytes = new DataView(new ArrayBuffer(words.length * 4));
  for (const [index, word] of words.entries()) bytes.setUint32(index * 4, word, true);
  return new Uint8Array(bytes.buffer);
}

let probed: Promise<string | undefined> | undefined;

type Wanted = Pick<VmSettings, 'accelerator' | 'commandLine'>;

/** What was taken over says in its own words what runs it. */
const isAsked = ({ accelerator: wanted, commandLine }: Wanted): boolean =>
  wanted === 'auto' && commandLine.length === 0;

/** `auto` is KVM where a guest was seen to run with it, otherwise TCG. Asked once in a daemon's life. */
export async function accelerator(
  host: Pick<AgentHost, 'startProcess'>,
  settings: Wanted,
): Promise<'kvm' | 'tcg'> {
  if (!isAsked(settings)) return settings.accelerator === 'kvm' ? 'kvm' : 'tcg';
  probed ??= whyNoGuest(host);
  return (await probed) === undefined ? 'kvm' : 'tcg';
}

/** A line for whoever wonders why such a machine is slow; empty where it is not, or this daemon has not asked yet. */
export async function slowness(settings: Wanted): Promise<string> {
  const why = isAsked(settings) ? await probed : undefined;
  return why === undefined ? '' : `executed in software (TCG), which is slow: ${why}\n`;
}

/**
 * Why no guest of this node's architecture runs with KVM; undefined: one was seen to.
 * @param device where KVM is
 * @param architecture of this node, as Node calls it
 */
export async function whyNoGuest(
  host: Pick<AgentHost, 'startProcess'>,
  device = '/dev/kvm',
  architecture: string = process.arch,
): Promise<string | undefined> {
  const probe = probes[architecture];
  if (probe === undefined) return `KVM is not tried on ${architecture}`;
  try {
    await access(device, constants.R_OK | constants.W_OK);
  } catch (error) {
    return `KVM cannot be used here (${messageOf(error)})`;
  }
  if (await boots(host, probe, qemuProgram(architecture))) return undefined;
  return `${device} is there, but a small guest did not run with it`;
}

async function boots(
  host: Pick<AgentHost, 'startProcess'>,
  { code, exitCode, words }: Probe,
  program: string,
): Promise<boolean> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-kvm-'));
  try {
    const image = join(directory, 'probe');
    writeFileSync(image, code);
    const { outcome } = await host.startProcess({
      argv: [program, ...common.split(' '), ...words(image).split(' ')],
      environment: baseEnvironment(),
      timeoutMs: probeTimeoutMs,
      outputBytesMax: 4096,
    }).result;
    return outcome.kind === 'exited' && outcome.exitCode === exitCode;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const common =
  '-nodefaults -no-user-config -display none -monitor none -serial none -m 64 -no-reboot';
