/** Looks at a program that runs: who ends meanwhile does not answer any more, and is not waited for. */
import type { ServiceSupervisor } from './supervisor.ts';

/**
 * Gives `look` a signal that aborts with `signal`, and when the resource's program ends: a question to a
 * machine that is gone is answered by nobody, and its stop would wait for the question's end.
 */
export async function whileRunning<T>(
  services: ServiceSupervisor,
  resource: string,
  signal: AbortSignal,
  look: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const forget = services.onceEnded(resource, () => ended.abort());
  try {
    return await look(AbortSignal.any([signal, ended.signal]));
  } finally {
    forget();
  }
}
