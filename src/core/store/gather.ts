/**
 * From an engine's view to an open view of the store: announce, decide the outcome, put the epoch
 * on disks, open (opening.ts). Rounds repeat this within one view of the engine, when a joiner is ready, the
 * word on quorum changes, a disk fails or recovers, a member falls silent.
 */
import type { EngineConfiguration, EngineEvent } from '../model/engine.ts';
import type { NodeName } from '../model/ids.ts';
import { appendRecord, takesRecords } from './disk.ts';
import { compareEpochs, isEnough, sameRing } from './epoch.ts';
import { adoptEra, awaitsEra, countIn, keepsEra } from './era.ts';
import { newestOf } from './groups.ts';
import { allHeard, isMute } from './hearing.ts';
import { epochOf } from './line.ts';
import type { Announcement, Message } from './messages.ts';
import { viewName } from './messages.ts';
import type { Announced } from './messages.ts';
import type { Outcome } from './outcome.ts';
import { becomeComplete, isInGroup, open } from './opening.ts';
import { decideOutcome, openingOf } from './outcome.ts';
import { encodeHeard, encodeOpening } from './records.ts';
import { newer } from './restore.ts';
import { askForGather, roundOf } from './round.ts';
import { send } from './send.ts';
import type { DiskItem, DiskJob, Draft, Gathering } from './state.ts';
import { self } from './state.ts';
import { quorumWord, viewBreaks, wordGiven } from './unbroken.ts';
import { knowing } from './verdict.ts';

type EngineView = Extract<EngineEvent, { kind: 'engine-view' }>;
type EngineQuorum = Extract<EngineEvent, { kind: 'engine-quorum' }>;

/** Every view of the engine closes the store's view and begins anew. */
export function engineView<S, C>(draft: Draft<S, C>, event: EngineView): void {
  const { ring, members } = event;
  const left = event.left.map(({ member, reason }) => ({ node: member.node, reason }));
  const again = new Set(left.map((each) => each.node));
  viewBreaks(draft, ring);
  draft.engine = {
    ...draft.engine,
    ring,
    members,
    view: viewName(ring, members),
    left: [...draft.engine.left.filter((each) => !again.has(each.node)), ...left],
  };
  draft.parts = {};
  draft.donating = undefined;
  if (draft.joining !== undefined) draft.joining = { ...draft.joining, incoming: undefined };
  allHeard(draft);
  startRound(draft, 0, false);
}

export function engineQuorum<S, C>(draft: Draft<S, C>, event: EngineQuorum): void {
  wordGiven(draft, event);
  if (!sameRing(event.ring, draft.engine.ring)) return;
  const { gathering, group } = draft;
  if (gathering !== undefined && gathering.said === undefined) proceed(draft);
  else if (gathering !== undefined && gathering.said !== event.quorate) askForGather(draft);
  else if (gathering === undefined && group !== undefined) {
    if (group.opening.quorate !== event.quorate) askForGather(draft);
  }
}

/** Everybody closes the view at this point of the order and announces where its line stands. */
export function startRound<S, C>(draft: Draft<S, C>, round: number, override: boolean): void {
  draft.group = undefined;
  if (draft.donating?.parts === undefined) draft.donating = undefined;
  draft.gathering = {
    round,
    override,
    announced: {},
    outcome: undefined,
    attempt: undefined,
    persisted: [],
    said: undefined,
  };
  if (!awaitsEra(draft)) announce(draft, round);
}

function announce<S, C>(draft: Draft<S, C>, round: number): void {
  const announcement = announcementOf(draft);
  send(draft, { kind: 'announce', view: draft.engine.view, round, announcement });
}

function announcementOf<S, C>(draft: Draft<S, C>): Announcement {
  const { options, line, engine } = draft;
  return {
    incarnation: options.incarnation,
    boot: options.boot,
    featureLevel: options.featureLevel,
    level: draft.machine.level(line.state),
    configured: options.engine.nodes.map((each) => each.node).sort(),
    relaxed: isRelaxed(options.engine.quorumOptions),
    standing: draft.standing,
    incomplete: draft.incomplete,
    era: draft.era.durable ?? 0,
    newest: draft.newest,
    previous: epochOf(line),
    index: line.index,
    log: line.log,
    chain: line.chain,
    state: draft.machine.digest(line.state),
    time: line.time,
    wall: draft.wallMs,
    unbroken: engine.unbroken && engine.unproven.length === 0,
    order: (line.opening?.members ?? []).map(({ node, incarnation }) => ({ node, incarnation })),
    left: engine.left,
  };
}

/** Can less than a majority of nodes be quorate? */
function isRelaxed(options: EngineConfiguration['quorumOptions']): boolean {
  const { twoNode, lastManStanding, autoTieBreaker, quorumDevice, unevenVotes } = options;
  return twoNode || lastManStanding || autoTieBreaker || quorumDevice || unevenVotes;
}

export function gatherDelivered<S, C>(
  draft: Draft<S, C>,
  message: Extract<Message, { kind: 'gather' }>,
): void {
  const round = roundOf(draft);
  if (message.view !== draft.engine.view || round === undefined) return;
  if (message.round === round + 1) startRound(draft, message.round, message.override);
}

export function announceDelivered<S, C>(
  draft: Draft<S, C>,
  from: NodeName,
  message: Extract<Message, { kind: 'announce' }>,
): void {
  const { gathering } = draft;
  if (gathering === undefined || !belongs(draft, gathering, message)) return;
  if (gathering.announced[from] !== undefined) return;
  const announced = { ...gathering.announced, [from]: message.announcement };
  draft.gathering = { ...gathering, announced };
  evaluate(draft);
}

