/**
 * Decisions: inline while they are short, otherwise in a worker. A short one is answered before
 * the next input is taken; a long one can be abandoned.
 */
import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';

import { balanceSteps } from '../core/balance/balance.ts';
import type { Balance } from '../core/balance/balance.ts';
import type { Load } from '../core/balance/read.ts';
import type { WallMs } from '../core/model/ids.ts';
import type { Explanation } from '../core/model/explanation.ts';
import type { Picture } from '../core/model/picture.ts';
import type { Plan } from '../core/model/plan.ts';
import { explainSteps } from '../core/scheduler/explain.ts';
import type { Question } from '../core/scheduler/explain.ts';
import { schedule } from '../core/scheduler/schedule.ts';
import { messageOf } from './exit.ts';
import { RemoteScheduler } from './remote-scheduler.ts';

/** Exactly one of them is called, unless the decision is abandoned. */
export interface DecisionListener {
  readonly onPlan: (plan: Plan) => void;
  readonly onFailure: (reason: string) => void;
}

/** Keeps a picture that the scheduler failed on, and says where. */
export type KeepPicture = (picture: Picture, now: WallMs, reason: string) => string;

/** Longer ones would hold up heartbeats and clients. */
const INLINE_MS = 15;
/** Before anything was measured: about 200 resources on 3 nodes. */
const INLINE_SIZE_FIRST = 600;

export class Decider {
  readonly #remote: RemoteScheduler;
  /** Another thread, so that no decision waits for an answer to a person. */
  readonly #explainer: RemoteScheduler;
  readonly #keep: KeepPicture;
  #current: number | undefined;
  #msPerUnit = INLINE_MS / INLINE_SIZE_FIRST;

  constructor(startWorker: () => Worker, keep: KeepPicture) {
    this.#remote = new RemoteScheduler(startWorker);
    this.#explainer = new RemoteScheduler(startWorker);
    this.#keep = keep;
  }

  decide(number: number, picture: Picture, now: WallMs, listener: DecisionListener): void {
    this.#current = number;
    const fail = (error: unknown): void => {
      const place = this.#keep(picture, now, messageOf(error));
      listener.onFailure(`${messageOf(error)} (the input is kept: ${place})`);
    };
    try {
      const result = this.#run(picture, now);
      if (!(result instanceof Promise)) {
        listener.onPlan(result);
        return;
      }
      result.then(
        (plan) => this.#isCurrent(number) && listener.onPlan(plan),
        (error: unknown) => this.#isCurrent(number) && fail(error),
      );
    } catch (error) {
      fail(error);
    }
  }

  abandon(number: number): void {
    if (!this.#isCurrent(number)) return;
    this.#current = undefined;
    this.#remote.abandon();
  }

  /** A decision that is only looked at. */
  async compute(picture: Picture, now: WallMs): Promise<Plan> {
    return this.#run(picture, now);
  }

  /** Many runs for one question: if each takes long, in a thread of their own that ends after it. */
  async explain(picture: Picture, now: WallMs, asked: Question): Promise<Explanation | undefined> {
    if (this.#isShort(picture)) return inTurns(explainSteps(picture, now, asked));
    return this.#apart((remote) => remote.explain(picture, now, asked));
  }

  /** The same for moves that level the load. */
  async balance(picture: Picture, now: WallMs, load: Load): Promise<Balance> {
    if (this.#isShort(picture)) return inTurns(balanceSteps(picture, now, load));
    return this.#apart((remote) => remote.balance(picture, now, load));
  }

  #isShort(picture: Picture): boolean {
    return sizeOf(picture) * this.#msPerUnit <= INLINE_MS;
  }

  async #apart<T>(ask: (remote: RemoteScheduler) => Promise<T>): Promise<T> {
    try {
      return await ask(this.#explainer);
    } finally {
      if (this.#explainer.isIdle) await this.#explainer.close();
    }
  }

  async close(): Promise<void> {
    this.#current = undefined;
    await Promise.all([this.#remote.close(), this.#explainer.close()]);
  }

  #isCurrent(number: number): boolean {
    return this.#current === number;
  }

  #run(picture: Picture, now: WallMs): Plan | Promise<Plan> {
    const size = sizeOf(picture);
    if (size * this.#msPerUnit > INLINE_MS) return this.#remote.schedule(picture, now);
    const begin = performance.now();
    const plan = schedule(picture, now);
    this.#learn(size, performance.now() - begin);
    return plan;
  }

  /** How large a picture may be to be decided inline follows from what was measured. */
  #learn(size: number, ms: number): void {
    this.#msPerUnit = 0.8 * this.#msPerUnit + (0.2 * ms) / Math.max(size, 50);
  }
}

/** One run after the other, and between them everything else that waits. */
async function inTurns<T>(steps: Generator<unknown, T>): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await setImmediate();
  }
}

/** What a decision's time grows with: pairs of resource and node, and histories to be read. */
function sizeOf(picture: Picture): number {
  const { nodes } = picture.status;
  let histories = 0;
  for (const node of nodes) histories += node.history.length;
  return (picture.configuration.resources.length + 1) * Math.max(1, nodes.length) + histories;
}
