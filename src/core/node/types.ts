/**
 * One node: `step(state, input) → { state, effects }`. Everything the daemon does beyond spawning,
 * sockets and disks is decided here; the simulator runs the same function.
 */
import type { Command } from '../cluster/commands.ts';
import type { ArmedWatchdog } from '../cluster/watchdog.ts';
import type { EngineEvent } from '../model/engine.ts';
import type { Incarnation, MonotonicMs, NodeName, ResourceId, WallMs } from '../model/ids.ts';
import type {
  FenceRequest,
  FenceResult,
  OperationRequest,
  OperationResult,
} from '../model/operation.ts';
import type { Picture } from '../model/picture.ts';
import type { Plan } from '../model/plan.ts';

export type NodeInput =
  | { readonly kind: 'engine'; readonly event: EngineEvent }
  /** At least every 250 ms, and at the time asked for by `wake`. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'disk-done'; readonly ticket: number }
  | { readonly kind: 'disk-failed'; readonly ticket: number; readonly reason: string }
  | { readonly kind: 'operation-ended'; readonly result: OperationResult }
  | { readonly kind: 'fence-ended'; readonly result: FenceResult }
  /** A supervised child of the `command` agent ended although nobody asked for it. */
  | { readonly kind: 'child-exited'; readonly resource: ResourceId; readonly text: string }
  /** The scheduler's answer to the `decide` effect with the same number. */
  | { readonly kind: 'decided'; readonly number: number; readonly plan: Plan }
  | { readonly kind: 'decision-failed'; readonly number: number; readonly reason: string }
  /** A client's command; exactly one `reply` with this tag follows. */
  | { readonly kind: 'request'; readonly tag: string; readonly command: Command }
  | { readonly kind: 'override-freeze'; readonly tag: string }
  /** What feeds this machine's watchdog says; undefined: it is not armed. */
  | { readonly kind: 'watchdog'; readonly watchdog: ArmedWatchdog | undefined }
  /** Leave in good order: resources move away, then the effect `leave` comes. */
  | { readonly kind: 'shutdown'; readonly by: string };

export type NodeEffect =
  | { readonly kind: 'send'; readonly text: string }
  | { readonly kind: 'append'; readonly records: readonly string[]; readonly ticket: number }
  | {
      readonly kind: 'write-snapshot';
      readonly text: string;
      readonly keepAside: readonly string[];
      readonly ticket: number;
    }
  | { readonly kind: 'run-operation'; readonly request: OperationRequest }
  /** Its agent is to end it; its result comes as any other's, and says how it stands. */
  | { readonly kind: 'cancel-operation'; readonly operationId: string }
  | { readonly kind: 'run-fence'; readonly request: FenceRequest }
  /** Compute `schedule(picture, now)`, inline or in a worker; answer with `decided`. */
  | {
      readonly kind: 'decide';
      readonly number: number;
      /** What the cluster will call the decision, if it comes to that. */
      readonly id: string;
      readonly picture: Picture;
      readonly now: WallMs;
    }
  /** The decision with this number is no longer wanted. */
  | { readonly kind: 'abandon-decision'; readonly number: number }
  | {
      readonly kind: 'reply';
      readonly tag: string;
      readonly result:
        | { readonly kind: 'applied'; readonly answer: unknown; readonly index: number }
        | { readonly kind: 'refused'; readonly reason: string }
        | { readonly kind: 'unknown'; readonly reason: string };
    }
  /** Ask for a `tick` at this time, at the latest. */
  | { readonly kind: 'wake'; readonly atMs: MonotonicMs }
  /** To whoever feeds the watchdog: at this time this node was healthy. */
  | { readonly kind: 'prove-health'; readonly atMs: MonotonicMs }
  /** To the same: nothing runs here any more, the machine need not be reset. */
  | { readonly kind: 'release-watchdog' }
  /** One line for the log: each change of state once. */
  | { readonly kind: 'log'; readonly severity: 'info' | 'warning' | 'error'; readonly text: string }
  /** This daemon must end (engine lost and stopped, declared lost, left): its manager restarts it or not. */
  | { readonly kind: 'exit'; readonly restart: boolean; readonly reason: string };

/** Each input comes with the node's clocks. */
export interface NodeClocks {
  readonly nowMs: MonotonicMs;
  readonly wallMs: WallMs;
  /** From 0 up to, but not, 1, drawn anew for each input: the core has no chance of its own. */
  readonly chance?: number;
}

export interface NodeOptions {
  readonly self: NodeName;
  readonly incarnation: Incarnation;
  /** All nodes that the engine's configuration names. */
  readonly configuredNodes: readonly NodeName[];
  /** Operations that may run at one time on this node. */
  readonly operationsMax: number;
  readonly heartbeatMs: number;
  /** How long a daemon may be away while its machine lives before its node counts as lost. */
  readonly daemonGraceMs: number;
}