function belongs<S, C>(
  draft: Draft<S, C>,
  gathering: Gathering,
  message: { readonly view: string; readonly round: number },
): boolean {
  return message.view === draft.engine.view && message.round === gathering.round;
}

/** Once all that are waited for have announced, the outcome is known. */
export function evaluate<S, C>(draft: Draft<S, C>): void {
  const { gathering, engine } = draft;
  if (gathering === undefined || gathering.outcome !== undefined || engine.ring === undefined)
    return;
  const { announced, round, override } = gathering;
  const missing = engine.members.some(
    ({ node }) => announced[node] === undefined && !isMute(draft, node),
  );
  if (missing) return;
  const all: Announced[] = [];
  for (const { node, number } of engine.members) {
    const each = announced[node];
    if (each !== undefined) all.push({ ...each, node, number });
  }
  all.sort((left, right) => left.number - right.number);
  const gathered = { view: engine.view, round, ring: engine.ring, announced: all, override };
  const decided = decideOutcome(gathered);
  if (decided === undefined) return;
  noteOvertaken(draft, all);
  const outcome = heldBack(draft, decided);
  draft.gathering = { ...gathering, outcome };
  proceed(draft);
  // After the epoch's record: that is what the others wait for.
  adoptEra(draft, Math.max(...all.map((each) => each.era)));
}

/**
 * Where less than a majority can be quorate, others may have acted without this replica. It remembers
 * that, also when they are gone again before it has joined them.
 */
function noteOvertaken<S, C>(draft: Draft<S, C>, announced: readonly Announced[]): void {
  if (!announced.some((each) => each.relaxed)) return;
  const newest = newestOf(announced);
  if (newest.members.includes(self(draft)) || compareEpochs(newest, draft.overtakenBy) <= 0) return;
  draft.overtakenBy = newest;
  if (takesRecords(draft)) appendRecord(draft, encodeHeard(newest));
}

/** Nobody here knows of the epoch that this replica has heard of, and not all of its members are here. */
function heldBack<S, C>({ overtakenBy }: Draft<S, C>, outcome: Outcome): Outcome {
  const { announced, override } = outcome.gathered;
  if (outcome.verdict.kind === 'frozen' || override) return outcome;
  if (compareEpochs(newestOf(announced), overtakenBy) >= 0) return outcome;
  const tell = knowing(announced);
  const waitsFor = overtakenBy.members.filter((node) => !tell.has(node));
  if (waitsFor.length === 0) return outcome;
  const reason = 'newer changes may be on nodes that are not here';
  return { ...outcome, verdict: { kind: 'frozen', reason, waitsFor } };
}

/** Once the outcome and the engine's word on quorum are known, says what this member can do. */
function proceed<S, C>(draft: Draft<S, C>): void {
  const outcome = draft.gathering?.outcome;
  const word = quorumWord(draft);
  if (outcome === undefined || word === undefined || !isInGroup(outcome, self(draft))) return;
  if (!word) sayReady(draft, { quorate: false, persisted: false });
  else if (outcome.verdict.kind === 'frozen') sayReady(draft, { quorate: true, persisted: false });
  else if (outcome.rule.counted.includes(self(draft))) attempt(draft, outcome);
}

/**
 * The epoch's record goes to the disk before anybody acts in it. A disk that has refused since the
 * announcement takes no part: what it does not have was never attempted, and outranks nobody.
 */
function attempt<S, C>(draft: Draft<S, C>, outcome: Outcome): void {
  const { gathering } = draft;
  if (gathering === undefined || gathering.attempt !== undefined || !takesRecords(draft)) return;
  const opening = openingOf(outcome, true, true);
  draft.gathering = { ...gathering, attempt: opening };
  const { newest: before } = draft;
  draft.newest = newer(before, opening.epoch);
  becomeComplete(draft);
  appendRecord(draft, encodeOpening(opening), { attempt: { epoch: opening.epoch, before } });
}

/** Called with what the disk has just made durable. */
export function nowOnDisk<S, C>(draft: Draft<S, C>, job: DiskJob | undefined): void {
  if (job === undefined) return;
  const isFirst = draft.era.durable === undefined;
  const { gathering } = draft;
  if (keepsEra(draft, job)) {
    if (!isFirst) countIn(draft);
    else if (gathering !== undefined) announce(draft, gathering.round);
  }
  if (job.kind === 'append') attemptIsOnDisk(draft, job.items);
}

function attemptIsOnDisk<S, C>(draft: Draft<S, C>, items: readonly DiskItem[]): void {
  const attempted = draft.gathering?.attempt;
  if (attempted === undefined || quorumWord(draft) !== true) return;
  const record = encodeOpening(attempted);
  if (!items.some((item) => item.record === record)) return;
  sayReady(draft, { quorate: true, persisted: true });
}

function sayReady<S, C>(
  draft: Draft<S, C>,
  word: { readonly quorate: boolean; readonly persisted: boolean },
): void {
  const { gathering, engine } = draft;
  if (gathering === undefined || gathering.said !== undefined) return;
  draft.gathering = { ...gathering, said: word.quorate };
  send(draft, { kind: 'ready', view: engine.view, round: gathering.round, ...word });
}

export function readyDelivered<S, C>(
  draft: Draft<S, C>,
  from: NodeName,
  message: Extract<Message, { kind: 'ready' }>,
): void {
  const { gathering } = draft;
  const outcome = gathering?.outcome;
  if (gathering === undefined || outcome === undefined) return;
  if (!belongs(draft, gathering, message) || !isInGroup(outcome, from)) return;
  if (!message.quorate || !message.persisted) return open(draft, outcome, false, message.quorate);
  const persisted = [...gathering.persisted, from];
  draft.gathering = { ...gathering, persisted };
  if (isEnough(outcome.rule, new Set(persisted))) open(draft, outcome, true, true);
}
