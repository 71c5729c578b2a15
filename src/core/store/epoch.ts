/**
 * Epochs: each view that may act has one, higher than all before it. Its record (number, members,
 * how its commands commit) is on the disks of enough members before the view opens, so that whoever
 * comes later and is enough to act learns of it. See docs/decisions/store.md.
 */
import type { LeaveReason, RingId } from '../model/engine.ts';
import type { NodeName, WallMs } from '../model/ids.ts';
import type { Apart, ViewMember } from './types.ts';

/**
 * When a command of an epoch is committed: on the disks of a majority of configured nodes, or, where
 * the quorum options let less than a majority be quorate, on those of all members.
 */
export type Commit = 'majority' | 'all';

export interface Epoch {
  readonly number: number;
  /**
   * What Paxos calls a ballot: its era and the sequence of its ring in one number. A node takes part
   * in ballots that rise, so of two attempts the one with the higher ballot knew of the other, if that
   * one had come about.
   */
  readonly ballot: number;
  /** The ring in which it was formed; tells two attempts at one number apart. */
  readonly ring: RingId;
  /** Members whose disks count. */
  readonly members: readonly NodeName[];
  readonly commit: Commit;
  /** The nodes that the members' configurations name; more than one list while it is changed. */
  readonly configured: readonly (readonly NodeName[])[];
}

export const noEpoch: Epoch = {
  number: 0,
  ballot: 0,
  ring: { sequence: 0, representative: 0 as RingId['representative'] },
  members: [],
  commit: 'majority',
  configured: [],
};

const ringsPerEra = 2 ** 32;

/** The ballot of an epoch that is attempted in this era (era.ts) and ring. */
export function ballotOf(era: number, ring: RingId): number {
  return era * ringsPerEra + Math.min(ring.sequence, ringsPerEra - 1);
}

export function eraOf(ballot: number): number {
  return Math.floor(ballot / ringsPerEra);
}

/** Newer is greater. Within one ring the number decides: each attempt in it knows of those before. */
export function compareEpochs(left: Epoch, right: Epoch): number {
  return (
    left.ballot - right.ballot ||
    left.number - right.number ||
    left.ring.sequence - right.ring.sequence ||
    left.ring.representative - right.ring.representative
  );
}

export function sameRing(left: RingId | undefined, right: RingId | undefined): boolean {
  return left?.sequence === right?.sequence && left?.representative === right?.representative;
}

/** How the commands of one open view commit. */
export interface CommitRule {
  readonly commit: Commit;
  /** Members whose acknowledgements count. */
  readonly counted: readonly NodeName[];
  /** For `majority`: a majority of each of these lists must have acknowledged. */
  readonly lists: readonly (readonly NodeName[])[];
}

/** The highest index that is committed when each member has acknowledged up to `acks[member]`. */
export function committedIndex(rule: CommitRule, acks: Readonly<Record<string, number>>): number {
  if (rule.counted.length === 0) return 0;
  const acked = (node: NodeName): number => acks[node] ?? 0;
  if (rule.commit === 'all') return Math.min(...rule.counted.map(acked));
  const counted = new Set(rule.counted);
  const perList = rule.lists.map((list) => {
    const indexes = list.filter((node) => counted.has(node)).map(acked);
    return indexes.sort((left, right) => right - left)[majorityOf(list) - 1] ?? 0;
  });
  return perList.length === 0 ? 0 : Math.min(...perList);
}

/** Are these members enough to commit? */
export function isEnough(rule: CommitRule, having: ReadonlySet<string>): boolean {
  const acks = Object.fromEntries(rule.counted.filter((each) => having.has(each)).map(one));
  return committedIndex(rule, acks) === 1;
}

const one = (node: NodeName): [NodeName, number] => [node, 1];

function majorityOf(list: readonly NodeName[]): number {
  return Math.floor(list.length / 2) + 1;
}

/** Do these nodes hold a majority of the list? */
export function holdsMajority(list: readonly NodeName[], nodes: ReadonlySet<string>): boolean {
  return list.filter((node) => nodes.has(node)).length >= majorityOf(list);
}

/** The opening of a view of the store: same on each member, written to the logs if it is acting. */
export interface Opening {
  /** Name of the engine's view, and which attempt within it. */
  readonly view: string;
  readonly round: number;
  readonly ring: RingId;
  readonly acting: boolean;
  readonly quorate: boolean;
  /** Acting: the new epoch; otherwise that of the line's last acting view. */
  readonly epoch: Epoch;
  /** Number of the line's last acting view before this one: attempts in between never opened. */
  readonly previous: number;
  /** Index of the last command before this opening. All of them are committed by an acting one. */
  readonly base: number;
  readonly time: WallMs;
  /** By seniority: the order in which they became synced. */
  readonly members: readonly ViewMember[];
  readonly joined: readonly ViewMember[];
  readonly left: readonly Left[];
  readonly dc: NodeName;
  readonly rule: CommitRule;
  /** Those who acted apart from this line; absent: nobody. */
  readonly apart?: readonly Apart[];
}

export interface Left {
  readonly node: NodeName;
  readonly reason: LeaveReason;
}
