/** The scheduler's thread, kept warm. Abandoning ends it, and the next request starts another. */
import type { Worker } from 'node:worker_threads';

import type { Balance } from '../core/balance/balance.ts';
import type { Load } from '../core/balance/read.ts';
import type { WallMs } from '../core/model/ids.ts';
import type { Explanation } from '../core/model/explanation.ts';
import type { Picture } from '../core/model/picture.ts';
import type { Plan } from '../core/model/plan.ts';
import type { Question } from '../core/scheduler/explain.ts';

/** Without a question, nor a load to be levelled, a plan is wanted. */
export interface WorkerRequest {
  readonly number: number;
  readonly picture: Picture;
  readonly now: WallMs;
  readonly asked?: Question;
  readonly load?: Load;
}

export type WorkerAnswer =
  | { readonly number: number; readonly plan: Plan }
  | { readonly number: number; readonly explanation: Explanation | undefined }
  | { readonly number: number; readonly balance: Balance }
  | { readonly number: number; readonly failure: string };

type Answered = Exclude<WorkerAnswer, { readonly failure: string }>;

interface Waiting {
  readonly resolve: (answer: Answered) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

const TIME_LIMIT_MS = 60_000;
/** A decision, and previews that clients ask for. */
const WAITING_MAX = 4;

export class RemoteScheduler {
  readonly #startWorker: () => Worker;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #requests = 0;

  constructor(startWorker: () => Worker) {
    this.#startWorker = startWorker;
  }

  async schedule(picture: Picture, now: WallMs): Promise<Plan> {
    const answer = await this.#ask({ picture, now });
    if ('plan' in answer) return answer.plan;
    throw new Error('the scheduler answered another question');
  }

  async explain(picture: Picture, now: WallMs, asked: Question): Promise<Explanation | undefined> {
    const answer = await this.#ask({ picture, now, asked });
    if ('explanation' in answer) return answer.explanation;
    throw new Error('the scheduler answered another question');
  }

  async balance(picture: Picture, now: WallMs, load: Load): Promise<Balance> {
    const answer = await this.#ask({ picture, now, load });
    if ('balance' in answer) return answer.balance;
    throw new Error('the scheduler answered another question');
  }

  /** Nobody waits for an answer. */
  get isIdle(): boolean {
    return this.#waiting.size === 0;
  }

  #ask(question: Omit<WorkerRequest, 'number'>): Promise<Answered> {
    if (this.#waiting.size >= WAITING_MAX) {
      return Promise.reject(new Error(`${WAITING_MAX} decisions are being made; try again`));
    }
    this.#worker ??= this.#start();
    const number = (this.#requests += 1);
    const request: WorkerRequest = { number, ...question };
    this.#worker.postMessage(request, []);
    return new Promise((resolve, reject) => {
      const text = `no decision within ${TIME_LIMIT_MS / 1000} s`;
      const timer = setTimeout(() => void this.#end(text), TIME_LIMIT_MS);
      this.#waiting.set(number, { resolve, reject, timer });
    });
  }

  /** What it computes at the moment rejects. */
  abandon(): void {
    if (this.#waiting.size > 0) void this.#end('the decision is no longer wanted');
  }

  async close(): Promise<void> {
    await this.#end('the daemon ends');
  }

  #start(): Worker {
    const worker = this.#startWorker();
    worker.unref();
    worker.on('message', (answer: WorkerAnswer) => this.#take(answer));
    worker.on('error', (error: Error) => this.#worker === worker && void this.#end(error.message));
    worker.on('exit', () => this.#worker === worker && void this.#end('the worker ended'));
    return worker;
  }

  #take(answer: WorkerAnswer): void {
    const waiting = this.#waiting.get(answer.number);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.number);
    clearTimeout(waiting.timer);
    if ('failure' in answer) waiting.reject(new Error(answer.failure));
    else waiting.resolve(answer);
  }

  async #end(reason: string): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    for (const number of Array.from(this.#waiting.keys())) this.#take({ number, failure: reason });
    await worker?.terminate();
  }
}
