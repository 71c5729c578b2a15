/**
 * "In the acting view, and quorate ever since": the claim of a member that every commit is known to
 * it, where all members must acknowledge. A ring that ended before the engine said whether it was
 * quorate leaves the claim open until that word comes.
 */
import type { EngineEvent, RingId } from '../model/engine.ts';
import { sameRing } from './epoch.ts';
import { askForGather } from './round.ts';
import type { Draft } from './state.ts';

const unprovenMax = 16;
const wordsMax = 8;

/** Before a new view of the engine is taken over. */
export function viewBreaks<S, C>(draft: Draft<S, C>, next: RingId): void {
  const { engine } = draft;
  const { ring, unbroken, unproven } = engine;
  if (ring === undefined || sameRing(ring, next) || quorumWord(draft) !== undefined) return;
  const open = [...unproven, ring];
  draft.engine = {
    ...engine,
    unbroken: unbroken && open.length <= unprovenMax,
    unproven: open.slice(-unprovenMax),
  };
}

/** The engine's word on quorum, for whichever ring. */
export function wordGiven<S, C>(
  draft: Draft<S, C>,
  event: Extract<EngineEvent, { kind: 'engine-quorum' }>,
): void {
  const { engine } = draft;
  const unproven = engine.unproven.filter((ring) => !sameRing(ring, event.ring));
  const isProved = engine.unbroken && engine.unproven.length > 0 && unproven.length === 0;
  draft.engine = {
    ...engine,
    words: [...engine.words, { ring: event.ring, quorate: event.quorate }].slice(-wordsMax),
    unbroken: engine.unbroken && event.quorate,
    unproven,
  };
  // The claim was not made in the announcement: make it now.
  if (isProved && event.quorate && draft.gathering !== undefined) askForGather(draft);
}

/** The word for the present ring, if it came. */
export function quorumWord<S, C>(draft: Draft<S, C>): boolean | undefined {
  const { words, ring } = draft.engine;
  return words.findLast((word) => sameRing(word.ring, ring))?.quorate;
}
