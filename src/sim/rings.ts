/** What the simulated engine (engine.ts) knows of nodes, of daemons on them, and of their rings. */
import type { EngineEvent, GroupMember, LeaveReason, RingId } from '../core/model/engine.ts';
import type { NodeName, NodeNumber } from '../core/model/ids.ts';

/** A daemon's listener. */
export type Listener = (event: EngineEvent) => void;

export type Item =
  | { readonly kind: 'message'; readonly sender: GroupMember; readonly text: string }
  | {
      readonly kind: 'members';
      readonly members: readonly GroupMember[];
      readonly gone: { readonly member: GroupMember; readonly reason: LeaveReason } | undefined;
    };

export interface Ring {
  readonly id: RingId;
  readonly nodes: readonly NodeName[];
  quorate: boolean;
  readonly items: Item[];
  members: readonly GroupMember[];
  /** It orders and delivers nothing any more. */
  isBroken: boolean;
}

export interface Port {
  readonly member: GroupMember;
  readonly listener: Listener;
  ring: Ring | undefined;
  /** The next item of the ring to hear. */
  position: number;
  /** The time of the delivery before; none overtakes another. */
  deliversAtMs: number;
  quorumAtMs: number;
  /** Sent and not ordered. */
  waiting: string[];
  /** Members of the last view that was heard. */
  seen: readonly GroupMember[];
  /** Daemons of that view that left since, and how. */
  gone: readonly { readonly member: GroupMember; readonly reason: LeaveReason }[];
  isClosed: boolean;
}

export interface Node {
  readonly name: NodeName;
  readonly number: NodeNumber;
  isUp: boolean;
  part: number;
  /** Cut off from all others, whatever the parts. */
  isAlone: boolean;
  /** For good, whatever else changes: it reaches only others of its kind. */
  isExiled: boolean;
  /** It forms no ring: its machine stands still. What it has to send waits. */
  isFrozen: boolean;
  /** The highest ring that it was in; on its disk, as Totem keeps it. */
  ringSequence: number;
  /** Its last ones, the newest last, and when they came to the disk's cache. */
  rings: readonly { readonly sequence: number; readonly atMs: number }[];
  ring: Ring | undefined;
  port: Port | undefined;
}

/** Nodes at one place reach each other. */
export const placeOf = (node: Node | undefined): string => {
  if (node?.isAlone === true) return node.name;
  return node?.isExiled === true ? 'exile' : String(node?.part);
};
