/** One machine's QEMU: under its own supervisor, outside of the daemon, as a `command` child is. */
import { createHash } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceState, ServiceSupervisor } from '../command/supervisor.ts';
import { baseEnvironment } from '../environment.ts';
import type { AgentHost, Operation } from '../host.ts';
import { qemuArguments, type VmPlaces } from './arguments.ts';
import { accelerator } from './kvm.ts';
import { programOf } from './program.ts';
import { openQmp, type Qmp } from './qmp.ts';
import type { VmSettings } from './settings.ts';

const connectPauseMs = 5;

/** Cut short by its time or by cancelling; what was seen until then. */
export class Unfinished extends Error {
  readonly output: string;
  constructor(output: string) {
    super('the operation was cut short');
    this.output = output;
  }
}

/** Who starts machines on this node, and where their sockets are. */
export interface Machines {
  readonly services: ServiceSupervisor;
  /** `/run/holdfast/machines`. */
  readonly directory: string;
}

/** Throws where the node has no supervisor. */
export function machinesOf(host: AgentHost): Machines {
  const { services, machinesDirectory: directory } = host;
  if (!services || directory === undefined) throw new Error('this node cannot run machines');
  return { services, directory };
}

/** A socket's path has at most 107 bytes (unix(7)): the directory's name is a digest. */
export function placesOf({ directory }: Machines, resource: string): VmPlaces {
  const name = createHash('sha256').update(resource).digest('hex').slice(0, 16);
  const own = (file: string): string => join(directory, name, file);
  return {
    control: own('control'),
    watch: own('watch'),
    guestAgent: own('agent'),
    expected: own('expected'),
  };
}

export type QemuStart =
  | { readonly kind: 'started' }
  | { readonly kind: 'not-run'; readonly stage: string; readonly error: string };

export async function startQemu(
  host: AgentHost,
  operation: Operation,
  settings: VmSettings,
  incoming: boolean,
): Promise<QemuStart> {
  const machines = machinesOf(host);
  const { resource } = operation.request;
  const places = placesOf(machines, resource);
  await makeDirectory(host, join(places.control, '..'), settings.user);
  if (incoming) writeFileSync(places.expected, '');
  const kind = await accelerator(host, settings);
  const boot = { resource, settings, places, accelerator: kind, incoming };
  const started = await machines.services.start(resource, {
    argv: [programOf(settings), ...qemuArguments(boot)],
    environment: baseEnvironment(),
    ...(settings.user === undefined ? {} : { user: settings.user }),
  });
  return started.kind === 'started' ? { kind: 'started' } : started;
}

/** Where QEMU makes its sockets: no one else's. */
async function makeDirectory(
  host: AgentHost,
  path: string,
  user: string | undefined,
): Promise<void> {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (user === undefined) return;
  const { outcome, output } = await host.startProcess({
    argv: ['/usr/bin/getent', 'passwd', user],
    environment: baseEnvironment(),
    timeoutMs: 5000,
    outputBytesMax: 4096,
  }).result;
  const [, , uid, gid] = output.split(':');
  const found = outcome.kind === 'exited' && outcome.exitCode === 0;
  if (!found || uid === undefined || gid === undefined) throw new Error(`no user named ${user}`);
  chownSync(path, Number(uid), Number(gid));
}

/**
 * A conversation as soon as QEMU listens. Undefined: QEMU has ended, or there is none; one that
 * hangs up is asked again until its end is known. Rejects at the signal, which is the operation's
 * time or its end.
 */
export async function talkTo(
  machines: Machines,
  resource: string,
  signal: AbortSignal,
  socket: 'control' | 'watch' = 'control',
): Promise<Qmp | undefined> {
  const path = placesOf(machines, resource)[socket];
  for (;;) {
    signal.throwIfAborted();
    if ((await machines.services.state(resource)).kind !== 'running') return undefined;
    if (existsSync(path)) {
      const qmp = await openQmp(path, signal).catch(() => undefined);
      if (qmp) return qmp;
    }
    await new Promise((resolve) => setTimeout(resolve, connectPauseMs));
  }
}

/** Whether it waits for another node's machine, or has it and was not told to run. */
export const isExpected = (machines: Machines, resource: string): boolean =>
  existsSync(placesOf(machines, resource).expected);

/** Right before it is told to run: from then on a guest that stands still is an ill one. */
export function endExpectation(machines: Machines, resource: string): void {
  rmSync(placesOf(machines, resource).expected, { force: true });
}

/** SIGKILL to all of it: what stands still or waits has nothing to finish. */
export function killQemu({ services }: Machines, resource: string): Promise<ServiceState> {
  return services.stop(resource, 'SIGKILL', 0);
}
