/** Images for the copies that a migration without shared storage brings. */
import { closeSync, existsSync, ftruncateSync, openSync } from 'node:fs';
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import { baseEnvironment } from '../environment.ts';
import type { AgentHost, Operation } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { runProgram } from '../program.ts';
import type { Disk } from './disks.ts';
import { messageOf } from '../output.ts';

const qemuImg = '/usr/bin/qemu-img';

/** Makes what is not there. Undefined: all are there; one that was has to have the right size. */
export async function makeImages(
  host: AgentHost,
  operation: Operation,
  disks: readonly Disk[],
): Promise<OperationOutcome | undefined> {
  for (const disk of disks) {
    if (existsSync(disk.path) || disk.readOnly) continue;
    const problem = await makeImage(host, operation, disk);
    if (problem !== undefined) {
      return exitedWith(OCF.notInstalled, `${disk.path} is not there on this node: ${problem}`);
    }
  }
  return undefined;
}

async function makeImage(
  host: AgentHost,
  operation: Operation,
  { path, format, size }: Disk,
): Promise<string | undefined> {
  if (size === undefined) return `make it, or add size=… to it in the parameter disks`;
  if (format === 'raw') return makeRaw(path, size);
  if (!existsSync(qemuImg)) return `${qemuImg}, which could make it, is not installed (qemu-utils)`;
  const { outcome, output } = await runProgram(host, operation, {
    argv: [qemuImg, 'create', '-q', '-f', format, path, size],
    environment: baseEnvironment(),
  });
  const made = outcome.kind === 'exited' && outcome.exitCode === 0;
  return made ? undefined : `${qemuImg}: ${output.trim()}`;
}

const units: Readonly<Record<string, number>> = { K: 10, M: 20, G: 30, T: 40 };

/** A file with holes: blocks are taken when they are written. */
function makeRaw(path: string, size: string): string | undefined {
  const bytes = Number.parseInt(size, 10) * 2 ** (units[size.slice(-1)] ?? 0);
  try {
    const file = openSync(path, 'wx', 0o600);
    try {
      ftruncateSync(file, bytes);
    } finally {
      closeSync(file);
    }
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
