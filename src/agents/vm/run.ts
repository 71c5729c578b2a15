/** Operations of virtual machines: one QEMU each, spoken to by QMP, without libvirt. */
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import type { AgentHost, Ended, Operation, RunOperation } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { keptConsole } from './console.ts';
import { abandon, arrive, receive } from './arrival.ts';
import { depart, endCopies, isDeparting } from './departure.ts';
import { lookAt, type Guest } from './guest.ts';
import { isHealthy } from './health.ts';
import { slowness } from './kvm.ts';
import { isOnItsWay, isPostCopy, migrationStatus } from './migration.ts';
import { machinesOf, Unfinished, type Machines } from './qemu.ts';
import { takeOver } from './adopted.ts';
import { parseVmSettings, type VmSettings } from './settings.ts';
import { cutPower, shutDown } from './shutdown.ts';
import { start } from './start.ts';
import { removeTaps } from './taps.ts';
import { monitorOutcome, type GuestState } from './status.ts';

const cancelPauseMs = 20;

export function createVmRunner(host: AgentHost): RunOperation {
  return async (operation) => {
    const parsed = parseVmSettings(operation.parameters);
    if (parsed.kind === 'wrong') return wrongSettings(host, operation, parsed.reason);
    const deadline = AbortSignal.timeout(operation.request.timeoutMs);
    const signal = AbortSignal.any([operation.signal, deadline]);
    try {
      await takeOver(host, operation, parsed.settings);
      return await act(host, { ...operation, signal }, parsed.settings);
    } catch (error) {
      const output = error instanceof Unfinished ? error.output : '';
      if (operation.signal.aborted) return { outcome: { kind: 'cancelled' }, output };
      if (deadline.aborted) return { outcome: { kind: 'timed-out' }, output };
      throw error;
    }
  };
}

function act(host: AgentHost, operation: Operation, settings: VmSettings): Promise<Ended> {
  switch (operation.request.operation) {
    case 'start':
      return start(host, operation, settings);
    case 'stop':
      return stop(host, operation, settings);
    case 'monitor':
      return monitor(host, operation, settings);
    case 'migrate_prepare':
      return receive(host, operation, settings);
    case 'migrate_abandon':
      return abandon(host, operation);
    case 'migrate_to':
      return depart(host, operation, settings);
    case 'migrate_from':
      return arrive(host, operation, settings);
    case 'logs':
      return printed(machinesOf(host), operation.request.resource, settings);
    case 'reload-agent': // what may be changed is read at each operation
    case 'validate-all':
      return Promise.resolve(done(exitedWith(OCF.ok)));
    default:
      return Promise.resolve(done(exitedWith(OCF.unimplemented)));
  }
}

/** What runs can be stopped and looked for, whatever the parameters say now. */
async function wrongSettings(
  host: AgentHost,
  { request }: Operation,
  reason: string,
): Promise<Ended> {
  const machines = machinesOf(host);
  if (request.operation === 'stop') return done(await cutPower(machines, request.resource));
  const { kind } = await machines.services.state(request.resource);
  const isProbe = request.operation === 'monitor' && request.intervalMs === 0;
  if (isProbe && kind === 'absent') return done(exitedWith(OCF.notRunning));
  return done(exitedWith(OCF.notConfigured, reason));
}

async function stop(host: AgentHost, operation: Operation, settings: VmSettings): Promise<Ended> {
  const outcome = await shutDown(machinesOf(host), operation, settings);
  await removeTaps(host, operation, settings);
  return done(outcome);
}

async function monitor(
  host: AgentHost,
  operation: Operation,
  settings: VmSettings,
): Promise<Ended> {
  const machines = machinesOf(host);
  const { resource } = operation.request;
  const state = await lookAt(machines, resource, operation.signal, (guest) =>
    settledState(guest, operation, settings),
  );
  if (!state) return done(await downOutcome(machines, resource));
  if (state.kind !== 'runs' || operation.request.intervalMs === 0) {
    return done(monitorOutcome(state));
  }
  const health = await isHealthy(host, operation, settings);
  const { kind } = await machines.services.state(resource);
  return done(kind === 'running' ? health : await downOutcome(machines, resource));
}

/**
 * A migration that no operation carries on any more, since the daemon that began it has died, is given
 * up: otherwise the guest would stand still before the switch for ever.
 */
async function settledState(
  guest: Guest,
  { request, signal }: Operation,
  settings: VmSettings,
): Promise<GuestState> {
  const { qmp } = guest;
  const state = await guest.state();
  if (state.kind !== 'leaving' && state.kind !== 'runs') return state;
  if (isDeparting(request.resource)) return state;
  const migration = await migrationStatus(qmp);
  if (migration.status === 'postcopy-paused') return { kind: 'ill', reason: withoutSource };
  if (isPostCopy(migration)) return state;
  const settled = isOnItsWay(migration) ? await takeBack(guest, signal) : state;
  if (settled.kind === 'runs') await endCopies(qmp, settings);
  return settled;
}

async function takeBack({ qmp, state }: Guest, signal: AbortSignal): Promise<GuestState> {
  await qmp.ask('migrate_cancel');
  while (isOnItsWay(await migrationStatus(qmp))) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, cancelPauseMs));
  }
  return state();
}

/** A guest without a part of its memory cannot go on, wherever it is. */
const withoutSource = 'a part of its memory was still on a node that is gone';

/** QEMU's own words, then the guest's. */
async function printed(machines: Machines, resource: string, settings: VmSettings): Promise<Ended> {
  const said = (await slowness(settings)) + (await machines.services.output(resource));
  const output = `${said}${await keptConsole(machines, resource)}`;
  return { outcome: exitedWith(OCF.ok), output };
}

async function downOutcome(machines: Machines, resource: string): Promise<OperationOutcome> {
  const state = await machines.services.state(resource);
  switch (state.kind) {
    case 'ended':
      return exitedWith(OCF.notRunning, `QEMU has ended: ${state.detail}`);
    case 'unkillable':
      return exitedWith(OCF.error, 'QEMU has ended, but not all of its processes can be killed');
    default:
      return exitedWith(OCF.notRunning);
  }
}

const done = (outcome: OperationOutcome): Ended => ({ outcome, output: '' });
