/** What this node's daemon is doing with agents. Local: never replicated, gone with the daemon. */
import type { MonotonicMs, NodeName, ResourceId } from '../model/ids.ts';
import type { OperationName, OperationOutcome, OperationRequest } from '../model/operation.ts';
import type { PlannedAction } from '../model/plan.ts';
import type { ReportedResult } from '../cluster/commands.ts';

/**
 * - `queued`: wanted, waits for its resource or for a free place.
 * - `running`: its agent runs.
 * - `refused`: a safety rule forbids it. It begins as soon as the rule allows it; if that takes too
 *   long it is said, after a pause so that nothing spins.
 * - `reporting`: it ended; the result is on its way into the order.
 */
export type LocalPhase = 'queued' | 'running' | 'refused' | 'reporting';

export interface LocalOperation {
  /** `actionKey` of a transition's action, or `recurring …` for a later run of a monitor. */
  readonly key: string;
  readonly recurring: boolean;
  readonly phase: LocalPhase;
  readonly request: OperationRequest;
  readonly isStart: boolean;
  readonly expectedExitCode: number;
  /** refused: when to say so. */
  readonly notBeforeMs: MonotonicMs;
  readonly result: ReportedResult | undefined;
  /** The report was given to the store and is not answered yet. */
  readonly asked: boolean;
  /** For how long this node stood still while its agent ran. */
  readonly stalledMs: number;
  /** Runs whose result was not believed. */
  readonly repeats: number;
  /** What the last of them said: told if the repetition is not allowed. */
  readonly doubted: ReportedResult | undefined;
  /** The stop that failed: what runs, or is to run, in its place is its containment. */
  readonly failedStop: ReportedResult | undefined;
  /** Its agent was told to give up (recall.ts). */
  readonly recalled?: boolean;
}

/** A monitor that repeats; only changes of its outcome travel. */
export interface RecurringMonitor {
  readonly id: string;
  readonly request: OperationRequest;
  readonly expectedExitCode: number;
  readonly nextAtMs: MonotonicMs;
  readonly lastOutcome: string;
  /** What runs with an earlier call id say is overtaken (a child's end was noticed meanwhile). */
  readonly validFrom: number;
  /** Of the last runs. */
  readonly durationsMs: readonly number[];
}

export interface ExecutorState {
  readonly self: NodeName;
  readonly operations: Readonly<Record<string, LocalOperation>>;
  readonly recurring: Readonly<Record<string, RecurringMonitor>>;
  /** By resource: the migration to this node for which something waits here. */
  readonly receiving: Readonly<
    Record<string, { readonly key: string; readonly action: PlannedAction }>
  >;
  /**
   * Rises for the daemon's life. An operation gets its id when its agent is spawned: of two
   * operations on one resource the later one has the higher id, whichever was asked for first.
   */
  readonly calls: number;
  /** By resource: monitors that took long lately (slow.ts). */
  readonly slow: Readonly<
    Record<
      string,
      {
        readonly atMs: MonotonicMs;
        readonly durationMs: number;
        readonly timeoutMs: number;
        /** The median of the runs before. */
        readonly usualMs: number | undefined;
      }
    >
  >;
}

/**
 * May something be started or promoted here at this moment? `later`: nobody can say before the view is open
 * again; `no`: the sentence says why not.
 */
export type StartPermission =
  | { readonly kind: 'yes' }
  | { readonly kind: 'later' }
  | { readonly kind: 'no'; readonly reason: string };

export interface Permission {
  /** `operation`: start, promote or migrate_from. */
  readonly mayStart: (resource: ResourceId, operation: OperationName) => StartPermission;
}

export type ExecutorEffect =
  | { readonly kind: 'run-operation'; readonly request: OperationRequest }
  | { readonly kind: 'cancel-operation'; readonly operationId: string }
  | { readonly kind: 'report'; readonly key: string; readonly result: ReportedResult }
  | { readonly kind: 'log'; readonly severity: 'warning' | 'error'; readonly text: string };

export interface ExecutorStep {
  readonly executor: ExecutorState;
  readonly effects: readonly ExecutorEffect[];
}

/** Two outcomes with the same text are the same news. */
export function outcomeKey(outcome: OperationOutcome): string {
  return outcome.kind === 'exited' ? `exited ${outcome.exitCode}` : outcome.kind;
}
