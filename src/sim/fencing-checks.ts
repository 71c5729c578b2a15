/**
 * What the cluster says of fencing must be true in the simulated world:
 * - nobody shoots without quorum, itself, or for a rehearsal where something runs;
 * - a node that counts as fenced has lost its power since, by whatever it was fenced with;
 * - one that was to stay off was switched off, not only rebooted;
 * - a node that left in good order leaves nothing running;
 * - nobody is said to have run on who was off;
 * - the ledger of rehearsals names devices that have switched, or answered for, that very node.
 */
import type { ClusterState, FencingRequest, NodeRecord } from '../core/cluster/state.ts';
import { sortedValues } from '../core/cluster/order.ts';
import { ranOnAfter } from '../core/cluster/ran-on.ts';
import type { FenceRequest } from '../core/model/operation.ts';
import { uniqueResources } from './configuration.ts';
import type { Machine } from './machine.ts';
import { pillDevice } from './pill.ts';
import { StorageChecks } from './storage-checks.ts';
import type { StorageSetting } from './storage-setting.ts';
import { storageDevice } from './storage-setting.ts';
import type { Tally } from './tally.ts';
import type { Timers } from './timers.ts';
import { Violation } from './violation.ts';

/** Who stood still may have been silent until then. */
const awakeMs = 30_000;
/** A machine that boots has claimed its slot by then, and who looked at it before has said so. */
const claimMs = 10_000;

export class FencingChecks {
  readonly #machines: readonly Machine[];
  readonly #timers: Timers;
  /** When it was first asked to fence this life of a node. */
  readonly #askedAtMs = new Map<string, number>();
  /** What was asked for, when the first heard of it, and what it is to wait. */
  readonly #requests = new Map<string, { readonly sinceMs: number; readonly delayMs: number }>();
  /** Lives of nodes that were. */
  readonly #forgotten = new Set<string>();
  readonly #tally: Tally;
  readonly #storage: StorageChecks;

  constructor(
    machines: readonly Machine[],
    timers: Timers,
    tally: Tally,
    setting: StorageSetting | undefined,
  ) {
    this.#machines = machines;
    this.#timers = timers;
    this.#tally = tally;
    this.#storage = new StorageChecks(machines, tally, setting);
  }

  mayShoot(machine: Machine, victim: Machine | undefined, request: FenceRequest): void {
    if (['status', 'list', 'monitor'].includes(request.action)) return;
    const { name } = machine;
    if (request.device === storageDevice) this.#storage.mayAct(machine, victim, request);
    else if (victim === machine) throw new Violation(`a target chooses: ${name} fences itself`);
    if (!machine.hasQuorum) throw new Violation(`${name} fences without quorum`);
    const { sinceMs = 0, delayMs = 0 } = this.#requests.get(request.requestId) ?? {};
    // The executor of a machine whose clocks stood waits longer.
    if (this.#timers.nowMs < sinceMs + delayMs) {
      throw new Violation(`before its time: ${name} does not wait ${delayMs} ms`);
    }
    const isRehearsal = request.requestId.startsWith('for real');
    const running = isRehearsal ? runningOn(victim) : undefined;
    if (running === undefined) return;
    throw new Violation(`a rehearsal: ${request.target ?? ''} is shot while ${running} runs there`);
  }

  believed(): void {
    this.#storage.believed();
  }

  /** What a step of a node has changed. */
  look(before: ClusterState, after: ClusterState): void {
    if (after.fencing !== before.fencing) this.#lookAtFencing(before, after);
    if (after.nodes !== before.nodes) {
      for (const record of sortedValues(after.nodes)) {
        const old = before.nodes[record.name];
        const isNew = old?.condition !== 'down' || old.incarnation !== record.incarnation;
        if (record !== old && record.condition === 'down' && isNew) this.#isDown(record);
        if (record.condition === 'lost' && old?.condition === 'online') this.#isLost(record);
        // Nothing here confirms what is not so: power is cut, or who confirms has looked.
        if (record !== old && ranOnAfter(after, record) !== undefined) {
          throw new Violation(`a false alarm: ${record.name} is said to have run on`);
        }
      }
    }
    if (after.transition !== before.transition) this.#lookAtOffs(after);
    if (after.forgotten !== before.forgotten) this.#lookAtForgotten(before, after);
  }

