/** May a view act: are there enough disks for what it does, and is all that was ever committed known? */
import type { RingId } from '../model/engine.ts';
import type { NodeName } from '../model/ids.ts';
import type { CommitRule, Epoch } from './epoch.ts';
import { holdsMajority, isEnough } from './epoch.ts';
import type { Announced } from './messages.ts';

export interface Gathered {
  readonly view: string;
  readonly round: number;
  readonly ring: RingId;
  /** By node number. */
  readonly announced: readonly Announced[];
  /** An operator lets this view act whatever may be missing. */
  readonly override: boolean;
}

export type Verdict =
  | { readonly kind: 'may-act' }
  | { readonly kind: 'frozen'; readonly reason: string; readonly waitsFor: readonly NodeName[] };

/** What is the same in whichever era. */
export interface Known {
  readonly gathered: Gathered;
  readonly readable: readonly Announced[];
  readonly group: readonly Announced[];
  /** Of the group, without those that still get it. */
  readonly members: readonly Announced[];
  readonly lists: readonly (readonly NodeName[])[];
  readonly newest: Epoch;
  readonly relaxed: boolean;
}

export interface Case extends Known {
  readonly rule: CommitRule;
  readonly era: number;
}

export function judge(each: Case): Verdict {
  const { rule } = each;
  if (!isEnough(rule, new Set(rule.counted))) {
    const counted = new Set(rule.counted);
    const missing = [...new Set(rule.lists.flat())].filter((node) => !counted.has(node));
    return frozen('too few nodes have the newest state on their disks', missing);
  }
  if (each.gathered.override) return { kind: 'may-act' };
  // Where all must acknowledge, none is left out for the moment that its disk needs for the era.
  const late = each.relaxed ? each.members.filter((one) => isLate(one, each.era)) : [];
  const names = late.map(({ node }) => node);
  if (late.length > 0) return frozen('not all members have the present era on their disks', names);
  return judgeKnowledge(each);
}

const isLate = ({ standing, era }: Announced, wanted: number): boolean =>
  standing === 'synced' && era !== wanted;

/** Is all that was ever committed known here? */
function judgeKnowledge({ readable, group, newest, lists, relaxed, era }: Case): Verdict {
  const behind = new Set(readable.filter((each) => each.era < era).map((each) => each.node));
  const present = new Set([...knowing(readable)].filter((node) => !behind.has(node)));
  if (newest.number === 0) {
    const wanted = [...new Set(lists.flat())];
    const enough = relaxed
      ? wanted.every((node) => present.has(node))
      : lists.every((list) => holdsMajority(list, present));
    return enough
      ? { kind: 'may-act' }
      : frozen('the cluster has never been complete', wanted, present);
  }
  if (newest.members.every((node) => present.has(node))) return { kind: 'may-act' };
  if (newest.commit === 'all') {
    if (group.some((each) => each.unbroken)) return { kind: 'may-act' };
    return frozen('newer changes may be on nodes that are not here', newest.members, present);
  }
  const all = [...newest.configured, ...lists];
  if (all.every((list) => holdsMajority(list, present))) return { kind: 'may-act' };
  return frozen('too few of the nodes that know the newest state are here', all.flat(), present);
}

/**
 * Nodes whose disks tell all that they ever acknowledged. An empty disk may have been wiped: it
 * counts only where a cluster begins. That is: nobody here knows of any epoch; or all nodes are
 * here, an epoch was begun, and nobody has got any command in it.
 */
export function knowing(readable: readonly Announced[]): ReadonlySet<NodeName> {
  const all = new Set(readable.map((each) => each.node));
  const isComplete = readable.flatMap((each) => each.configured).every((node) => all.has(node));
  const begins = readable.every(
    (each) => each.index === 0 && (isComplete || each.newest.number === 0),
  );
  if (begins) return all;
  return new Set(readable.filter((each) => !each.incomplete).map((each) => each.node));
}

function frozen(
  reason: string,
  wanted: readonly NodeName[],
  present: ReadonlySet<string> = new Set(),
): Verdict {
  const waitsFor = [...new Set(wanted)].filter((node) => !present.has(node)).sort();
  return { kind: 'frozen', reason, waitsFor };
}
