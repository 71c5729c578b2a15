/**
 * A machine: what really runs on it, its disk, its daemon. Services outlive the daemon and end with
 * the power. What is true here is what the checks go by.
 */
import type { NodeName } from '../core/model/ids.ts';
import type { OperationOutcome, OperationRequest } from '../core/model/operation.ts';
import type { NodeState } from '../core/node/state.ts';
import type { NodeInput } from '../core/node/types.ts';
import type { SimulatedDisk } from './disk.ts';
import type { Hold } from './holds.ts';
import type { PillDisk } from './pill-disk.ts';
import type { StorageSetting } from './storage-setting.ts';
import { withoutStorage } from './storage-setting.ts';
import type { SimulatedWatchdog } from './watchdog-device.ts';

/**
 * How an agent's run goes wrong: `fails` and `hangs` have done nothing, with `-done` all; `lies`: it
 * says that all is well and has started nothing, or a monitor says that what runs does not.
 */
export type Trick = 'fails' | 'fails-done' | 'hangs' | 'hangs-done' | 'lies';

/** A daemon that stands still for longer must notice it. */
const stallMs = 1000;
/** Stalls with less between them come in a row (and with a tick's time more, to be sure). */
const rowMs = 61_000;

/** Without power, or running, and reached by none of the others; or not there yet: nobody has configured it. */
export type Away = 'off' | 'cut-off' | 'new';

/** By the power switches: it hears that there is no way; or nothing, and waits for its timeout. */
export type Unreached = 'refused' | 'silent';

export class Machine {
  readonly name: NodeName;
  readonly disk: SimulatedDisk;
  isOn = false;
  boots = 0;
  bootedAtMs = 0;
  /** In true time, whatever its clocks did. */
  onSinceMs = 0;
  /** Of daemons: answers to an earlier one are lost. */
  lives = 0;
  node: NodeState | undefined;
  isStopped = false;
  /** What the engine last said to the daemon about quorum. */
  hasQuorum = false;
  /** What came while the daemon was stopped. */
  held: NodeInput[] = [];
  /** Its wall clock against the true time. */
  clockAheadMs = 0;
  repeatsResult = false;
  /** It is to stay off, or its daemon down, until then. */
  awayUntilMs = 0;
  /** In the nodelist of corosync.conf. */
  isConfigured = true;
  /** It stays away, mostly to the end. */
  absence: Away | undefined;
  readonly active = new Set<string>();
  /** Of clones whose copies can be promoted: it is, if it runs. */
  readonly promoted = new Set<string>();
  /** Machines of the class `vm` that something waits for here; `arrived`: all of it is here. */
  readonly expected = new Map<string, 'waiting' | 'arrived'>();
  /** Agents that run. They end with the daemon that started them. */
  readonly running = new Set<OperationRequest>();
  /** The whole machine stands still, as a virtual machine that is paused. */
  isPaused = false;
  pausedAtMs = 0;
  /** All stand still until then: who was paused before goes on with them. */
  heldUntilMs = 0;
  /** Agents and devices that ended while it stood still: seen when it goes on. */
  ends: (() => void)[] = [];
  /** For how long its clocks stood still with it. */
  stoodMs = 0;
  /** Since when its daemon stands still, and for how long its clocks had stood then. */
  stopped: { readonly atMs: number; readonly stoodMs: number } | undefined;
  lastStallMs = 0;
  /** Results that came while its daemon stood still. */
  readonly late = new Map<
    string,
    { readonly request: OperationRequest; readonly deadlineMs: number }
  >();
  /** Operations of this daemon that timed out because it stood still. */
  needless: OperationRequest[] = [];
  /** When this daemon last stood still, by a clock that went on; and how often in a row. */
  awakeSinceMs: number | undefined;
  stallsInARow = 0;
  /** Which version of the program it runs. */
  featureLevel = 1;
  /** It had the newer one before. */
  isDowngraded = false;
  /** At some time. */
  wasDowngraded = false;
  /** `start web` → how the next one ends. */
  readonly script = new Map<string, Trick>();
  /** Absent: it has none. */
  readonly watchdog: SimulatedWatchdog | undefined;
  /** What its power hangs on, and which of that is off. */
  readonly switches: readonly string[];
  readonly offSwitches = new Set<string>();
  /** When its daemon has made the next plan, the machine stands still for so long. */
  standsAfterPlanMs = 0;
  /** Where the processes are of what does not stop; absent: where they belong. */
  readonly holds = new Map<string, Hold>();
  /** Stops that have failed, and were not followed by anything yet. */
  readonly failedStops = new Set<string>();
  /** No power switch answers it, in this way. */
  unreached: Unreached | undefined;
  /** Since when it is so for good. */
  unreachedAtMs: number | undefined;
  /** Shared disks that it does not reach. */
  readonly lostDisks = new Set<PillDisk>();
  /** How often its power was switched, it lost it, or it was given up in good order. */
  shots = 0;
  /** How often its power was switched: a switch that comes late must not undo a newer one. */
  switched = 0;
  /** What has really happened to it, by switch or watchdog. */
  readonly cutBy = new Set<string>();
  readonly answeredBy = new Set<string>();
  /** The last boot that a switch has ended for good, not only to begin another. */
  lastOffBoot = 0;
  /** To what the nodes share; without such storage for good. */
  hasAccess: boolean;
  /** The daemon, or the time between two, in which access was last taken in this boot. */
  cutInLife: number | undefined;
  cutAtMs = -Infinity;
  /** In which ring its last daemon ended. */
  lastRing: string | undefined;
  /** Its daemon knows no more of that than the one before it, which could not have heard of it. */
  hasNotHeard = false;
  /** Requests that have taken it. */
  readonly cutFor = new Set<string>();
  /** What runs without access as well. */
  readonly withoutStorage: readonly string[];
  readonly #isAccessGiven: boolean;
  /** When its wall clock last leapt by so much that everybody has to notice. */
  leaptAtMs = -Infinity;

