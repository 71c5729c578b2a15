/**
 * The loop: one queue of inputs, one step at a time. Everything else in the daemon is told about
 * effects, or puts an input here.
 */
import { monotonicMs, wallMs } from '../core/model/ids.ts';
import type { RecordedStep } from '../core/node/incident.ts';
import { step } from '../core/node/node.ts';
import type { NodeState } from '../core/node/state.ts';
import type { NodeClocks, NodeEffect, NodeInput } from '../core/node/types.ts';

export interface LoopOptions {
  readonly clocks: () => NodeClocks;
  /** Carries out one effect. Inputs that it pushes come after those that wait. */
  readonly perform: (effect: NodeEffect) => void;
  /** The queue is full, or a step threw: a bug or overload that must end the daemon. */
  readonly onFatal: (error: Error) => void;
  readonly onTick: () => void;
  /** What a step was made from, and what it did. */
  readonly onStep?: (before: NodeState, step: RecordedStep) => void;
}

const QUEUE_MAX = 20_000;
/** After so long other work of the process gets its turn. */
const BATCH_MS = 10;
/** A tick comes at least so often; the core asks for one every 250 ms. */
const TICK_MS = 200;

export class NodeLoop {
  readonly #options: LoopOptions;
  readonly #listeners = new Set<() => void>();
  #node: NodeState;
  #queue: NodeInput[] = [];
  #working = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #untold: NodeJS.Immediate | undefined;

  constructor(initial: NodeState, options: LoopOptions) {
    this.#node = initial;
    this.#options = options;
    this.#wake(options.clocks().nowMs + TICK_MS);
  }

  get node(): NodeState {
    return this.#node;
  }

  /** Taken at once, or after what waits. */
  push(input: NodeInput): void {
    if (this.#stopped) return;
    if (this.#queue.length >= QUEUE_MAX) {
      this.#fail(new Error(`${QUEUE_MAX} inputs wait: the daemon cannot keep up`));
      return;
    }
    this.#queue.push(input);
    if (!this.#working) this.#work();
  }

  /**
   * Calls back after the cluster or the view has changed, until it is taken back. Several changes
   * may be one call, and what the changes have brought about, such as an agent's start, goes first.
   */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#untold !== undefined) {
      clearImmediate(this.#untold);
      this.#tell();
    }
    clearTimeout(this.#timer);
  }

  #work(): void {
    this.#working = true;
    try {
      this.#takeBatch(performance.now() + BATCH_MS);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
    this.#working = this.#queue.length > 0;
    if (this.#working && !this.#stopped) setImmediate(() => this.#work());
  }

  #takeBatch(deadline: number): void {
    let taken = 0;
    while (taken < this.#queue.length && !this.#stopped) {
      this.#take(this.#queue[taken] as NodeInput);
      taken += 1;
      if (performance.now() > deadline) break;
    }
    this.#queue = this.#queue.slice(taken);
  }

  #take(input: NodeInput): void {
    const before = this.#node;
    const clocks = this.#options.clocks();
    const { node, effects } = step(before, input, clocks);
    this.#node = node;
    this.#options.onStep?.(before, { clocks, input, effects });
    for (const effect of effects) {
      if (effect.kind === 'wake') this.#wake(effect.atMs);
      else this.#options.perform(effect);
    }
    if (before.cluster === node.cluster && before.view === node.view) return;
    this.#untold ??= setImmediate(() => this.#tell());
  }

  #tell(): void {
    this.#untold = undefined;
    for (const listener of this.#listeners) listener();
  }

  #wake(atMs: number): void {
    if (this.#stopped || atMs >= this.#timerAtMs) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    const delayMs = Math.max(0, atMs - this.#options.clocks().nowMs);
    this.#timer = setTimeout(() => this.#tick(), delayMs);
  }

  #tick(): void {
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    this.#wake(this.#options.clocks().nowMs + TICK_MS);
    this.#options.onTick();
    this.push({ kind: 'tick' });
  }

  #fail(error: Error): void {
    this.stop();
    this.#options.onFatal(error);
  }
}

/** A clock that goes on in suspend and never steps, and the one of the wall. */
export function realClocks(bootTimeMs: () => number): () => NodeClocks {
  return () => ({
    nowMs: monotonicMs(bootTimeMs()),
    wallMs: wallMs(Date.now()),
    chance: Math.random(),
  });
}
