/** Changes of the cluster as an iteration: many at once count as one, so a slow client sees fewer. */
import type { Backend } from './backend.ts';

/** No client needs more than ten screens a second, and no client may cost more. */
const PAUSE_MS = 100;

export async function* changes(backend: Backend, signal: AbortSignal): AsyncGenerator<void> {
  let changed = false;
  let wake: (() => void) | undefined;
  const notice = (): void => {
    changed = true;
    wake?.();
  };
  const stop = backend.onChange(notice);
  const ended = (): void => wake?.();
  signal.addEventListener('abort', ended, { once: true });
  try {
    while (!signal.aborted) {
      if (!changed) await new Promise<void>((resolve) => (wake = resolve));
      if (signal.aborted) return;
      changed = false;
      yield;
      await pause(PAUSE_MS);
    }
  } finally {
    stop();
    signal.removeEventListener('abort', ended);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