  constructor(
    name: NodeName,
    disk: SimulatedDisk,
    switches: readonly string[],
    watchdog?: SimulatedWatchdog,
    storage?: StorageSetting,
  ) {
    this.name = name;
    this.disk = disk;
    this.switches = switches;
    this.watchdog = watchdog;
    this.#isAccessGiven = storage !== undefined;
    this.hasAccess = !this.#isAccessGiven;
    this.withoutStorage = storage === undefined ? [] : withoutStorage(storage);
  }

  /** It is no part of the cluster yet. */
  expectLater(): void {
    this.absence = 'new';
    this.isConfigured = false;
  }

  /** Whatever happens to its power: nobody switches it on. */
  get isKeptOff(): boolean {
    return this.absence === 'off' || this.absence === 'new';
  }

  install(level: number): void {
    this.isDowngraded = level < this.featureLevel;
    this.wasDowngraded ||= this.isDowngraded;
    this.featureLevel = level;
  }

  get hasPower(): boolean {
    return this.offSwitches.size < this.switches.length;
  }

  /** What its monotonic clock says. */
  clockMs(nowMs: number): number {
    return nowMs - this.bootedAtMs + 1000;
  }

  get boot(): string {
    return `${this.name}-boot-${this.boots}`;
  }

  /** What ends while it stands still is seen when it goes on. */
  whenAwake(run: () => void): void {
    if (this.isPaused) this.ends.push(run);
    else run();
  }

  /** It was paused, and its clocks too. */
  stand(ms: number): void {
    this.bootedAtMs += ms;
    this.stoodMs += ms;
  }

  /** Its daemon goes on: what does its clock say of the time in between? */
  noteStall(nowMs: number): void {
    if (this.stopped === undefined) return;
    const ms = this.stalledMs(nowMs);
    this.stopped = undefined;
    this.lastStallMs = ms;
    if (ms <= stallMs) return;
    const isInRow = this.awakeSinceMs !== undefined && nowMs - ms - this.awakeSinceMs < rowMs;
    this.stallsInARow = isInRow ? this.stallsInARow + 1 : 1;
    this.awakeSinceMs = nowMs;
  }

  /** For how long, by its clock, its daemon stands still, or stood the last time. */
  stalledMs(nowMs: number): number {
    const { stopped } = this;
    if (stopped === undefined) return this.lastStallMs;
    return nowMs - stopped.atMs - (this.stoodMs - stopped.stoodMs);
  }

  /** A shorter pause is overload as any other: what it kills has had its time. */
  hasStalled(nowMs: number): boolean {
    return this.stalledMs(nowMs) > stallMs;
  }

  /** A start that would be repeated after a stall may not be: then its first result is told. */
  noteRefusal(text: string): void {
    const resource = /^start of (\S+) is refused/.exec(text)?.[1];
    if (resource === undefined) return;
    this.needless = this.needless.filter((each) => each.resource !== resource);
  }

  hasTrick({ operation, resource }: OperationRequest): boolean {
    return this.script.has(`${operation} ${baseOf(resource)}`);
  }

  /** Nothing runs any more, and access goes with the boot. */
  losePower(): void {
    this.active.clear();
    this.promoted.clear();
    this.expected.clear();
    this.holds.clear();
    this.failedStops.clear();
    this.hasAccess = !this.#isAccessGiven;
    this.cutInLife = undefined;
  }

  /**
   * One half of two: in the ring of the daemon before, where nobody else is, it goes on. In another one others
   * may have acted meanwhile, and it has to doubt what it knows.
   */
  beginDaemon(ring: string | undefined, isPair: boolean): void {
    const isSame = isPair && ring !== undefined && ring === this.lastRing;
    const isCutSince = this.cutInLife !== undefined && this.cutInLife >= this.lives - 1;
    this.hasNotHeard = isSame && (isCutSince || this.hasNotHeard);
  }

