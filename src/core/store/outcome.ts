/**
 * From the announcements of all members: whose line goes on, and may it act? Every member computes
 * this from the same announcements at the same point of the order, so all come to one answer.
 */
import type { NodeName, WallMs } from '../model/ids.ts';
import type { Commit, CommitRule, Epoch, Left, Opening } from './epoch.ts';
import { ballotOf, eraOf } from './epoch.ts';
import { chooseGroup, membersOf, newestOf } from './groups.ts';
import { able } from './levels.ts';
import type { Announced } from './messages.ts';
import type { Apart, ViewMember } from './types.ts';
import type { Gathered, Known, Verdict } from './verdict.ts';
import { judge } from './verdict.ts';

export interface Outcome {
  readonly gathered: Gathered;
  /** Members that hold the line that goes on: equal states. At least one. */
  readonly group: readonly Announced[];
  /** Of the group, those that are members of the view to open, by seniority. */
  readonly members: readonly Announced[];
  readonly rule: CommitRule;
  /** May it act if it is quorate? */
  readonly verdict: Verdict;
  readonly epoch: Epoch;
}

/** Undefined when nobody can read its disk. */
export function decideOutcome(gathered: Gathered): Outcome | undefined {
  const readable = able(gathered.announced.filter((each) => each.standing !== 'unreadable'));
  const relaxed = readable.some((each) => each.relaxed);
  const group = chooseGroup(readable, relaxed);
  if (group === undefined) return undefined;
  const members = bySeniority(membersOf(group));
  const lists = distinctLists(readable.map((each) => each.configured));
  const newest = newestOf(readable);
  const known = { gathered, readable, relaxed, group, members, lists, newest };
  const outcomes = erasOf(known).map((era) => outcomeIn(era, known));
  const mayAct = outcomes.filter((each) => each.verdict.kind === 'may-act');
  return (mayAct.length > 0 ? mayAct : outcomes).reduce(withMoreDisks);
}

/** Eras in which a view may act here, the latest first: none before that of the newest epoch. */
function erasOf({ readable, newest }: Known): readonly number[] {
  const first = eraOf(newest.ballot);
  const eras = new Set([first, ...readable.map((each) => each.era)]);
  return [...eras].filter((each) => each >= first).sort((left, right) => right - left);
}

const withMoreDisks = (left: Outcome, right: Outcome): Outcome =>
  right.rule.counted.length > left.rule.counted.length ? right : left;

/**
 * In this era those count that have it on their disks: who is behind has promised too little, who is
 * ahead too much. Those ahead can still tell what they know (docs/decisions/store.md).
 */
function outcomeIn(era: number, known: Known): Outcome {
  const { gathered, readable, relaxed, group, members, lists, newest } = known;
  const commit: Commit = relaxed || gathered.override ? 'all' : 'majority';
  const counted = members
    .filter((each) => each.standing === 'synced' && each.era === era)
    .map((each) => each.node);
  const rule = { commit, counted, lists: distinctLists([...lists, ...newest.configured]) };
  const epoch: Epoch = {
    number: Math.max(...readable.map((each) => each.newest.number)) + 1,
    ballot: Math.max(ballotOf(era, gathered.ring), newest.ballot),
    ring: gathered.ring,
    members: counted,
    commit,
    configured: lists,
  };
  const verdict = judge({ ...known, rule, era });
  return { gathered, group, members, rule, verdict, epoch };
}

/** The opening of the outcome's view; the same on every member for the same arguments. */
export function openingOf(outcome: Outcome, acting: boolean, quorate: boolean): Opening {
  const { gathered, group, members } = outcome;
  const first = group[0] as Announced;
  const dc = members.find((each) => each.standing === 'synced') ?? members[0] ?? first;
  const before = new Map(first.order.map((each) => [each.node, each.incarnation]));
  const apart = apartFrom(outcome);
  const isOld = (each: Announced): boolean => before.get(each.node) === each.incarnation;
  return {
    view: gathered.view,
    round: gathered.round,
    ring: gathered.ring,
    acting,
    quorate,
    epoch: acting ? outcome.epoch : newestOf(group),
    previous: first.previous,
    base: first.index,
    time: Math.max(...group.map((each) => each.time), dc.wall) as WallMs,
    members: members.map(asMember),
    joined: members.filter((each) => !isOld(each)).map(asMember),
    left: leftOf(outcome, first),
    dc: dc.node,
    rule: outcome.rule,
    ...(apart.length === 0 ? {} : { apart }),
  };
}

/**
 * Where all members must acknowledge, two halves may both have acted (`two_node`). Whoever knows an epoch
 * without anybody of the line that goes on was such a half, or was about to be.
 */
function apartFrom({ gathered, group }: Outcome): readonly Apart[] {
  const staying = new Set<string>(group.map(({ node }) => node));
  return gathered.announced
    .filter(({ node, newest }) => {
      if (staying.has(node) || newest.commit !== 'all') return false;
      return newest.members.length > 0 && !newest.members.some((each) => staying.has(each));
    })
    .map(({ node, newest: { ballot, number } }) => ({ node, ballot, number }));
}

/**
 * Members of the last open view that are not in this one as the same incarnation. Where nobody here
 * heard how one went (its daemon and theirs ended together), or it is here and does not count, its
 * machine may well live: its daemon is away. The leader sees whether the machine is gone.
 */
function leftOf(outcome: Outcome, first: Announced): readonly Left[] {
  const staying = new Set(outcome.members.map((each) => `${each.node} ${each.incarnation}`));
  const gone = first.order.filter((each) => !staying.has(`${each.node} ${each.incarnation}`));
  return gone.map(({ node }) => {
    const known = first.left.find((each) => each.node === node)?.reason;
    return { node, reason: known ?? 'process-down' };
  });
}

function asMember(each: Announced): ViewMember {
  return {
    node: each.node,
    incarnation: each.incarnation,
    boot: each.boot,
    featureLevel: each.featureLevel,
  };
}

function bySeniority(members: readonly Announced[]): readonly Announced[] {
  const order = members[0]?.order ?? [];
  const rank = (each: Announced): number => {
    const at = order.findIndex(
      (one) => one.node === each.node && one.incarnation === each.incarnation,
    );
    return at === -1 ? order.length : at;
  };
  return [...members].sort((left, right) => rank(left) - rank(right) || left.number - right.number);
}

function distinctLists(lists: readonly (readonly NodeName[])[]): readonly (readonly NodeName[])[] {
  const distinct = new Map(lists.map((list) => [list.join('\n'), list]));
  return [...distinct.keys()].sort().map((key) => distinct.get(key) ?? []);
}
