/**
 * Marks that were acknowledged hold: nothing is touched in maintenance, none ends before its time
 * because one clock has leapt, and of a node that counts as empty that is true.
 */
import type { Command } from '../core/cluster/commands.ts';
import { leavesNodeAlone } from '../core/cluster/marks.ts';
import type { Mark } from '../core/cluster/marks.ts';
import type { ClusterState } from '../core/cluster/state.ts';
import { sortedValues } from '../core/cluster/order.ts';
import { nodeName } from '../core/model/ids.ts';
import type { NodeState } from '../core/node/state.ts';
import { uniqueResources } from './configuration.ts';
import type { OperationRequest } from '../core/model/operation.ts';
import type { Halves } from './halves.ts';
import type { Machine } from './machine.ts';
import { baseOf } from './machine.ts';
import { Violation } from './violation.ts';

interface Known {
  readonly mark: Mark;
  readonly sinceMs: number;
}

/** What was begun, or decided, when a mark came is carried out; and all must have heard of it. */
const settlingMs = 10_000;
/** The others need so long to say that a clock is wrong, a little less than the product's own limit. */
const comparedMs = 8000;
/** And to say so, and that it is right again, where messages and disks are slow. */
const settledMs = 25_000;
/** Clocks that are less apart are right for each other (core/model/said.ts). */
const alikeMs = 60_000;
/** The state may be of a moment ago. */
const lateMs = 3500;
/**
 * Looking changes nothing, what waits for a machine that does not come is no service, and killing what
 * has not stopped ends a stop that was under way.
 */
const untouching = new Set(['monitor', 'migrate_abandon', 'contain']);
const members: Readonly<Record<string, readonly string[]>> = { stack: ['disk', 'app'] };

export class MarkChecks {
  readonly #known = new Map<string, Known>();
  /** Somebody wants them ended, whether or not that succeeds. */
  readonly #ended = new Set<string>();
  /** Two halves of two nodes may both commit, and one of them wins. */
  readonly #halves: Halves;

  constructor(halves: Halves) {
    this.#halves = halves;
  }

  requested(command: Command): void {
    if (command.kind === 'set-mark') this.#ended.delete(command.mark.id);
    if (command.kind === 'clear-mark') this.#ended.add(command.id);
    if (command.kind === 'clear-mark') this.#known.delete(command.id);
    if (command.kind === 'node-forget') this.#endOf(command.node);
  }

  /** What was set for a node that is forgotten ends with it. */
  #endOf(node: string): void {
    for (const { mark } of this.#known.values()) {
      if (!('node' in mark) || mark.node !== node) continue;
      this.#ended.add(mark.id);
      this.#known.delete(mark.id);
    }
  }

  applied(command: Command, nowMs: number): void {
    if (command.kind !== 'set-mark' || this.#ended.has(command.mark.id)) return;
    this.#known.set(command.mark.id, { mark: command.mark, sinceMs: nowMs });
  }

  /** Everybody is told that it is empty; from now on nothing is touched there. */
  evacuated(
    before: ClusterState,
    after: ClusterState,
    machines: readonly Machine[],
    nowMs: number,
  ): void {
    if (this.#halves.isDivided || after.marks === before.marks) return;
    for (const mark of sortedValues(after.marks)) {
      if (mark.kind !== 'node-maintenance' || mark.evacuation !== 'done') continue;
      const known = this.#known.get(mark.id);
      if (known === undefined || ('evacuation' in known.mark && known.mark.evacuation === 'done'))
        continue;
      this.#known.set(mark.id, { mark, sinceMs: nowMs });
      const machine = machines.find(({ name }) => name === mark.node);
      const left = uniqueResources.find((each) => machine?.active.has(each) === true);
      if (left === undefined || after.nodes[mark.node]?.condition !== 'online') continue;
      throw new Violation(`evacuated and not empty: ${left} runs on ${mark.node}`);
    }
  }

  /** An operation that changes something begins. */
  mayTouch(
    { name, needless }: Machine,
    { operation, resource }: OperationRequest,
    nowMs: number,
  ): void {
    if (this.#halves.isDivided || untouching.has(operation)) return;
    // One that timed out across a stall goes on: it was under way before, and has not ended.
    if (needless.some((each) => each.operation === operation && each.resource === resource)) return;
    for (const { mark, sinceMs } of this.#known.values()) {
      if (nowMs < sinceMs + settlingMs || !covers(mark, name, resource)) continue;
      throw new Violation(`touched in maintenance: ${operation} of ${resource} on ${name}`);
    }
  }

  /**
   * What a step of a node has ended by time. `trueMs`: what a right clock says. Who gets another line, in which less
   * is applied, has ended nothing: there the mark's command is ordered, and waits for its commit.
   */
  look(
    was: NodeState,
    is: NodeState,
    machines: readonly Machine[],
    nowMs: number,
    trueMs: number,
  ): void {
    const { cluster: before } = was;
    const { cluster: after } = is;
    if (this.#halves.isDivided || after.marks === before.marks) return;
    if (is.replica.line.applied < was.replica.line.applied) return;
    for (const { mark } of this.#known.values()) {
      const { id, expiresAt } = mark;
      if (expiresAt === undefined || !before.marks[id] || after.marks[id]) continue;
      const online = machines.filter(({ name }) => before.nodes[name]?.condition === 'online');
      const isDue = online.some(
        ({ clockAheadMs, leaptAtMs }) =>
          nowMs - leaptAtMs > comparedMs && trueMs + clockAheadMs + lateMs >= expiresAt,
      );
      // Of two clocks that differ nobody knows which is right; of three, two are.
      const alike = online.filter(
        ({ clockAheadMs, leaptAtMs }) =>
          nowMs - leaptAtMs < settledMs || trueMs + clockAheadMs + alikeMs + lateMs >= expiresAt,
      );
      if (!isDue || 2 * alike.length <= online.length) {
        throw new Violation(`ended by a clock that leapt: ${id}`);
      }
      this.#known.delete(id);
    }
  }
}

function covers(mark: Mark, node: string, resource: string): boolean {
  if (mark.kind === 'node-maintenance') return leavesNodeAlone(mark, nodeName(node));
  if (mark.kind !== 'resource-maintenance') return false;
  const base = baseOf(resource);
  return mark.resource === base || members[mark.resource]?.includes(base) === true;
}
