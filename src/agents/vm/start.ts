/** A machine boots. */
import { existsSync } from 'node:fs';
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import type { AgentHost, Ended, Operation } from '../host.ts';
import { exitedWith } from '../ocf/outcome.ts';
import { programNotRun } from '../program.ts';
import { announce } from './announce.ts';
import { isHealthy } from './health.ts';
import { slowness } from './kvm.ts';
import { programOf } from './program.ts';
import { isThere, lookAt } from './guest.ts';
import { staleReason } from './stale.ts';
import { keptConsole } from './console.ts';
import { killQemu, machinesOf, startQemu, Unfinished } from './qemu.ts';
import type { VmSettings } from './settings.ts';
import { makeTaps } from './taps.ts';

const lookPauseMs = 250;
/** A guest that boots does not hear the first packets, and TCP sends them ever more seldom. */
const lookMs = 1000;

/** Ends when the guest runs and answers its check. One that is not up in time leaves nothing. */
export async function start(
  host: AgentHost,
  operation: Operation,
  settings: VmSettings,
): Promise<Ended> {
  if (await isThere(host, operation, ['runs'])) return { outcome: exitedWith(OCF.ok), output: '' };
  const begun = await launch(host, operation, settings, false);
  if (begun) return begun;
  const note = await slowness(settings);
  try {
    const { outcome, output: said } = await waitUntilUp(host, operation, settings);
    const ended = { outcome, output: note + said };
    if (outcome.kind === 'exited' && outcome.exitCode === OCF.ok) return ended;
    return await giveUp(host, operation, ended);
  } catch (error) {
    const { output } = await giveUp(host, operation, {
      outcome: exitedWith(OCF.error),
      output: note,
    });
    if (!operation.signal.aborted) throw error;
    throw new Unfinished(output);
  }
}

/** Nothing of it is left but what the guest said last. */
async function giveUp(host: AgentHost, { request }: Operation, ended: Ended): Promise<Ended> {
  const machines = machinesOf(host);
  const output = ended.output + (await keptConsole(machines, request.resource));
  const state = await killQemu(machines, request.resource);
  return { outcome: state.kind === 'unkillable' ? state : ended.outcome, output };
}

/** QEMU's process, with everything that it needs on this node. Undefined: it has begun. */
export async function launch(
  host: AgentHost,
  operation: Operation,
  settings: VmSettings,
  incoming: boolean,
): Promise<Ended | undefined> {
  await host.leftoversEnded;
  const problem =
    missingFile(settings, incoming) ??
    (incoming ? undefined : staleDisk(settings)) ??
    (await makeTaps(host, operation, settings));
  if (problem) return { outcome: problem, output: '' };
  const started = await startQemu(host, operation, settings, incoming);
  if (started.kind === 'started') return undefined;
  return { outcome: programNotRun(programOf(settings), started.stage, started.error), output: '' };
}

/** Without it this node cannot run the machine, and another one may. */
function missingFile(settings: VmSettings, incoming: boolean): OperationOutcome | undefined {
  const { kernel, initrd, firmware, migration } = settings;
  const disks = incoming && migration.storage === 'copy' ? [] : settings.disks;
  const files = [kernel, initrd, firmware, ...disks.map((disk) => disk.path)];
  const missing = files.find((file) => file !== undefined && !existsSync(file));
  return missing === undefined
    ? undefined
    : exitedWith(OCF.notInstalled, `${missing} is not there on this node`);
}

/** The newer content is elsewhere: booting this one would bring back an older time. */
function staleDisk({ disks }: VmSettings): OperationOutcome | undefined {
  const reason = disks.map(staleReason).find((each) => each !== undefined);
  return reason === undefined ? undefined : exitedWith(OCF.notInstalled, reason);
}

async function waitUntilUp(
  host: AgentHost,
  operation: Operation,
  settings: VmSettings,
): Promise<Ended> {
  const machines = machinesOf(host);
  const { resource } = operation.request;
  for (let isFirst = true; ; isFirst = false) {
    const state = await lookAt(machines, resource, operation.signal, async (guest) => {
      if (isFirst) await announce(guest.qmp);
      return guest.state();
    });
    if (!state) return endedEarly(host, resource);
    if (state.kind === 'ill') return { outcome: exitedWith(OCF.error, state.reason), output: '' };
    const outcome = await isHealthy(host, operation, settings, lookMs);
    if (outcome.kind !== 'exited' || outcome.exitCode === OCF.ok) return { outcome, output: '' };
    operation.signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, lookPauseMs));
  }
}

/** QEMU says why on its way out: a locked image, an unknown type of machine, no memory. */
export async function endedEarly(host: AgentHost, resource: string): Promise<Ended> {
  const { services } = machinesOf(host);
  const state = await services.state(resource);
  const output = await services.output(resource);
  const said = lastWords(output);
  const how = state.kind === 'ended' ? state.detail : 'it is gone';
  return {
    outcome: exitedWith(OCF.error, `QEMU ended: ${said === '' ? how : said}`),
    output,
  };
}

const messagesMax = 3;

/** QEMU's messages begin with its name, the cause before what comes of it; hints follow them. */
function lastWords(output: string): string {
  const lines = output.trim().split('\n');
  const messages = lines
    .filter((line) => /^(?:qemu-system-\w+|qemu-kvm): (?!warning: )/.test(line))
    .map((line) => line.replace(/^[\w-]+: /, ''));
  return messages.slice(-messagesMax).join('; ') || (lines.at(-1) ?? '');
}
