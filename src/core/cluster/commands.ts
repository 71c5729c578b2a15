/** Everything that changes the replicated state. Who may send what is checked in apply. */
import type { Configuration } from '../model/configuration.ts';
import type { Incarnation, NodeName, ResourceId, WallMs } from '../model/ids.ts';
import type { Containment, OperationOutcome } from '../model/operation.ts';
import type { Plan } from '../model/plan.ts';
import type { FencingRequest } from './state.ts';
import type { Mark } from './marks.ts';

/** Applied when committed: an acknowledged one survives the crash of any minority. */
export type DurableCommand =
  | {
      readonly kind: 'configure';
      readonly configuration: Configuration;
      readonly source: string;
      readonly by: string;
      /** The version the author looked at; another one in force refuses the change. */
      readonly expectedVersion?: number;
    }
  | { readonly kind: 'set-mark'; readonly mark: Mark }
  | { readonly kind: 'clear-mark'; readonly id: string; readonly by: string }
  | {
      readonly kind: 'ticket';
      readonly ticket: string;
      readonly granted?: boolean;
      readonly standby?: boolean;
      readonly by: string;
    }
  /** A daemon was silent for too long: from now on what ran there may be running, unseen. */
  | {
      readonly kind: 'declare-lost';
      readonly node: NodeName;
      readonly incarnation: Incarnation;
      readonly reason: string;
    }
  | { readonly kind: 'fence-begin'; readonly request: FencingRequest }
  | {
      readonly kind: 'fence-end';
      readonly id: string;
      readonly ok: boolean;
      readonly text: string;
      readonly durationMs: number;
      /** What the agent printed; absent: nothing. */
      readonly output?: string;
    }
  /** An administrator's word that the node is off. */
  | {
      readonly kind: 'fence-confirm';
      readonly node: NodeName;
      /** The life that was looked at; absent: whichever it is. */
      readonly incarnation?: Incarnation;
      readonly by: string;
    }
  /** A node that is there, and is to be shot. */
  | { readonly kind: 'fence-request'; readonly node: NodeName; readonly by: string }
  /** A node that was fenced too often may take part again. */
  | { readonly kind: 'fence-release'; readonly node: NodeName; readonly by: string }
  /** A node that is gone for good. */
  | { readonly kind: 'node-forget'; readonly node: NodeName; readonly by: string }
  /** Fencing of a node is rehearsed. */
  | {
      readonly kind: 'fence-test';
      readonly id: string;
      readonly node: NodeName;
      readonly by: string;
      /** It is rebooted, not only asked for. */
      readonly forReal: boolean;
    }
  /** What one device has said to one node that asked. */
  | {
      readonly kind: 'fence-test-answer';
      readonly id: string;
      readonly node: NodeName;
      readonly device: string;
      readonly ok: boolean;
      readonly text: string;
      readonly durationMs: number;
    }
  | { readonly kind: 'shutdown-request'; readonly node: NodeName; readonly by: string }
  /** All nodes that are online leave together. */
  | { readonly kind: 'cluster-stop'; readonly by: string }
  /** Names from the engine's configuration that the state does not know yet. */
  | { readonly kind: 'nodes-configured'; readonly nodes: readonly NodeName[] }
  /** Nothing of the cluster is left on the node of this mark. */
  | { readonly kind: 'evacuation-ends'; readonly id: string }
  /** Everything of the cluster is stopped there; the daemon leaves now. */
  | { readonly kind: 'node-leaves'; readonly node: NodeName; readonly incarnation: Incarnation };

/** One operation's end on its node. */
export interface ReportedResult {
  /** `actionKey` of the action that it was; absent for a recurring monitor's later runs. */
  readonly key?: string;
  /** The resource's name in the history (its instance). */
  readonly resource: ResourceId;
  readonly operation: string;
  readonly intervalMs: number;
  readonly outcome: OperationOutcome;
  readonly durationMs: number;
  readonly output: string;
  readonly callId: number;
  /** The node's wall clock at the end, for people only. */
  readonly endedAt: WallMs;
  /** A stop that failed: what came of killing the service instead. */
  readonly containment?: Containment;
}

/** Applied when ordered; without quorum too. Valid for the sender's present incarnation. */
export type VolatileCommand =
  | {
      readonly kind: 'results';
      readonly node: NodeName;
      readonly incarnation: Incarnation;
      readonly results: readonly ReportedResult[];
    }
  | {
      readonly kind: 'plan';
      /** The view and the `wanted` it answers: a plan of another view is refused. */
      readonly view: string;
      readonly wanted: number;
      /** `changeCount` and configuration version of the picture that it was made from. */
      readonly changeCount: number;
      readonly configurationVersion: number;
      readonly plan: Plan;
      readonly because: string;
      readonly failed?: string;
    }
  | {
      readonly kind: 'attribute';
      readonly node: NodeName;
      readonly name: string;
      /** Absent: the attribute is removed. */
      readonly value?: string | undefined;
    }
  | {
      readonly kind: 'cleanup';
      readonly resource?: ResourceId;
      readonly node?: NodeName;
      readonly by: string;
    }
  /** The DC asks for a decision that only time made necessary (expiry, rule). */
  | { readonly kind: 'time-passed'; readonly until: WallMs };

export type Command = DurableCommand | VolatileCommand;

const DURABLE: ReadonlySet<Command['kind']> = new Set([
  'configure',
  'set-mark',
  'clear-mark',
  'ticket',
  'declare-lost',
  'fence-begin',
  'fence-end',
  'fence-confirm',
  'fence-request',
  'fence-release',
  'node-forget',
  'fence-test',
  'fence-test-answer',
  'shutdown-request',
  'cluster-stop',
  'nodes-configured',
  'evacuation-ends',
  'node-leaves',
]);

export const isDurable = (command: Command): boolean => DURABLE.has(command.kind);
