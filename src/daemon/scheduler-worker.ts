/** The scheduler in a thread of its own, for pictures that would hold up the daemon's loop. */
import { parentPort } from 'node:worker_threads';

import { balance } from '../core/balance/balance.ts';
import { explainResource } from '../core/scheduler/explain.ts';
import { schedule } from '../core/scheduler/schedule.ts';
import type { WorkerAnswer, WorkerRequest } from './remote-scheduler.ts';

parentPort?.on('message', (request: WorkerRequest) => {
  parentPort?.postMessage(answer(request), []);
});

function answer({ number, picture, now, asked, load }: WorkerRequest): WorkerAnswer {
  try {
    if (load !== undefined) return { number, balance: balance(picture, now, load) };
    if (asked === undefined) return { number, plan: schedule(picture, now) };
    return { number, explanation: explainResource(picture, now, asked) };
  } catch (error) {
    return { number, failure: error instanceof Error ? error.message : String(error) };
  }
}
