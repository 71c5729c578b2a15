/** Starts the scheduler's thread: the bundle beside this one, or its source in a checkout. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

export function startWorker(): Worker {
  const source = import.meta.filename.endsWith('.ts');
  const file = source ? 'scheduler-worker.ts' : 'holdfast-scheduler.js';
  return new Worker(join(import.meta.dirname, file));
}
