/**
 * Access to shared storage (docs/decisions/unfencing.md), by what is true in the simulated world:
 * - nothing that needs it starts on a node that was not given it;
 * - it is given to a life of a node that is a member, never to one that was cut off when it was lost, or
 *   counts as fenced; a member that was shot for a failed stop goes on where nobody confirms it;
 * - when all are together they do not give access to a node that was cut off and does not have it;
 * - whoever gives it makes no second copy of what runs there still (checks.ts).
 */
import type { ClusterState, FencingRequest } from '../core/cluster/state.ts';
import { isUnfencing } from '../core/cluster/fencing-methods.ts';
import { UNFENCED_ATTRIBUTE } from '../core/model/attributes.ts';
import type { FenceRequest, OperationRequest } from '../core/model/operation.ts';
import type { Machine } from './machine.ts';
import type { StorageSetting } from './storage-setting.ts';
import type { Tally } from './tally.ts';
import { Violation } from './violation.ts';

export class StorageChecks {
  readonly #machines: readonly Machine[];
  readonly #setting: StorageSetting | undefined;
  /** By what they are called, in the order in which they came. */
  readonly #known = new Map<string, FencingRequest>();
  /** Of these those whose target was a member when they were begun. */
  readonly #ofMembers = new Set<string>();
  readonly #tally: Tally;

  constructor(machines: readonly Machine[], tally: Tally, setting: StorageSetting | undefined) {
    this.#machines = machines;
    this.#tally = tally;
    this.#setting = setting;
  }

  /** Who is fenced loses its access and nothing else. */
  get isAlone(): boolean {
    return this.#setting?.isAlone === true;
  }

  /** Where access is all there is to take: it was taken in this life, or after it. */
  wasCut({ boots, cutInLife }: Machine, incarnation: string): boolean {
    const known = lifeOf(incarnation);
    if (!this.isAlone || known === undefined || cutInLife === undefined) return false;
    return known.boot === boots && cutInLife >= known.life;
  }

  wasCutSince({ cutAtMs }: Machine, sinceMs: number): boolean {
    return this.isAlone && cutAtMs >= sinceMs;
  }

  /**
   * By the first that hears of it: who was cut off when it was lost is no member again in that life. What
   * was meant for an earlier life may hit the next one before it has any access.
   */
  look(state: ClusterState): void {
    if (this.#setting === undefined) return;
    for (const request of state.fencing.active) {
      if (this.#known.has(request.id)) continue;
      this.#known.set(request.id, request);
      if (isMember(state, request)) this.#ofMembers.add(request.id);
      if (!isUnfencing(request)) continue;
      this.#tally.count('unfencings');
      this.#mayBegin(state, request);
    }
  }

  #mayBegin(state: ClusterState, request: FencingRequest): void {
    const { target, incarnation } = request;
    const { active, ended } = state.fencing;
    const machine = this.#machines.find(({ name }) => name === target);
    // Of two halves each goes by what it knows.
    const known = this.#machines.length > 2 ? [...this.#known.values()] : [...active, ...ended];
    const isCut = known.some(
      (each) =>
        each.target === target &&
        each.incarnation === incarnation &&
        machine?.cutFor.has(each.id) === true &&
        !(isMember(state, request) && this.#isWithoutEnd(each, state)),
    );
    if (isCut) throw new Violation(`access for who was cut off: ${target} (${incarnation})`);
  }

  /** A stop had failed there, say: a shooting that nobody confirms recovers nothing, and its reason may go. */
  #isWithoutEnd({ id }: FencingRequest, { fencing }: ClusterState): boolean {
    return this.#ofMembers.has(id) && !fencing.ended.some((each) => each.id === id && each.ok);
  }

  /** All are together, at one place: whom they all give access has it. */
  believed(): void {
    if (this.#setting === undefined) return;
    const nodes = this.#machines.map(({ node, isStopped }) => (isStopped ? undefined : node));
    const [first] = nodes;
    const areTogether = nodes.every(
      (each) =>
        each !== undefined &&
        each.cluster.acting &&
        each.cluster.view === first?.cluster.view &&
        each.view.phase.kind === 'open' &&
        each.view.members.length === nodes.length,
    );
    if (!areTogether) return;
    for (const machine of this.#machines) {
      const isBelieved = nodes.every((each) => hasAccessIn(each?.cluster, machine));
      if (machine.hasAccess || !machine.isOn || !isBelieved) continue;
      throw new Violation(
        `access that is not there: ${machine.name} was cut off, and nobody knows`,
      );
    }
  }

  /** The device is about to be asked, by the daemon of `machine`. */
  mayAct(
    { name, node }: Machine,
    victim: Machine | undefined,
    { action, target }: FenceRequest,
  ): void {
    if (action !== 'on') {
      if (victim?.name === name) throw new Violation(`a target chooses: ${name} fences itself`);
      return;
    }
    if (this.#setting?.on === 'own-node' && victim?.name !== name)
      throw new Violation(`access from elsewhere: ${name} unfences ${target ?? ''}`);
    const condition = target && node?.cluster.nodes[target]?.condition;
    if (condition === 'online') return;
    throw new Violation(`access for no member: ${target ?? ''} is ${condition ?? 'unknown'}`);
  }
}

const isMember = ({ nodes }: ClusterState, { target, incarnation }: FencingRequest): boolean =>
  nodes[target]?.condition === 'online' && nodes[target].incarnation === incarnation;

const hasAccessIn = (cluster: ClusterState | undefined, { name, boots }: Machine): boolean => {
  const record = cluster?.nodes[name];
  const isThis = record?.condition === 'online' && lifeOf(record.incarnation)?.boot === boots;
  return isThis && record.attributes[UNFENCED_ATTRIBUTE] !== undefined;
};

/** Who was cut off amid this life of its daemon may not know it yet, and nothing comes of that. */
export function startWithAccess(machine: Machine, { operation, resource }: OperationRequest): void {
  if (machine.mayUse(resource) || machine.cutInLife === machine.lives) return;
  if (machine.hasNotHeard && machine.node?.view.members.length === 1) return;
  throw new Violation(`no access: ${operation} of ${resource} begins on ${machine.name}`);
}

/** `n1-boot-3 7` was the seventh daemon there, or the time without one, in the third boot. */
function lifeOf(incarnation: string): { readonly boot: number; readonly life: number } | undefined {
  const match = /-boot-(\d+) (\d+)$/.exec(incarnation);
  return match === null ? undefined : { boot: Number(match[1]), life: Number(match[2]) };
}