  /** By the first that knows of it: whoever hears of it later may see that it is back. */
  #lookAtForgotten(before: ClusterState, { forgotten = [] }: ClusterState): void {
    for (const name of forgotten) {
      const life = `${name} ${before.nodes[name]?.incarnation ?? ''}`;
      if (before.forgotten?.includes(name) === true || this.#forgotten.has(life)) continue;
      if (before.nodes[name] === undefined) continue;
      this.#forgotten.add(life);
      this.#tally.count('nodes forgotten');
      const machine = this.#machine(name);
      // It may have held back the others' version; whoever lets it come back installs that.
      machine.featureLevel = Math.max(...this.#machines.map((each) => each.featureLevel));
      const running = runningOn(machine, true);
      if (running === undefined) continue;
      throw new Violation(`forgotten while it runs: ${name}, ${running} runs there`);
    }
  }

  #lookAtFencing(before: ClusterState, after: ClusterState): void {
    const { fencing } = after;
    this.#storage.look(after);
    for (const request of fencing.active) {
      const { id, target, incarnation, delayMs = 0 } = request;
      if (!this.#requests.has(id)) {
        this.#requests.set(id, {
          sinceMs: this.#timers.nowMs,
          delayMs: waitOf(after, request),
        });
        if (delayMs > 0) this.#tally.count('fencings that wait by chance');
      }
      const life = `${target} ${incarnation}`;
      if (!this.#askedAtMs.has(life)) this.#askedAtMs.set(life, this.#timers.nowMs);
    }
    if (fencing.proofs === before.fencing.proofs) return;
    for (const { device, target, fencedAt, answeredAt } of fencing.proofs ?? []) {
      const { cutBy, answeredBy } = this.#machine(target);
      const isTrue =
        (fencedAt === undefined || cutBy.has(device)) &&
        (answeredAt === undefined || answeredBy.has(device));
      if (isTrue) continue;
      throw new Violation(`an untrue proof: ${device} has never done so for ${target}`);
    }
  }

  /** Whoever goes on all the time is not silent, however long the engine takes. */
  #isLost({ name, because, incarnation }: NodeRecord): void {
    const { node, isStopped, isPaused, awakeSinceMs = 0, disk } = this.#machine(name);
    if (because !== 'its daemon is silent' || node?.options.incarnation !== incarnation) return;
    const isAwake = !isStopped && !isPaused && this.#timers.nowMs - awakeSinceMs > awakeMs;
    if (!isAwake || disk.isSlow || disk.isFailing || node.view.phase.kind !== 'open') return;
    throw new Violation(`lost for nothing: ${name} goes on, and counts as silent`);
  }

  #isDown(record: NodeRecord): void {
    const { name, because, incarnation } = record;
    const machine = this.#machine(name);
    if (because.startsWith('fenced by') || because.startsWith('confirmed off')) {
      if (this.#wasOff(machine, incarnation)) return;
      throw new Violation(`not off: ${name} counts as down, ${because}, and never lost its power`);
    }
    const isSameLife = machine.node?.options.incarnation === incarnation;
    const running = isSameLife ? runningOn(machine) : undefined;
    if (running === undefined) return;
    throw new Violation(`left something running: ${name} counts as down, ${running} runs there`);
  }

  /** Nothing is known of a node that was never seen: then it must have been off since it was asked. */
  #wasOff(machine: Machine, incarnation: string): boolean {
    if (!machine.isOn || this.#storage.wasCut(machine, incarnation)) return true;
    const boot = bootOf(incarnation);
    // One that left in good order, unheard, is not reset: nothing runs there, as all conclude.
    const isGivenBack = machine.watchdog?.releasedInBoot === boot && boot !== undefined;
    if (isGivenBack && runningOn(machine) === undefined) return true;
    if (boot !== undefined) return machine.boots > boot;
    const askedAtMs = this.#askedAtMs.get(`${machine.name} ${incarnation}`) ?? 0;
    return machine.onSinceMs >= askedAtMs || this.#storage.wasCutSince(machine, askedAtMs);
  }

  #lookAtOffs({ transition, nodes }: ClusterState): void {
    for (const { id, kind, pseudo, fenceMethod, node } of transition?.actions ?? []) {
      if (kind !== 'fence' || pseudo || fenceMethod !== 'off' || node === undefined) continue;
      if (this.#storage.isAlone) continue;
      const record = nodes[node];
      if (transition?.states[id] !== 'done' || record?.condition !== 'down') continue;
      if (!record.because.startsWith('fenced by')) continue;
      const boot = bootOf(record.incarnation);
      // Its watchdog may have ended that boot before the switch ended the next one.
      const machine = this.#machine(node);
      if (boot === undefined || machine.lastOffBoot >= boot) continue;
      // Somebody has just switched it on: it had no time to claim its slot, by which a pill's end is known.
      const isNew = machine.isOn && this.#timers.nowMs - machine.bootedAtMs < claimMs;
      if (isNew && record.because.endsWith(pillDevice)) continue;
      throw new Violation(`rebooted instead of switched off: ${node}, ${record.because}`);
    }
  }

  #machine(name: string): Machine {
    const found = this.#machines.find((machine) => machine.name === name);
    if (found === undefined) throw new Error(`there is no machine ${name}`);
    return found;
  }
}

/** By configuration and by chance; further steps do not wait again, nor does who is switched on. */
function waitOf({ configuration }: ClusterState, request: FencingRequest): number {
  const { id, target, delayMs = 0 } = request;
  if (id.endsWith('+') || request.method === 'on') return 0;
  const device = configuration.model.fenceDevices.find((each) => each.id === request.device);
  return delayMs + (device?.delaysMs?.[target] ?? 0);
}

/** `isLive`: what was cut off from its storage does not count. */
const runningOn = (machine: Machine | undefined, isLive = false): string | undefined =>
  uniqueResources.find(
    (resource) => machine?.active.has(resource) === true && (!isLive || machine.isLive(resource)),
  );

/** `n1-boot-3 7` was a life in the third boot. */
function bootOf(incarnation: string): number | undefined {
  const match = /-boot-(\d+) /.exec(incarnation);
  return match === null ? undefined : Number(match[1]);
}
