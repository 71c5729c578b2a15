/** The votes in words: who has how many, by which rules, and what the next loss would do. */
import type { Votes } from '../model/engine.ts';
import type { StoreView } from '../store/types.ts';
import type { VotesView } from './types.ts';

export function votesView(votes: Votes, view: StoreView): VotesView {
  const { expected, present, needed, device } = votes;
  return {
    expected,
    present,
    needed,
    rules: rules(votes),
    ...(device === undefined ? {} : { device: { ...device, text: DEVICE[device.state] } }),
    outlook: outlook(votes, view),
  };
}

/** By their names in corosync.conf, as they are in force. */
function rules({ options }: Votes): readonly string[] {
  return [
    ...(options.twoNode ? ['two_node'] : []),
    ...(options.waitForAll ? ['wait_for_all'] : []),
    ...(options.lastManStanding ? ['last_man_standing'] : []),
    ...(options.autoTieBreaker ? ['auto_tie_breaker'] : []),
    ...(options.unevenVotes ? ['allow_downscale'] : []),
  ];
}

const DEVICE = {
  votes: 'votes for this part',
  abstains: 'gives this part no vote',
  silent: 'does not answer',
  absent: 'does not run on this node',
} as const;

/** What comes next, as a sentence without its end: "one more loss and all stops". */
function outlook(votes: Votes, { quorate }: StoreView): string {
  const { present, needed, options } = votes;
  if (!quorate) return withoutQuorum(votes);
  if (options.twoNode) {
    return present > 1
      ? 'either node may fail: the other fences it and goes on'
      : 'this node goes on alone';
  }
  const spare = present - needed;
  if (spare > 0) return spare === 1 ? 'one more may fail' : `${spare} more may fail`;
  return `one more loss and all stops${exception(options)}`;
}

function exception({ lastManStanding, autoTieBreaker }: Votes['options']): string {
  if (lastManStanding) return ', unless the votes are counted anew before (last_man_standing)';
  return autoTieBreaker ? ', except where the node of auto_tie_breaker is' : '';
}

function withoutQuorum({ present, needed, options }: Votes): string {
  if (present < needed) {
    const missing = needed - present;
    return missing === 1 ? 'one vote is missing' : `${missing} votes are missing`;
  }
  return waitsForAll(options)
    ? 'all nodes must be there once before anything starts (wait_for_all)'
    : 'the votes are there, quorum is not yet';
}

/** By corosync.conf, or because two_node forces it here. */
const waitsForAll = ({ waitForAll, twoNode }: Votes['options']): boolean => waitForAll || twoNode;

/** Quorum is missing though the votes are there: the other nodes were not seen since Corosync's start. */
export const isWaitingForAll = ({ present, needed, options }: Votes): boolean =>
  present >= needed && waitsForAll(options);
