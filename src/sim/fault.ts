/** What can go wrong in a run, and how quick its world is. */
import type { Means, Monitors, Promotes, Variant } from './configuration.ts';
import type { Hold } from './holds.ts';
import type { Way } from './links.ts';
import type { HostsSetting } from './outlets.ts';
import type { Trick, Unreached } from './machine.ts';
import type { StorageSetting } from './storage-setting.ts';
import type { WatchdogSetting } from './watchdog-device.ts';

export type Fault =
  /** Nodes with different numbers do not reach each other for a while. */
  | { readonly kind: 'divide'; readonly parts: readonly number[]; readonly forMs: number }
  /** A node gets changes to make and is cut off before the others hear of them. */
  | {
      readonly kind: 'cut-off';
      readonly node: number;
      readonly count: number;
      readonly forMs: number;
    }
  /** Its link comes and goes. */
  | {
      readonly kind: 'flap';
      readonly node: number;
      readonly count: number;
      readonly everyMs: number;
    }
  /** It is heard and hears nobody: it disturbs the others. */
  | { readonly kind: 'one-way'; readonly node: number; readonly forMs: number }
  /** As a virtual machine that its host pauses: nothing of it moves; its clock may stand as well. */
  | {
      readonly kind: 'pause-machine';
      readonly node: number;
      readonly forMs: number;
      readonly clockStands: boolean;
    }
  /** As machines on one host that stands still; their engines may not miss each other. */
  | {
      readonly kind: 'pause-all';
      readonly forMs: number;
      readonly clockStands: boolean;
      readonly isMissed: boolean;
    }
  | { readonly kind: 'power-off'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'power-loss'; readonly forMs: number }
  | { readonly kind: 'kill-daemon'; readonly node: number; readonly forMs: number }
  /** As by SIGSTOP: nothing moves, nothing is lost. */
  | { readonly kind: 'stop-daemon'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'kill-engine'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'slow-disk'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'failing-disk'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'fencing'; readonly how: Fencing; readonly forMs: number }
  | { readonly kind: 'configure'; readonly node: number; readonly variant: Variant }
  | { readonly kind: 'resource-dies'; readonly resource: string; readonly isNoticed: boolean }
  /** The next operation of this kind on this resource there ends so. */
  | {
      readonly kind: 'agent';
      readonly node: number;
      readonly resource: string;
      readonly operation: string;
      readonly how: Trick;
    }
  | { readonly kind: 'clock'; readonly node: number; readonly byMs: number }
  | { readonly kind: 'repeated-result'; readonly node: number }
  | { readonly kind: 'slow-agents'; readonly forMs: number }
  | { readonly kind: 'ticket'; readonly node: number; readonly count: number }
  | { readonly kind: 'standby'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'move'; readonly resource: string; readonly node: number }
  | { readonly kind: 'restart'; readonly resource: string }
  | { readonly kind: 'cleanup' }
  /** It strikes the node of the promoted copy, whichever that is then. */
  | { readonly kind: 'strike-promoted'; readonly how: Strike; readonly forMs: number }
  | { readonly kind: 'shutdown'; readonly node: number; readonly forMs: number }
  | UnreachedFault
  | NetworkFault
  | NodelistFault
  | SpecialFault;

/** No power switch answers this node, or the one that leads then. */
export interface UnreachedFault {
  readonly kind: 'no-switch';
  readonly node: number;
  readonly ofLeader: boolean;
  readonly how: Unreached;
  readonly forMs: number;
}

export type NetworkFault =
  /** Between two nodes, or one and all others, in one direction or both; a third may reach both of them. */
  | {
      readonly kind: 'cut-link';
      readonly node: number;
      /** Absent: all others. */
      readonly other?: number;
      readonly way: Way;
      readonly forMs: number;
    }
  /** What is sent takes up to so long. */
  | { readonly kind: 'slow-network'; readonly mostMs: number; readonly forMs: number };

/** The nodelist of corosync.conf changes while everything runs; daemons read it when they start. */
export type NodelistFault =
  /** It gets a node that was never there, which boots with an empty disk. */
  | { readonly kind: 'join-cluster'; readonly node: number; readonly afterMs: number }
  /** A node leaves, is switched off, taken out and forgotten. */
  | { readonly kind: 'leave-cluster'; readonly node: number; readonly afterMs: number };

/** What is about fencing, watchdogs and marks. */
export type SpecialFault =
  /** What feeds the watchdog is held up between its questions and the feeding, for so much of what is left. */
  | { readonly kind: 'held-feeder'; readonly node: number; readonly percent: number }
  /** The same, of a node that is cut off right before. */
  | {
      readonly kind: 'starve';
      readonly node: number;
      readonly percent: number;
      readonly forMs: number;
    }
  | { readonly kind: 'kill-feeder'; readonly node: number }
  /** A node is lost and rebooted; before that is confirmed, it is wanted that lost nodes stay off. */
  | { readonly kind: 'want-off'; readonly node: number; readonly afterMs: number }
  /** Fencing is rehearsed. */
  | { readonly kind: 'rehearse'; readonly node: number; readonly forReal: boolean }
  /** Somebody sees that a machine is off, and says so. */
  | { readonly kind: 'confirm'; readonly node: number }
  | {
      readonly kind: 'maintain';
      readonly what: string;
      readonly node: number;
      readonly forMs: number;
    }
  /** What runs somewhere does not stop in its time, and is moved. */
  | { readonly kind: 'stuck'; readonly resource: string; readonly node: number }
  /**
   * Something ends. The one that leads decides what to do, and its machine stands still before its
   * order leaves it; the others go on and move that elsewhere; it comes back unfenced.
   */
  | {
      readonly kind: 'stale-order';
      readonly resource: string;
      readonly node: number;
      readonly forMs: number;
    }
  /** Something is marked until soon, then the clock of the one that leads leaps. */
  | { readonly kind: 'leap'; readonly node: number; readonly byMs: number }
  | ProvokedFault
  | PeopleFault;

