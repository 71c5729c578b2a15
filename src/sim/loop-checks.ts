/**
 * Fence loops: who is held back was shot so often, and fences nobody and starts nothing until it is
 * released. Judged by what really happened to the machine, and by what all have been told.
 */
import type { Command } from '../core/cluster/commands.ts';
import type { ClusterState } from '../core/cluster/state.ts';
import type { FenceRequest, OperationRequest } from '../core/model/operation.ts';
import type { Halves } from './halves.ts';
import type { Machine } from './machine.ts';
import type { Tally } from './tally.ts';
import { Violation } from './violation.ts';

/** What was decided before is carried out, and all must have heard of it. */
const settlingMs = 10_000;

export class LoopChecks {
  /** Since when, by the first that knew of it. */
  readonly #held = new Map<string, { readonly at: number; readonly sinceMs: number }>();
  readonly #machines: readonly Machine[];
  readonly #tally: Tally;
  /** Two halves of two nodes may both commit. */
  readonly #halves: Halves;

  constructor(machines: readonly Machine[], tally: Tally, halves: Halves) {
    this.#machines = machines;
    this.#tally = tally;
    this.#halves = halves;
  }

  /** Somebody wants it to take part again, whether or not that succeeds. */
  requested(command: Command): void {
    if (command.kind === 'fence-release') this.#held.delete(command.node);
    if (command.kind === 'node-forget') this.#held.delete(command.node);
  }

  /** What a step of a node has changed. */
  look(before: ClusterState, { fencing }: ClusterState, nowMs: number): void {
    if (fencing.heldBack === before.fencing.heldBack) return;
    for (const { node, at, fencings, releasedAt } of fencing.heldBack ?? []) {
      const known = this.#held.get(node);
      if (releasedAt !== undefined || (known !== undefined && known.at >= at)) continue;
      if (before.fencing.heldBack?.some((old) => old.node === node && old.at >= at)) continue;
      this.#held.set(node, { at, sinceMs: nowMs });
      this.#tally.count('nodes held back');
      const { shots = 0 } = this.#machines.find(({ name }) => name === node) ?? {};
      if (shots >= fencings) continue;
      throw new Violation(`held back for nothing: ${node} was shot ${shots} times of ${fencings}`);
    }
  }

  mayStart({ name }: Machine, { operation, resource }: OperationRequest, nowMs: number): void {
    if (!this.#isHeld(name, nowMs)) return;
    throw new Violation(`held back and used: ${operation} of ${resource} on ${name}`);
  }

  mayShoot({ name }: Machine, { action, target }: FenceRequest, nowMs: number): void {
    if (!['off', 'reboot'].includes(action) || !this.#isHeld(name, nowMs)) return;
    throw new Violation(`held back and shoots: ${name} fences ${target ?? ''}`);
  }

  #isHeld(name: string, nowMs: number): boolean {
    const sinceMs = this.#held.get(name)?.sinceMs;
    return !this.#halves.isDivided && sinceMs !== undefined && nowMs >= sinceMs + settlingMs;
  }
}
