/** Rounds: attempts at an open view within one view of the engine. */
import { send } from './send.ts';
import type { Draft } from './state.ts';

/** Asks all to begin another round; whoever is first in the order begins it. */
export function askForGather<S, C>(draft: Draft<S, C>, override = false): void {
  const round = roundOf(draft);
  if (round === undefined) return;
  send(draft, { kind: 'gather', view: draft.engine.view, round: round + 1, override });
}

export function roundOf<S, C>(draft: Draft<S, C>): number | undefined {
  return draft.gathering?.round ?? draft.group?.round;
}
