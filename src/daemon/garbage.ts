/** What the start leaves behind is given back to the machine. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * One whole collection, some 20 ms, before anybody waits for this daemon. V8 returns memory when a
 * process is idle after a collection of its own; a daemon makes so little garbage that the first
 * one may come after weeks (docs/decisions/memory.md).
 */
export function collectOnce(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
}
