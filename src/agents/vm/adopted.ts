/** A machine that somebody else has started here is looked after from now on, as it runs. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AgentHost, Operation } from '../host.ts';
import { controlSockets } from './command-line.ts';
import { machinesOf, placesOf } from './qemu.ts';
import type { VmSettings } from './settings.ts';

/**
 * A QEMU with exactly these words gets a supervisor by its process id, and its socket for QMP is found
 * where those of all machines are. Nothing of it is stopped or started.
 */
export async function takeOver(
  host: AgentHost,
  { request }: Operation,
  { commandLine }: VmSettings,
): Promise<void> {
  if (commandLine.length === 0 || !looks(request)) return;
  const machines = machinesOf(host);
  const state = await machines.services.state(request.resource);
  if (state.kind === 'running' || state.kind === 'unkillable') return;
  const pid = findProcess(commandLine);
  const [socket] = controlSockets(commandLine);
  if (pid === undefined || socket === undefined) return;
  const { control } = placesOf(machines, request.resource);
  rmSync(dirname(control), { recursive: true, force: true });
  mkdirSync(dirname(control), { recursive: true, mode: 0o700 });
  if (existsSync(socket)) symlinkSync(socket, control);
  await machines.services.adopt(request.resource, pid);
}

/** A migration brings a machine of its own, and a recurring monitor asks for the one that is known. */
const looks = ({ operation, intervalMs }: Operation['request']): boolean =>
  operation === 'start' || operation === 'stop' || (operation === 'monitor' && intervalMs === 0);

function findProcess(commandLine: readonly string[]): number | undefined {
  const wanted = `${commandLine.join('\0')}\0`;
  const found = readdirSync('/proc').find(
    (entry) => /^\d+$/.test(entry) && commandOf(entry) === wanted,
  );
  return found === undefined ? undefined : Number(found);
}

function commandOf(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return undefined;
  }
}
