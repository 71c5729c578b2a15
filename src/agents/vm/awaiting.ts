/**
 * The conversation with a QEMU that waits for another node's guest is kept until the guest has come:
 * it stands still then, and each question before it may go on costs its clients time. Kept on the
 * socket that nobody else uses; whoever finds none (the daemon is another one since) opens its own.
 */
import { talkTo, type Machines } from './qemu.ts';
import type { Qmp } from './qmp.ts';

const kept = new Map<string, Qmp>();

/**
 * What the work answers; the conversation is kept after it. Undefined: QEMU has ended. Rejects as the
 * work does, or at the signal, and keeps nothing then.
 */
export async function talkAndKeep<T>(
  machines: Machines,
  resource: string,
  signal: AbortSignal,
  work: (qmp: Qmp) => Promise<T>,
): Promise<T | undefined> {
  takeTalk(resource)?.close();
  signal.throwIfAborted();
  const life = new AbortController();
  const giveUp = (): void => life.abort(signal.reason);
  signal.addEventListener('abort', giveUp);
  try {
    const qmp = await talkTo(machines, resource, life.signal, 'watch');
    if (!qmp) return undefined;
    const answer = await work(qmp);
    keep(resource, qmp);
    return answer;
  } catch (error) {
    life.abort(error);
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

function keep(resource: string, qmp: Qmp): void {
  kept.set(resource, qmp);
  void qmp.ended.then(() => kept.get(resource) === qmp && kept.delete(resource));
}

/** Whoever takes it ends it. */
export function takeTalk(resource: string): Qmp | undefined {
  const qmp = kept.get(resource);
  kept.delete(resource);
  return qmp;
}
