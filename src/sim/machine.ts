/**
 * A machine: what really runs on it, its disk, its daemon. Services outlive the daemon and end with
 * the power. What is true here is what the checks go by.
 */
import type { NodeName } from '../core/model/ids.ts';
import type { OperationOutcome, OperationRequest } from '../core/model/operation.ts';
import type { NodeState } from '../core/node/state.ts';
import type { NodeInput } from '../core/node/types.ts';
import type { SimulatedDisk } from './disk.ts';

export class Machine {
  readonly name: NodeName;
  readonly disk: SimulatedDisk;
  isOn = false;
  boots = 0;
  bootedAtMs = 0;
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
  readonly active = new Set<string>();
  /** Agents that run. They end with the daemon that started them. */
  readonly running = new Set<OperationRequest>();
  /** `start web` → how the next one ends. */
  readonly script = new Map<string, 'fails' | 'hangs'>();

  constructor(name: NodeName, disk: SimulatedDisk) {
    this.name = name;
    this.disk = disk;
  }

  get boot(): string {
    return `${this.name}-boot-${this.boots}`;
  }

  /** Some of the agents that are killed with the daemon have done their work already. */
  endDaemon(hasDone: () => boolean): void {
    for (const request of this.running) if (hasDone()) this.carryOut(request);
    this.running.clear();
    this.node = undefined;
    this.isStopped = false;
    this.hasQuorum = false;
    this.held = [];
    this.lives += 1;
    this.disk.giveUp();
  }

  /** What the agent's run did, at its end. */
  carryOut(request: OperationRequest): OperationOutcome {
    const { operation, resource } = request;
    const key = `${operation} ${baseOf(resource)}`;
    const how = this.script.get(key);
    this.script.delete(key);
    // Killed with all its processes: a start leaves nothing, a stop has stopped nothing.
    if (how === 'hangs') return { kind: 'timed-out' };
    if (how === 'fails') return exited(1);
    switch (operation) {
      case 'start':
        this.active.add(resource);
        return exited(0);
      case 'stop':
        this.active.delete(resource);
        return exited(0);
      case 'monitor':
        return exited(this.active.has(resource) ? 0 : 7);
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
