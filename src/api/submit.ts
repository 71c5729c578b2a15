/** Sends a command and says what became of it. */
import type { Command } from '../core/cluster/commands.ts';
import type { Mark } from '../core/cluster/marks.ts';
import type { WallMs } from '../core/model/ids.ts';
import { clockDifference } from '../core/model/said.ts';
import { markView } from '../core/view/marks.ts';
import type { Backend, Reply } from './backend.ts';
import { Problem } from './problem.ts';
import type { Done } from './schemas/answers.ts';

/** Resolves when it is applied; throws `refused` or `unknown-outcome`. */
export async function submit(backend: Backend, command: Command, text: string): Promise<Done> {
  return { text, index: appliedIndex(await backend.submit(command)) };
}

/** Asked before a person is asked: throws `refused` as `submit` would. Nothing is done. */
export function wouldDo(backend: Backend, command: Command, text: string): Done {
  const refusal = backend.refusalOf(command);
  if (refusal !== undefined) throw new Problem('refused', refusal);
  return { text, index: 0 };
}

export function appliedIndex(reply: Reply): number {
  switch (reply.kind) {
    case 'applied': {
      const refusal = refusalOf(reply.answer);
      if (refusal !== undefined) throw new Problem('refused', refusal);
      return reply.index;
    }
    case 'refused':
      throw new Problem('refused', reply.reason, {
        advice: 'holdfast status says what the cluster waits for',
      });
    case 'unknown':
      throw new Problem('unknown-outcome', `It may or may not have been done: ${reply.reason}.`, {
        advice: 'holdfast status, and holdfast history, show whether it was',
      });
  }
}

/** apply answers `{ refused: sentence }` for a command that makes no sense any more. */
function refusalOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('refused' in answer)) return undefined;
  return String(answer.refused);
}

export async function setMark(backend: Backend, mark: Mark): Promise<Done> {
  const view = markView(mark);
  const done = await submit(backend, { kind: 'set-mark', mark }, `${view.text}.`);
  return { ...done, mark: view };
}

/** Takes marks back; undefined if none of them is set. */
export async function clearMarks(
  backend: Backend,
  ids: readonly string[],
  by: string,
): Promise<Done | undefined> {
  let done: Done | undefined;
  for (const id of ids) {
    const mark = backend.cluster().marks[id];
    if (mark === undefined) continue;
    const text = `Ended: ${markView(mark).text}.`;
    done = await submit(backend, { kind: 'clear-mark', id, by }, text);
  }
  return done;
}

export const HOUR_MS = 3_600_000;

/**
 * What every mark says of itself. It ends by the DC's clock, which is this node's less what it is known to be
 * ahead. Replicated time says nothing of that: it follows a clock that leapt, and stays ahead when that was
 * set right (docs/decisions/stalls.md, "Clocks").
 */
export function markCommon(
  backend: Backend,
  by: string,
  forMs: number | undefined,
): { by: string; setAt: WallMs; expiresAt?: WallMs } {
  const { self, wallMs } = backend.local();
  const own = backend.cluster().nodes[self];
  const aheadMs = own === undefined ? 0 : (clockDifference(own)?.aheadMs ?? 0);
  const now = Math.round(wallMs - aheadMs);
  const common = { by, setAt: now as WallMs };
  return forMs === undefined ? common : { ...common, expiresAt: (now + forMs) as WallMs };
}
