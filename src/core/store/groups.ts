/**
 * Members with equal states form a group; one group's line goes on and the others get its snapshot.
 *
 * The line with the newest (epoch, index) holds everything that was ever committed among those
 * present; lines with the same log hold the same. Where all members must acknowledge (`relaxed`), a
 * member that was in the acting view without a break knows every commit, and its word goes first:
 * two halves of a two-node cluster both have epochs of their own, and the one that lives on was not
 * fenced.
 */
import type { Epoch } from './epoch.ts';
import { compareEpochs } from './epoch.ts';
import type { Announced } from './messages.ts';

interface Group {
  readonly announced: readonly Announced[];
  readonly newest: Epoch;
  readonly index: number;
  readonly log: string;
  readonly unbroken: boolean;
  readonly isLive: boolean;
}

/** The members whose line goes on; undefined for no members. */
export function chooseGroup(
  readable: readonly Announced[],
  relaxed: boolean,
): readonly Announced[] | undefined {
  const groups = groupsOf(readable);
  const first = [...groups].sort((left, right) => byKnowledge(left, right, relaxed))[0];
  if (first === undefined) return undefined;
  const equals = groups.filter(
    (each) => each.log === first.log && (!relaxed || each.unbroken === first.unbroken),
  );
  return equals.sort(byLife)[0]?.announced;
}

function groupsOf(readable: readonly Announced[]): readonly Group[] {
  const groups = new Map<string, Announced[]>();
  for (const each of readable) {
    const key = `${each.chain} ${each.state}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()].map(describe);
}

function describe(announced: readonly Announced[]): Group {
  const first = announced[0] as Announced;
  return {
    announced,
    newest: newestOf(announced),
    index: first.index,
    log: `${first.index} ${first.log}`,
    unbroken: announced.some((each) => each.unbroken && each.newest.commit === 'all'),
    isLive: first.order.length > 0,
  };
}

function byKnowledge(left: Group, right: Group, relaxed: boolean): number {
  return (
    (relaxed ? Number(right.unbroken) - Number(left.unbroken) : 0) ||
    compareEpochs(right.newest, left.newest) ||
    right.index - left.index ||
    byLife(left, right)
  );
}

/** Among equal logs: the one whose daemons kept running, the larger, the one with the oldest member. */
function byLife(left: Group, right: Group): number {
  return (
    Number(right.announced.some((each) => each.unbroken)) -
      Number(left.announced.some((each) => each.unbroken)) ||
    Number(right.isLive) - Number(left.isLive) ||
    right.announced.length - left.announced.length ||
    seniority(left) - seniority(right) ||
    (left.announced[0]?.number ?? 0) - (right.announced[0]?.number ?? 0)
  );
}

function seniority(group: Group): number {
  const order = group.announced[0]?.order ?? [];
  const ranks = group.announced.map((each) => order.findIndex((one) => one.node === each.node));
  return Math.min(...ranks.map((rank) => (rank === -1 ? order.length : rank)));
}

/** The newest epoch that anybody knows. */
export function newestOf(announced: readonly Announced[]): Epoch {
  return announced
    .map((each) => each.newest)
    .reduce((left, right) => (compareEpochs(left, right) >= 0 ? left : right));
}

/** A follower is no member before the snapshot is on its disk, unless there is nobody else. */
export function membersOf(group: readonly Announced[]): readonly Announced[] {
  const members = group.filter((each) => each.standing !== 'following');
  return members.length > 0 ? members : group;
}