/** What a run must have been drawn for. */
export type ProvokedFault =
  /** What runs somewhere does not stop, is moved, and its processes are where they are. */
  | {
      readonly kind: 'unstoppable';
      readonly resource: string;
      readonly node: number;
      readonly how: Hold;
      readonly hangs: boolean;
    }
  /** It is cut off each time when it is there again. */
  | { readonly kind: 'loop'; readonly node: number; readonly count: number }
  /** A live migration is asked for, and taken back. */
  | {
      readonly kind: 'recall';
      readonly resource: string;
      readonly node: number;
      readonly afterMs: number;
    }
  /**
   * A machine is to be forgotten, and comes back after all. It is off; or it goes on, is only cut off
   * and cannot be fenced.
   */
  | {
      readonly kind: 'forget';
      readonly node: number;
      readonly isOff: boolean;
      readonly afterMs: number;
      readonly forMs: number;
    }
  /** It does not reach so many of the disks for poison pills. */
  | {
      readonly kind: 'lose-disks';
      readonly node: number;
      readonly count: number;
      readonly forMs: number;
    };

/** What people ask of a whole node, or of all of them. */
export type PeopleFault =
  /** All leave in good order, and are started again: when none is there any more, or after so long. */
  | { readonly kind: 'cluster-stop'; readonly node: number; readonly forMs: number }
  /** Everything moves off it, then nothing is touched there for the rest of the time. */
  | { readonly kind: 'evacuate'; readonly node: number; readonly forMs: number }
  /** Its daemon ends and comes back with the newer version of the program. */
  | { readonly kind: 'upgrade'; readonly node: number; readonly forMs: number }
  /** It comes back with the version before, and later with the newer one again. */
  | {
      readonly kind: 'downgrade';
      readonly node: number;
      readonly forMs: number;
      readonly backAfterMs: number;
    };

export type Strike =
  | 'power-off'
  | 'kill-daemon'
  | 'stop-daemon'
  | 'pause-machine'
  | 'one-way'
  | 'standby';

/**
 * `failing`: nothing happens. `slow`: it takes longer than anybody waits, and may happen after that.
 * `late`: it happens at once and is confirmed when the machine may be back already.
 */
export type Fencing = 'failing' | 'slow' | 'late';

export interface TimedFault {
  readonly atMs: number;
  readonly fault: Fault;
}

/** How quick the world is: what is slow is under way when something happens. */
export interface Profile {
  readonly isNetworkSlow: boolean;
  readonly areDisksSlow: boolean;
  readonly areAgentsSlow: boolean;
  /** Agents that one node runs at a time. */
  readonly operationsMax: number;
  /** One of the nodes runs the version before. */
  readonly isMixed: boolean;
  /** Who has the newer one says what only that can read, as soon as it may; in the end all have it. */
  readonly upgrades?: boolean;
  /** Between two changes that clients ask for. */
  readonly requestMs: readonly [number, number];
  readonly means: Means;
  /** Absent: no machine has one. */
  readonly watchdog?: WatchdogSetting;
  readonly noQuorumPolicy: 'stop' | 'freeze' | 'demote' | 'ignore' | 'fence';
  /** Some services are nothing but processes: they may be contained. */
  readonly contains?: boolean;
  readonly areStopsShort?: boolean;
  /** Devices wait by chance, up to so long. */
  readonly delayMaxMs?: number;
  /** Devices wait so long before they shoot these nodes, which makes no duel of two. */
  readonly delaysMs?: Readonly<Record<string, number>>;
  /** Shared disks for poison pills; absent: there are none. */
  readonly pillDisks?: 1 | 3;
  /** So many fencings in a row hold a node back. */
  readonly loopLimit?: number;
  /** Devices are asked whom they reach. */
  readonly hosts?: HostsSetting;
  /** A loss is noticed as late as with Corosync's defaults (token and consensus). */
  readonly isDetectionSlow?: boolean;
  /** A machine without power may have forgotten its last rings. */
  readonly areRingsLost?: boolean;
  /** Live migrations take so long that they can be taken back. */
  readonly areMovesLong?: boolean;
  /** There is a clone with one promoted copy. */
  readonly promotes?: Promotes;
  /** Absent: no device is. */
  readonly monitors?: Monitors;
  /** There is one more machine that is no part of the cluster in the beginning. */
  readonly newcomer?: boolean;
  /** A device takes nodes their access to shared storage; absent: everybody has it. */
  readonly storage?: StorageSetting;
}
