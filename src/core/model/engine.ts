/**
 * What the core sees of the group communication beneath it. Three engines provide it: `corosync`
 * (CPG and votequorum), `local` (several daemons on one machine) and `simulated`.
 *
 * What every engine promises, and one conformance list checks:
 * - messages are delivered to all members of a view in one order, the sender included;
 * - members that go together from one view to the next have delivered the same messages, and
 *   a newcomer delivers all that the others deliver in its first view;
 * - messages of one sender keep their order; no message arrives outside a view that holds its sender;
 * - ordered does not mean committed: a node may deliver a message that the others never get
 *   (CPG_TYPE_SAFE is not implemented, cpg_mcast_joined(3)).
 */
import type { NodeName, NodeNumber } from './ids.ts';

/** Totem's name of a ring: rises with every change of membership (totem ring id). */
export interface RingId {
  readonly sequence: number;
  readonly representative: NodeNumber;
}

/** One daemon in the group: a node, and the process there (CPG's node id and pid). */
export interface GroupMember {
  readonly node: NodeName;
  readonly number: NodeNumber;
  readonly process: number;
}

/** Why a member left: `leave` it said so; `process-down` its daemon died while its node lives; `node-down`. */
export type LeaveReason = 'leave' | 'process-down' | 'node-down';

export type EngineEvent =
  /**
   * A new view of the group. The ring is Totem's membership at this point of the order.
   * `left` comes before `members`: who is in both was away in between and comes as a newcomer
   * (this node paused, or that node restarted with the same process number).
   */
  | {
      readonly kind: 'engine-view';
      readonly ring: RingId;
      readonly members: readonly GroupMember[];
      readonly left: readonly { readonly member: GroupMember; readonly reason: LeaveReason }[];
    }
  /** votequorum's word. It may come milliseconds before or after the view with the same ring. */
  | {
      readonly kind: 'engine-quorum';
      readonly ring: RingId;
      readonly quorate: boolean;
      readonly nodes: readonly NodeName[];
      /**
       * Of the configured nodes those that were never in one membership with this node since its
       * engine was started. Said by engines whose quorum does not wait for them (`waitsHere`).
       */
      readonly unseen?: readonly NodeName[];
    }
  | { readonly kind: 'engine-message'; readonly sender: GroupMember; readonly text: string }
  /** The engine is gone (Corosync died, the bus closed): loss of quorum with policy stop. */
  | { readonly kind: 'engine-lost'; readonly reason: string };

/** What the engine knows of the cluster from its own configuration before any view. */
export interface EngineConfiguration {
  readonly kind: 'corosync' | 'local' | 'simulated';
  readonly clusterName: string;
  readonly self: { readonly node: NodeName; readonly number: NodeNumber };
  readonly nodes: readonly {
    readonly node: NodeName;
    readonly number: NodeNumber;
    /** Where it is reached (`ring0_addr`); absent where the engine has none. */
    readonly address?: string;
  }[];
  /** Options under which fewer than a majority of configured nodes can be quorate (votequorum(5)). */
  readonly quorumOptions: QuorumOptions;
  /** Longest text that `send` takes, in UTF-8 bytes. Longer payloads are cut by the caller. */
  readonly messageBytesMax: number;
}

export interface QuorumOptions {
  readonly twoNode: boolean;
  readonly lastManStanding: boolean;
  readonly autoTieBreaker: boolean;
  readonly quorumDevice: boolean;
  readonly waitForAll: boolean;
  /** Votes are not one a node, `expected_votes` is below the nodes, or `allow_downscale` is set. */
  readonly unevenVotes: boolean;
}

/**
 * `two_node` with `wait_for_all: 0`: either node is quorate as soon as it runs, so the daemon waits for
 * the other one itself (core/node/wait-for-all.ts).
 */
export const waitsHere = ({ twoNode, waitForAll }: QuorumOptions): boolean =>
  twoNode && !waitForAll;

/** The votes as this node's votequorum counts them now; what is in force, not what was asked for. */
export interface Votes {
  readonly expected: number;
  readonly present: number;
  /** So many are quorum. */
  readonly needed: number;
  readonly options: QuorumOptions;
  /** Where corosync.conf names one (corosync-qdevice(8)). */
  readonly device?: {
    readonly name: string;
    readonly votes: number;
    /**
     * - `votes`: it gives its votes to this node's part.
     * - `abstains`: it answers and gives them not: its server is away, or chose another part.
     * - `silent`: it was there and answers no more. `absent`: it does not run on this node.
     */
    readonly state: 'votes' | 'abstains' | 'silent' | 'absent';
  };
}

/** Something of the engine's own configuration that is not in order, in sentences. */
export interface EngineFinding {
  readonly text: string;
  readonly advice: string;
}

/** No option is set: more than half of the configured nodes are quorate, and nobody else. */
export const MAJORITY: QuorumOptions = {
  twoNode: false,
  lastManStanding: false,
  autoTieBreaker: false,
  quorumDevice: false,
  waitForAll: false,
  unevenVotes: false,
};
