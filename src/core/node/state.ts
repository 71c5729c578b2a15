/** What one daemon knows: the replicated store, and its own doings beside it. */
import type { Command } from '../cluster/commands.ts';
import type { SaidHosts } from '../cluster/fence-hosts.ts';
import type { ClusterState } from '../cluster/state.ts';
import type { ArmedWatchdog } from '../cluster/watchdog.ts';
import type { ExecutorState } from '../executor/types.ts';
import type { MonotonicMs, NodeName, WallMs } from '../model/ids.ts';
import type { FenceResult } from '../model/operation.ts';
import type { Plan } from '../model/plan.ts';
import type { Replica } from '../store/replica.ts';
import type { StoreView } from '../store/types.ts';
import type { NodeEffect, NodeOptions } from './types.ts';

export interface NodeState {
  readonly options: NodeOptions;
  readonly replica: Replica<ClusterState, Command>;
  readonly cluster: ClusterState;
  readonly view: StoreView;
  readonly executor: ExecutorState;
  readonly fences: Readonly<Record<string, LocalFence>>;
  /** What this node knows of each fence device, by its id. */
  readonly devices: Readonly<Record<string, DeviceCheck>>;
  /** Of each fence device that is asked whom it reaches. */
  readonly hosts: Readonly<Record<string, HostsCheck>>;
  /** Commands given to the store by this node's own duties, by purpose, until answered. */
  readonly asked: Readonly<Record<string, true>>;
  readonly deciding: Deciding | undefined;
  readonly decisions: number;
  /** Nodes that the engine's quorum service counts as members, whether a daemon runs there or not. */
  readonly machines: readonly NodeName[] | undefined;
  /** The quorum service's last word is "no". It may come before the view that it belongs to. */
  readonly isQuorumGone: boolean;
  /**
   * By this node's monotonic clock: since when a node is held or unseen (`condition name`), and until
   * when fencing pauses after failures (`retryKey`).
   */
  readonly noticed: Readonly<Record<string, MonotonicMs>>;
  /** By this node's monotonic clock: when this life began. */
  readonly bornAtMs: MonotonicMs | undefined;
  /** Since when the open views of this life act without interruption. */
  readonly actingSinceMs: MonotonicMs | undefined;
  /** It acted in an open view in this life; falling out of it means: come back as another life. */
  readonly wasOpen: boolean;
  /** The sentence on the store's phase that the log has already. */
  readonly loggedPhase: string;
  /** Who asked for this node to leave in good order. */
  readonly leaving: string | undefined;
  readonly exiting: boolean;
  readonly wakeAtMs: MonotonicMs | undefined;
  readonly stalls: Stalls;
  readonly health: Health;
}

/** When this node stood still, by its monotonic clock (node/stalls.ts). */
export interface Stalls {
  /** The last input. */
  readonly stepAtMs: MonotonicMs | undefined;
  /** The wall clock against the monotonic one. */
  readonly clockAheadMs: number;
  /** When the wall clock jumped by so much that nothing ends by it for a while. */
  readonly jumpedAtMs: MonotonicMs | undefined;
  /** The wall clock against the monotonic one before that, and before others that were in doubt still. */
  readonly aheadBeforeJumpMs: number | undefined;
  /** The open view, and when this node noticed it. */
  readonly opened: { readonly view: string; readonly atMs: MonotonicMs } | undefined;
  /** The last stall's end, and how many came shortly after each other. */
  readonly endedAtMs: MonotonicMs | undefined;
  readonly inARow: number;
  /** What the others have not been told yet. */
  readonly untold: { readonly times: number; readonly longestMs: number } | undefined;
  readonly toldAtMs: MonotonicMs | undefined;
  readonly told: number;
  /** What the others shall know now. */
  readonly said: string | undefined;
}

/** What a proof is made from: a message of our own that came back in the order of all. */
export interface Health {
  /** `none`: nobody feeds a watchdog here; undefined: somebody does, but it is not armed. */
  readonly watchdog: ArmedWatchdog | undefined | 'none';
  readonly sample: { readonly text: string; readonly sentAtMs: MonotonicMs } | undefined;
  /** When the last message that came back was sent. */
  readonly heardAtMs: MonotonicMs | undefined;
  readonly provedAtMs: MonotonicMs | undefined;
}

