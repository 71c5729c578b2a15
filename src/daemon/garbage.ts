/** What the start leaves behind is given back to the machine. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { native } from '../../native/holdfast.ts';

/** Between the two, whoever waits has his turn. */
const PAUSE_MS = 100;

/**
 * One whole collection, some 20 ms, in a moment in which nobody waits for this daemon. V8's own
 * would come in the midst of something, some seconds after the start or after weeks
 * (docs/decisions/memory.md).
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  setTimeout(() => native().returnFreeMemory(), PAUSE_MS).unref();
}
