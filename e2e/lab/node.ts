import { killCorosync, startCorosync, stopCorosync } from './corosync.ts';
import type { Machine } from './machine.ts';
import { watchMembership } from './membership.ts';
import type { MembershipWatch } from './membership.ts';

/** A machine that is a member of the cluster. */
export interface LabNode extends Machine {
  readonly id: number;
  readonly address: string;
  readonly startCorosync: (environment?: Readonly<Record<string, string>>) => Promise<void>;
  /** Leaves the ring in order. */
  readonly stopCorosync: () => Promise<void>;
  /** SIGKILL to Corosync alone. */
  readonly killCorosync: () => void;
  readonly watchMembership: () => Promise<MembershipWatch>;
  /** The cable is pulled: the node sees its link go down. */
  readonly cut: () => Promise<void>;
  /** Frames vanish both ways; the link stays up. */
  readonly drop: () => Promise<void>;
  /** `in`: the node hears nothing; `out`: nobody hears the node. */
  readonly dropOneWay: (direction: 'in' | 'out') => Promise<void>;
  /** Undoes cut, drop and dropOneWay. */
  readonly heal: () => Promise<void>;
}

export function createNode(
  place: { readonly id: number; readonly address: string },
  machine: Machine,
): LabNode {
  return {
    ...machine,
    id: place.id,
    address: place.address,
    startCorosync: (environment) => startCorosync(machine, environment),
    stopCorosync: () => stopCorosync(machine),
    killCorosync: () => killCorosync(machine),
    watchMembership: () => watchMembership(machine),
    cut: () => machine.setFault('cut'),
    drop: () => machine.setFault('drop-both'),
    dropOneWay: (way) => machine.setFault(way === 'in' ? 'drop-to-node' : 'drop-from-node'),
    heal: () => machine.setFault(undefined),
  };
}
