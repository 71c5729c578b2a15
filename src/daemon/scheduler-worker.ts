/** The scheduler in a thread of its own, for pictures that would hold up the daemon's loop. */
import { parentPort } from 'node:worker_threads';

import { schedule } from '../core/scheduler/schedule.ts';
import type { WorkerAnswer, WorkerRequest } from './remote-scheduler.ts';

parentPort?.on('message', ({ number, picture, now }: WorkerRequest) => {
  parentPort?.postMessage(
    answer(number, () => schedule(picture, now)),
    [],
  );
});

function answer(number: number, run: () => ReturnType<typeof schedule>): WorkerAnswer {
  try {
    return { number, plan: run() };
  } catch (error) {
    return { number, failure: error instanceof Error ? error.message : String(error) };
  }
}
