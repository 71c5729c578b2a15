/**
 * The table of candidate actions and the relations between them. Every action has three independent
 * bits: required (or optional), blocked (or runnable) and pseudo (or real); a fourth says whether a
 * start or stop may be part of a live migration. Relations are columns of integers; each action has
 * a linked list of its incoming and of its outgoing ones.
 */
import type { Host, Unit } from '../parts.ts';

export const FLAG = {
  required: 1,
  blocked: 2,
  pseudo: 4,
  migratable: 8,
  /** Runs by itself through a fencing: it needs no one to carry it out. */
  byFencing: 16,
  /** Must be in the graph only if something else asks for it. */
  hidden: 32,
} as const;

/** What a relation makes of `first` and `then`; several may hold. 0: order only, when both happen. */
export const KIND = {
  order: 0,
  /** first required → then required. */
  causes: 1,
  /** then required → first required. */
  needs: 2,
  /** first blocked → then blocked. */
  blocks: 4,
  /** Stop and start (demote and promote) of one resource: see `fixpoint.ts`. */
  restart: 8,
  /** first blocked → then blocked, unless then is optional. */
  asymmetric: 16,
  /** then is blocked when fewer than its minimum of such firsts are runnable. */
  oneOfMany: 32,
  /** first required and not migratable → then not migratable. */
  unmigratable: 64,
  /** Carries no order of its own: another relation does. */
  silent: 128,
  /** first required and blocked → then blocked. */
  blocksWhenRequired: 256,
  /** Serves order only if both are on one host. */
  sameHost: 512,
  /** Whoever carries out then needs the end of first only if first is carried out for real. */
  realFirst: 1024,
  /** first is runnable and required → then required; see sets with require-all=false. */
  causesIfRunnable: 2048,
  /** Only between actions that both stand; marks orders of capacity, dropped in cycles first. */
  capacity: 4096,
  /** From a constraint written by the administrator: named when a cycle is broken. */
  explicit: 8192,
  /** Only if both happen (kind Optional or Serialize): the stop that ends a migration is none. */
  loose: 16384,
  /** As `causes`, but not if first is the start that ends a live migration. */
  causesUnlessMigrating: 32768,
  /** As `needs`, but not if then is the stop that ends a live migration. */
  needsUnlessMigrating: 65536,
} as const;

export interface Action {
  readonly index: number;
  readonly unit: Unit | undefined;
  readonly host: Host | undefined;
  readonly task: string;
  readonly intervalMs: number;
  readonly name: string;
  flags: number;
  reason: string;
  /** Index of the action that made this one required; −1: none. */
  cause: number;
  /** cancel: what; notify: pre/post and of what; fence: how. */
  of: string | undefined;
  when: 'pre' | 'post' | undefined;
  expectedExitCode: number | undefined;
  /** Minimum of runnable `oneOfMany` firsts. */
  minimum: number;
  /** fence: how long to wait before. */
  delayMs: number;
  migrateSource: Host | undefined;
  migrateTarget: Host | undefined;
  /** Why it is blocked. */
  blockReason: string | undefined;
}

const GROWTH = 2;

export class ActionTable {
  readonly actions: Action[] = [];
  /** Columns of the relations. */
  firsts = new Int32Array(1024);
  thens = new Int32Array(1024);
  kinds = new Int32Array(1024);
  /** Next relation with the same `then` (or `first`); −1 ends the list. */
  nextIn = new Int32Array(1024);
  nextOut = new Int32Array(1024);
  headIn = new Int32Array(1024);
  headOut = new Int32Array(1024);
  relations = 0;
  private readonly known = new Map<string, Action>();
  private readonly byUnit = new Map<number, Action[]>();

