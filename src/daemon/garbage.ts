/** What V8 and malloc(3) keep without need is given back to the machine, when nobody waits. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { native } from '../../native/holdfast.ts';

/** Between the two, whoever waits has his turn. */
const PAUSE_MS = 100;
const LOOK_MS = 10_000;
/** After a change there may come more of them. */
const QUIET_MS = 5000;
const GROWTH_BYTES = 4 << 20;

/**
 * One whole collection, some 20 ms, in a moment in which nobody waits for this daemon. V8's own
 * would come in the midst of something, some seconds after the start or after weeks
 * (docs/decisions/memory.md).
 */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  setTimeout(() => native().returnFreeMemory(), PAUSE_MS).unref();
}

/**
 * Collects at once, and again in quiet moments when the process has grown since by some megabytes.
 * The answer ends it.
 */
export function collectNowAndThen(onChange: (listener: () => void) => () => void): () => void {
  let changedAt = -QUIET_MS;
  const forget = onChange(() => {
    changedAt = performance.now();
  });
  collectGarbage();
  let leanBytes: number | undefined;
  const timer = setInterval(() => {
    const bytes = process.memoryUsage.rss();
    leanBytes = Math.min(leanBytes ?? bytes, bytes);
    if (bytes < leanBytes + GROWTH_BYTES || performance.now() < changedAt + QUIET_MS) return;
    leanBytes = undefined;
    collectGarbage();
  }, LOOK_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    forget();
  };
}
