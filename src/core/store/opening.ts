/**
 * A view of the store opens, at one point of the order for all: whoever holds its line goes on with
 * it, the others get it by snapshot.
 */
import type { NodeName } from '../model/ids.ts';
import { appendRecord, takesRecords } from './disk.ts';
import type { Opening } from './epoch.ts';
import { eraOf, noEpoch } from './epoch.ts';
import { adoptEra, countIn } from './era.ts';
import { enqueueOpening, startJoining } from './joining.ts';
import type { Moved } from './line.ts';
import { epochOf, openLine, viewAfter } from './line.ts';
import type { Outcome } from './outcome.ts';
import { openingOf } from './outcome.ts';
import { answerOverrides } from './override.ts';
import { answerApplied, pendingInNewView } from './pending.ts';
import { completeRecord, encodeOpening } from './records.ts';
import { newer } from './restore.ts';
import { askForGather } from './round.ts';
import type { Draft } from './state.ts';
import { isMember, note, self } from './state.ts';
import { mayRead, nameUnable } from './unable.ts';

/** All members of the engine's view come here at the same point of the order. */
export function open<S, C>(
  draft: Draft<S, C>,
  outcome: Outcome,
  acting: boolean,
  quorate: boolean,
): void {
  const opening = openingOf(outcome, acting, quorate);
  const { chain = '', level = 0 } = outcome.group[0] ?? {};
  const isConsidered = outcome.gathered.announced.some((each) => each.node === self(draft));
  // A snapshot that came since the announcement makes this replica a holder, too; and one that was
  // silent has delivered the same as the others, only later.
  const mayFollow = draft.standing === 'following' || !isConsidered;
  const holds = isInGroup(outcome, self(draft)) || (mayFollow && draft.line.chain === chain);
  const view = viewAfter(chain, opening);
  const { round } = outcome.gathered;
  const attempted = draft.gathering?.attempt;
  const { era = 0 } = draft.gathering?.announced[self(draft)] ?? {};
  draft.gathering = undefined;
  draft.group = { round, opening, view, holds, level, verdict: outcome.verdict, era };
  draft.newestNumbers = {};
  const moved = holds ? openLine(draft.machine, draft.line, opening) : undefined;
  const isRead = moved !== undefined && mayRead(draft, moved.line);
  nameUnable(draft, outcome.gathered.announced);
  if (isRead) {
    openHeld(draft, opening, moved, attempted !== undefined);
    return;
  }
  draft.engine = { ...draft.engine, unbroken: false, unproven: [] };
  enqueueOpening(draft, opening, outcome);
  if (isConsidered) startJoining(draft, opening);
  else insist(draft);
}

/**
 * The others went on without this replica's word, because it was silent. What it holds may be newer
 * than theirs: it takes no snapshot before it was heard.
 */
function insist<S, C>(draft: Draft<S, C>): void {
  if (draft.joining?.incoming === undefined) draft.joining = undefined;
  askForGather(draft);
}

function openHeld<S, C>(
  draft: Draft<S, C>,
  opening: Opening,
  moved: Moved<S, C>,
  isOnDisk: boolean,
): void {
  draft.line = moved.line;
  draft.joining = undefined;
  draft.stamp = { time: opening.time, atMs: draft.nowMs };
  draft.disk = { ...draft.disk, acked: opening.base };
  draft.hearing = { ...draft.hearing, noted: undefined, check: undefined };
  const unbroken = opening.acting && isMember(draft);
  draft.engine = { ...draft.engine, left: [], unbroken, unproven: [] };
  answerApplied(draft, moved.events);
  if (opening.acting) becomeActing(draft, opening, isOnDisk);
  pendingInNewView(draft, opening.acting);
  answerOverrides(draft);
  countIn(draft);
  // Silent for a while, or its disk is ready only now: it holds the line and is no member.
  if (!isMember(draft) && draft.standing === 'synced') askForGather(draft);
}

function becomeActing<S, C>(draft: Draft<S, C>, opening: Opening, isOnDisk: boolean): void {
  draft.newest = newer(draft.newest, opening.epoch);
  adoptEra(draft, eraOf(opening.epoch.ballot));
  becomeComplete(draft);
  if (!isOnDisk && takesRecords(draft)) appendRecord(draft, encodeOpening(opening));
}

/** The engine is gone: this node goes on by itself, without quorum, and decides nothing new. */
export function openAlone<S, C>(draft: Draft<S, C>): void {
  const { options, line } = draft;
  const { incarnation, boot, featureLevel } = options;
  const me = { node: self(draft), incarnation, boot, featureLevel };
  const others = (line.opening?.members ?? []).filter((each) => each.node !== me.node);
  const opening: Opening = {
    view: 'alone',
    round: 0,
    ring: draft.engine.ring ?? noEpoch.ring,
    acting: false,
    quorate: false,
    epoch: line.acting?.epoch ?? noEpoch,
    previous: epochOf(line),
    base: line.index,
    time: line.time,
    members: [me],
    joined: [],
    left: others.map(({ node }) => ({ node, reason: 'node-down' })),
    dc: me.node,
    rule: { commit: 'all', counted: [], lists: [] },
  };
  draft.line = openLine(draft.machine, line, opening).line;
  note(draft, 'alone', 'this node has lost its engine and goes on alone, without quorum');
}

/**
 * A view that may act knows all that was ever committed, and this replica holds its line. It counts
 * from here on, whether the view opens or not.
 */
export function becomeComplete<S, C>(draft: Draft<S, C>): void {
  if (!draft.incomplete) return;
  draft.incomplete = false;
  appendRecord(draft, completeRecord);
}

export function isInGroup(outcome: Outcome, node: NodeName): boolean {
  return outcome.group.some((each) => each.node === node);
}
