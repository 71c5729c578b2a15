/** What votequorum says at this moment (votequorum_getinfo(3)), in Holdfast's words. */
import type { QuorumOptions, Votes } from '../../core/model/engine.ts';

/** The numbers of votequorum_getinfo(3) about this node. */
export interface VoteNumbers {
  readonly flags: number;
  readonly quorum: number;
  readonly expectedVotes: number;
  readonly totalVotes: number;
  readonly deviceVotes: number;
  readonly deviceName: string;
}

/** Flags of votequorum_getinfo(3): what is in force, not what was asked for. */
const flag = {
  twoNode: 1,
  waitForAll: 4,
  lastManStanding: 8,
  autoTieBreaker: 16,
  allowDownscale: 32,
  deviceRegistered: 64,
  deviceAlive: 128,
  deviceVotes: 256,
} as const;

/** `unevenVotes` is true for `allow_downscale` alone: the rest of it stands in corosync.conf. */
export function optionsInForce(flags: number): QuorumOptions {
  const has = (bit: number): boolean => (flags & bit) !== 0;
  return {
    twoNode: has(flag.twoNode),
    lastManStanding: has(flag.lastManStanding),
    autoTieBreaker: has(flag.autoTieBreaker),
    quorumDevice: has(flag.deviceRegistered),
    waitForAll: has(flag.waitForAll),
    unevenVotes: has(flag.allowDownscale),
  };
}

/** `device`: corosync.conf names one, whether it is there or not. */
export function votesOf(numbers: VoteNumbers, device: boolean): Votes {
  const { flags, quorum, expectedVotes, totalVotes, deviceVotes, deviceName } = numbers;
  const options = optionsInForce(flags);
  const has = device || options.quorumDevice;
  return {
    expected: expectedVotes,
    present: totalVotes,
    needed: quorum,
    options,
    ...(has ? { device: { name: deviceName, votes: deviceVotes, state: deviceState(flags) } } : {}),
  };
}

function deviceState(flags: number): NonNullable<Votes['device']>['state'] {
  if ((flags & flag.deviceRegistered) === 0) return 'absent';
  if ((flags & flag.deviceAlive) === 0) return 'silent';
  return (flags & flag.deviceVotes) === 0 ? 'abstains' : 'votes';
}