export interface DeviceCheck {
  readonly nextAtMs: MonotonicMs;
  readonly running: boolean;
  /** `ok`, or why the device does not answer; undefined: not asked yet. */
  readonly said: string | undefined;
  /** What it was asked with: as soon as that changes it is asked anew. */
  readonly asked: string;
}

/** Of a device that is asked whom it reaches (hosts.ts). */
export interface HostsCheck {
  /** What the answer depends on: of a device that is another one now it is dropped. */
  readonly about: string;
  readonly nextAtMs: MonotonicMs;
  readonly running: boolean;
  /** Nodes whose status is asked for one after the other, and those of them that it has. */
  readonly left: readonly NodeName[];
  readonly found: Readonly<Record<string, string>>;
  /** Undefined: not asked yet. */
  readonly said: SaidHosts | undefined;
  readonly answeredAtMs: MonotonicMs | undefined;
}

/** A fence agent that this node runs or is to run, or whose result it has still to tell. */
export interface LocalFence {
  readonly id: string;
  /** `waiting`: for the delay of its device. */
  readonly phase: 'waiting' | 'running' | 'reporting';
  readonly beginAtMs: MonotonicMs | undefined;
  /** Since when a reset by the watchdog is waited for. */
  readonly sinceMs?: MonotonicMs;
  readonly result: FenceResult | undefined;
  readonly asked: boolean;
}

/** The decision that is being made, and from what. */
export interface Deciding {
  readonly number: number;
  readonly wanted: number;
  readonly because: string;
  readonly view: string;
  readonly changeCount: number;
  readonly configurationVersion: number;
  readonly phase: 'computing' | 'sending';
  readonly plan: Plan | undefined;
  /** The scheduler's failure, instead of a plan. */
  readonly failure?: string;
  /** It was given to the store, whose answer is awaited. */
  readonly sent?: boolean;
}

/** Effects of one step are collected in order; the state is replaced, never changed in place. */
export interface Step {
  readonly node: NodeState;
  readonly effects: readonly NodeEffect[];
}

export const stay = (node: NodeState): Step => ({ node, effects: [] });

export function log(severity: 'info' | 'warning' | 'error', text: string): NodeEffect {
  return { kind: 'log', severity, text };
}

/** Of the keys in `noticed`: how long somebody is waited for. */
export const graceKey = (condition: 'held' | 'unseen', name: NodeName): string =>
  `${condition} ${name}`;
export const isGrace = (key: string): boolean => !key.startsWith('retry ');

/** A new failure makes a new pause. */
export const retryKey = (target: NodeName, retryAt: WallMs, method: 'off' | 'on'): string =>
  `retry ${method} ${target} ${retryAt}`;

/** Runs duties one after the other, each on the state that the one before left. */
export function inTurn(
  start: Step,
  clocks: { readonly nowMs: MonotonicMs; readonly wallMs: WallMs },
  duties: readonly ((
    node: NodeState,
    clocks: { readonly nowMs: MonotonicMs; readonly wallMs: WallMs },
  ) => Step)[],
): Step {
  let step = start;
  for (const duty of duties) {
    const next = duty(step.node, clocks);
    if (next.effects.length > 0) {
      step = { node: next.node, effects: [...step.effects, ...next.effects] };
    } else if (next.node !== step.node) step = { node: next.node, effects: step.effects };
  }
  return step;
}

/**
 * Is this node a member of an open view that may act? One whose disk refuses is, too: to carry out
 * what is decided needs no disk.
 */
export function isInActingView({ view, cluster }: NodeState): boolean {
  const { phase, members, self } = view;
  if (phase.kind === 'open') return phase.acting && cluster.acting;
  const isMember = members.some((member) => member.node === self);
  return phase.kind === 'disk-failed' && isMember && cluster.acting;
}

/** The member that decides: the longest-serving one that is neither lost nor silent. */
export function leaderOf(node: NodeState): NodeName | undefined {
  const { view, cluster } = node;
  if (view.phase.kind === 'alone') return view.self;
  if (view.phase.kind !== 'open') return undefined;
  const silent = new Set(view.silent);
  const able = view.members.filter(
    (member) => cluster.nodes[member.node]?.condition === 'online' && !silent.has(member.node),
  );
  const dc = able.find((member) => member.node === view.dc);
  return dc?.node ?? able[0]?.node;
}