  add(seed: {
    readonly unit?: Unit | undefined;
    readonly host?: Host | undefined;
    readonly task: string;
    readonly intervalMs?: number;
    readonly name?: string;
    readonly flags?: number;
    readonly reason?: string;
  }): Action {
    const index = this.actions.length;
    if (index >= this.headIn.length) this.growHeads();
    this.headIn[index] = -1;
    this.headOut[index] = -1;
    const intervalMs = seed.intervalMs ?? 0;
    const action: Action = {
      index,
      unit: seed.unit,
      host: seed.host,
      task: seed.task,
      intervalMs,
      name: seed.name ?? `${seed.unit?.id ?? seed.host?.name ?? ''}_${seed.task}_${intervalMs}`,
      flags: seed.flags ?? 0,
      reason: seed.reason ?? '',
      cause: -1,
      of: undefined,
      when: undefined,
      expectedExitCode: undefined,
      minimum: 0,
      delayMs: 0,
      migrateSource: undefined,
      migrateTarget: undefined,
      blockReason: undefined,
    };
    this.actions.push(action);
    if (seed.unit !== undefined) {
      const list = this.byUnit.get(seed.unit.index);
      if (list === undefined) this.byUnit.set(seed.unit.index, [action]);
      else list.push(action);
    }
    return action;
  }

  /** The action under this key; made once. */
  once(key: string, make: () => Action): Action {
    const found = this.known.get(key);
    if (found !== undefined) return found;
    const made = make();
    this.known.set(key, made);
    return made;
  }

  find(key: string): Action | undefined {
    return this.known.get(key);
  }

  ofUnit(unit: Unit): readonly Action[] {
    return this.byUnit.get(unit.index) ?? NO_ACTIONS;
  }

  ofTask(unit: Unit, task: string): readonly Action[] {
    return this.ofUnit(unit).filter((action) => action.task === task && action.intervalMs === 0);
  }

  /** Relates two actions; a relation of an action with itself is dropped. */
  relate(first: Action, then: Action, kinds: number): void {
    if (first === then) return;
    const index = this.relations;
    if (index >= this.firsts.length) this.growRelations();
    this.firsts[index] = first.index;
    this.thens[index] = then.index;
    this.kinds[index] = kinds;
    this.nextIn[index] = this.headIn[then.index] ?? -1;
    this.headIn[then.index] = index;
    this.nextOut[index] = this.headOut[first.index] ?? -1;
    this.headOut[first.index] = index;
    this.relations = index + 1;
  }

  at(index: number): Action {
    const action = this.actions[index];
    if (action === undefined) throw new RangeError(`no action ${index}`);
    return action;
  }

  /** Indexes of the relations into an action. */
  incoming(action: Action): readonly number[] {
    return this.list(this.headIn[action.index] ?? -1, this.nextIn);
  }

  outgoing(action: Action): readonly number[] {
    return this.list(this.headOut[action.index] ?? -1, this.nextOut);
  }

  private list(head: number, next: Int32Array): readonly number[] {
    const found: number[] = [];
    for (let at = head; at >= 0; at = next[at] ?? -1) found.push(at);
    return found;
  }

  private growHeads(): void {
    this.headIn = grown(this.headIn);
    this.headOut = grown(this.headOut);
  }

  private growRelations(): void {
    this.firsts = grown(this.firsts);
    this.thens = grown(this.thens);
    this.kinds = grown(this.kinds);
    this.nextIn = grown(this.nextIn);
    this.nextOut = grown(this.nextOut);
  }
}

const NO_ACTIONS: readonly Action[] = [];

function grown(column: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(column.length * GROWTH);
  larger.set(column);
  return larger;
}

export const isRequired = (action: Action): boolean => (action.flags & FLAG.required) !== 0;
export const isBlocked = (action: Action): boolean => (action.flags & FLAG.blocked) !== 0;
export const isPseudo = (action: Action): boolean => (action.flags & FLAG.pseudo) !== 0;
export const isMigratable = (action: Action): boolean => (action.flags & FLAG.migratable) !== 0;
/** In the graph: it is necessary and it can be done. */
export const stands = (action: Action): boolean =>
  (action.flags & (FLAG.required | FLAG.blocked)) === FLAG.required;
