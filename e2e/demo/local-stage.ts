import type { Stage } from './stage.ts';

/** Several daemons of one user, without Corosync. */
export async function createLocalStage(abort: AbortSignal): Promise<Stage> {
  abort.throwIfAborted();
  throw new Error('the local engine has no stage yet');
}