  /** Some of the agents that are killed with the daemon have done their work already. */
  endDaemon(hasDone: () => boolean): void {
    for (const request of this.running) if (hasDone()) this.carryOut(request, () => false);
    this.running.clear();
    this.node = undefined;
    this.isStopped = this.isPaused;
    this.hasQuorum = false;
    this.held = [];
    this.late.clear();
    this.needless = [];
    this.stopped = undefined;
    this.awakeSinceMs = undefined;
    this.lives += 1;
    this.disk.giveUp();
  }

  /** What the agent's run did, at its end; `migrate`: whether the machine is there now. */
  carryOut(
    request: OperationRequest,
    migrate: (request: OperationRequest) => boolean,
  ): OperationOutcome {
    const trick = this.#takeTrick(request);
    if (trick === 'lies') return this.#lie(request);
    const isDone = trick === undefined || trick.endsWith('-done');
    const outcome = isDone ? this.#work(request, migrate) : exited(1);
    // Killed with all its processes: a start leaves nothing, a stop has stopped nothing.
    if (trick?.startsWith('hangs') === true) return { kind: 'timed-out' };
    return trick === undefined ? outcome : this.#failed(request, trick);
  }

  isPromoted(resource: string): boolean {
    return this.promoted.has(baseOf(resource)) && this.active.has(resource);
  }

  /** It runs, and can do something: what was cut off from its storage is no second copy. */
  isLive(resource: string): boolean {
    return this.active.has(resource) && this.mayUse(resource);
  }

  mayUse(resource: string): boolean {
    return this.hasAccess || this.withoutStorage.includes(baseOf(resource));
  }

  /** What does not run changes no role. */
  #changeRole(resource: string, isPromotion: boolean): OperationOutcome {
    if (!this.active.has(resource)) return exited(7);
    if (isPromotion) this.promoted.add(baseOf(resource));
    else this.promoted.delete(baseOf(resource));
    return exited(0);
  }

  /** The class `vm` says _error_ of a migration only where the guest was seen to run on. */
  #failed({ agent, operation, resource }: OperationRequest, trick: Trick): OperationOutcome {
    if (agent.class !== 'vm' || operation !== 'migrate_to') return exited(1);
    if (trick.endsWith('-done')) return { kind: 'timed-out' };
    return exited(this.active.has(resource) ? 1 : 7);
  }

  /** Of a probe's lie nobody could recover, nor of a stop's. */
  #takeTrick({ operation, resource, intervalMs }: OperationRequest): Trick | undefined {
    const key = `${operation} ${baseOf(resource)}`;
    const trick = this.script.get(key);
    if (trick === 'lies' && operation === 'monitor' && intervalMs === 0) return undefined;
    this.script.delete(key);
    return trick;
  }

  #lie({ operation }: OperationRequest): OperationOutcome {
    if (operation === 'monitor') return exited(7);
    return exited(operation === 'start' || operation === 'promote' ? 0 : 1);
  }

  #work(
    request: OperationRequest,
    migrate: (request: OperationRequest) => boolean,
  ): OperationOutcome {
    const { operation, resource } = request;
    switch (operation) {
      case 'start':
        this.expected.delete(resource);
        this.promoted.delete(baseOf(resource));
        this.active.add(resource);
        return exited(0);
      case 'stop':
        this.holds.delete(resource);
        this.expected.delete(resource);
        this.active.delete(resource);
        return exited(0);
      case 'promote':
      case 'demote':
        return this.#changeRole(resource, operation === 'promote');
      case 'migrate_prepare':
        if (!this.active.has(resource)) this.expected.set(resource, 'waiting');
        return exited(this.active.has(resource) ? 1 : 0);
      case 'migrate_abandon':
        this.expected.delete(resource);
        return exited(0);
      case 'monitor':
        if (!this.active.has(resource)) return exited(7);
        return exited(this.isPromoted(resource) ? 8 : 0);
      case 'migrate_to':
        if (request.agent.class === 'vm' && !this.active.has(resource)) return exited(7);
        return exited(migrate(request) ? 0 : 1);
      case 'migrate_from':
        if (this.expected.get(resource) === 'arrived') this.active.add(resource);
        this.expected.delete(resource);
        return exited(this.active.has(resource) ? 0 : 1);
      default:
        return exited(0);
    }
  }
}

/** `agent:2` is an instance of `agent`. */
export const baseOf = (resource: string): string => resource.split(':')[0] ?? resource;

const exited = (exitCode: number): OperationOutcome => ({
  kind: 'exited',
  exitCode,
  exitReason: exitCode === 1 ? 'it does not want to' : '',
});
