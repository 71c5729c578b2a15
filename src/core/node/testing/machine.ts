/**
 * A machine of the small world: what runs on it, its daemon, its disk. Services outlive the daemon
 * and end with the power.
 */
import type { Primitive } from '../../model/configuration.ts';
import type { NodeName } from '../../model/ids.ts';
import type { Containment, OperationOutcome, OperationRequest } from '../../model/operation.ts';
import type { NodeState } from '../state.ts';
import type { NodeInput } from '../types.ts';

export interface Disk {
  snapshot: string | undefined;
  records: readonly string[];
}

export class Machine {
  readonly name: NodeName;
  isOn = false;
  boots = 0;
  lives = 0;
  /** Undefined while no daemon runs. */
  node: NodeState | undefined;
  /** The daemon takes nothing in: it is stopped, or in a long pause. */
  isHanging = false;
  /** What came while it hangs. */
  held: NodeInput[] = [];
  readonly disk: Disk = { snapshot: undefined, records: [] };
  /** Its wall clock against the true time. */
  clockAheadMs = 0;
  /** Why its disk refuses. */
  diskRefuses: string | undefined;
  /** To what the machines share: a fabric gives and takes it. */
  hasAccess = false;
  /** The daemon in whose time it was last taken. */
  cutInLife: number | undefined;
  /** Resources that are active here, with what they were started with; those that are promoted. */
  readonly active = new Map<string, string>();
  readonly promoted = new Set<string>();
  /** Machines of the class `vm` that something here waits for. */
  readonly expected = new Set<string>();
  /** Operations that were ended: `life id`. */
  readonly cancelled = new Set<string>();
  /** What the next operations of this kind do instead of their work: `start web`. */
  readonly script = new Map<string, OperationOutcome[]>();

  constructor(name: NodeName) {
    this.name = name;
  }

  get boot(): string {
    return `${this.name}-boot-${this.boots}`;
  }

  switchOff(): void {
    this.isOn = false;
    this.hasAccess = false;
    this.active.clear();
    this.promoted.clear();
    this.expected.clear();
    this.endDaemon();
  }

  endDaemon(): void {
    this.node = undefined;
    this.isHanging = false;
    this.held = [];
  }

  startByHand(resource: string, { agent, parameters }: Primitive): void {
    if (agent === undefined) throw new Error(`${resource} has no agent of its own`);
    this.active.set(resource, what({ agent, parameters: parameters[0]?.values ?? {} }));
  }

  /** The agent has done its work; what it says. `target` is where a migration goes. */
  carryOut(request: OperationRequest, target: Machine | undefined): OperationOutcome {
    const { operation, resource } = request;
    const scripted = this.script.get(`${operation} ${resource}`)?.shift();
    if (scripted !== undefined) return scripted;
    switch (operation) {
      case 'start':
        this.active.set(resource, what(request));
        return exited(0);
      case 'stop':
        // As an address: with other parameters it is another thing, of which nothing is there.
        if (this.#isThere(request)) this.#end(resource);
        return exited(0);
      case 'promote':
        this.promoted.add(resource);
        return exited(this.active.has(resource) ? 0 : 1);
      case 'demote':
        this.promoted.delete(resource);
        return exited(0);
      case 'migrate_abandon':
        this.expected.delete(resource);
        return exited(0);
      case 'migrate_to':
        if (target === undefined || !target.isOn || !this.active.has(resource)) return exited(1);
        if (request.agent.class === 'vm' && !target.expected.delete(resource)) return exited(1);
        target.active.set(resource, this.active.get(resource) ?? '');
        this.active.delete(resource);
        return exited(0);
      case 'migrate_from':
        return exited(this.active.has(resource) ? 0 : 1);
      case 'monitor':
        return exited(this.#isThere(request) ? this.#monitorAnswer(resource) : 7);
      case 'reload-agent':
        this.active.set(resource, what(request));
        return exited(0);
      default:
        return exited(0);
    }
  }

  /** The source tries until the target is ready; here it is at once. */
  begin({ operation, resource }: OperationRequest): void {
    if (operation === 'migrate_prepare') this.expected.add(resource);
  }

  /** Scripted, it kills nothing of the service: that runs outside of its cgroup. */
  contain(request: OperationRequest): Containment {
    const { resource } = request;
    const found = this.active.has(resource) ? 1 : 0;
    const isElsewhere = this.script.get(`contain ${resource}`)?.shift() !== undefined;
    if (!isElsewhere) this.#end(resource);
    const monitor = this.carryOut({ ...request, operation: 'monitor' }, undefined);
    return { isWhole: true, found, left: [], monitor };
  }

  #end(resource: string): void {
    this.active.delete(resource);
    this.promoted.delete(resource);
  }

  #isThere(request: OperationRequest): boolean {
    return this.active.get(request.resource) === what(request);
  }

  #monitorAnswer(resource: string): number {
    return this.promoted.has(resource) ? 8 : 0;
  }
}

const what = ({ agent, parameters }: Pick<OperationRequest, 'agent' | 'parameters'>): string =>
  JSON.stringify([agent.class, agent.provider ?? '', agent.type, Object.entries(parameters)]);

const exited = (exitCode: number): OperationOutcome => ({
  kind: 'exited',
  exitCode,
  exitReason: '',
});
