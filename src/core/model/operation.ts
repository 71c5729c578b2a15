/**
 * One operation of an agent on one node: what the executor asks the edge to run, and what came of it.
 */
import type { NodeName, ResourceId } from './ids.ts';

/** Where an agent's program is found: OCF `class:provider:type`, the others `class:type`. */
export interface AgentName {
  readonly class: 'ocf' | 'systemd' | 'lsb' | 'service' | 'command' | 'stonith' | (string & {});
  readonly provider?: string;
  readonly type: string;
}

export const isSameAgent = (left: AgentName, right: AgentName | undefined): boolean =>
  right !== undefined &&
  left.class === right.class &&
  left.type === right.type &&
  (left.provider ?? '') === (right.provider ?? '');

/** The action's name as agents know it (OCF Resource Agent API 1.1, section "Actions"). */
export type OperationName =
  | 'start'
  | 'stop'
  | 'monitor'
  | 'promote'
  | 'demote'
  | 'notify'
  | 'migrate_to'
  | 'migrate_from'
  | 'reload'
  | 'reload-agent'
  | 'validate-all'
  | 'meta-data'
  /** Holdfast's own, without an agent: see `Containment`. */
  | 'contain'
  | (string & {});

/** Parameters by name. Values of secrets never appear here, only references (`secret:NAME`). */
export type Parameters = Readonly<Record<string, string>>;

export interface OperationRequest {
  /** Unique on the node for the daemon's life. */
  readonly operationId: string;
  /** The resource's instance name: `web`, or `web:2` for an instance of a globally unique clone. */
  readonly resource: ResourceId;
  readonly agent: AgentName;
  readonly operation: OperationName;
  /** 0 for a single run (probe, start …); otherwise this run belongs to a recurring operation. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly parameters: Parameters;
  /** Everything else that agents get as `OCF_RESKEY_CRM_meta_*`, without the prefix. */
  readonly meta: Parameters;
  readonly node: NodeName;
}

/** OCF return codes (OCF Resource Agent API 1.1, "Return codes"). */
export const OCF = {
  ok: 0,
  error: 1,
  invalidArguments: 2,
  unimplemented: 3,
  insufficientPrivileges: 4,
  notInstalled: 5,
  notConfigured: 6,
  notRunning: 7,
  promoted: 8,
  promotedFailed: 9,
  degraded: 190,
  promotedDegraded: 191,
} as const;

/**
 * What came of an operation.
 * - `exited`: the agent's exit in OCF terms (other classes are mapped to OCF codes at the edge).
 * - `timed-out`: its time was over, and every process of it is gone.
 * - `unkillable`: its time was over, and something of it was still there 5 s after SIGKILL.
 * - `not-run`: it could not be started at all (missing agent, not executable, no memory).
 * - `cancelled`: the executor asked for its end, and every process of it is gone.
 */
export type OperationOutcome =
  | { readonly kind: 'exited'; readonly exitCode: number; readonly exitReason: string }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'unkillable'; readonly processes: readonly number[] }
  | { readonly kind: 'not-run'; readonly exitCode: number; readonly reason: string }
  | { readonly kind: 'cancelled' };

/** Said of what was ordered, was not begun, and is decided anew: nothing has failed. */
export const OVERTAKEN = 'a newer plan took over before it was begun';

export interface OperationResult {
  readonly operationId: string;
  readonly outcome: OperationOutcome;
  /** Time from spawn to the end, for history. */
  readonly durationMs: number;
  /** The last part of what it printed (stdout and stderr together), at most 8 KiB. */
  readonly output: string;
  /** Of `contain` alone. */
  readonly containment?: Containment;
}

/**
 * What was seen while a service was ended by killing its processes (docs/decisions/containment.md).
 * Whether that proves anything is decided in core/cluster/containment.ts.
 */
export interface Containment {
  /** The whole service is known to have been in the cgroup, and nowhere else. */
  readonly isWhole: boolean;
  /** How many processes were there before. */
  readonly found: number;
  /** Those that were there at the last look. */
  readonly left: readonly number[];
  /** What the agent's monitor said afterwards; absent: it was not asked, since something was left. */
  readonly monitor?: OperationOutcome;
}

/** One that a device lists (FenceAgentAPI, `list`): what to call it, and its name where it has one. */
export interface FenceHost {
  readonly port: string;
  readonly alias: string;
}

/** A fence agent's run (FenceAgentAPI: key=value lines on standard input). */
export interface FenceRequest {
  readonly requestId: string;
  readonly device: string;
  /** Name of the fence agent's program, `fence_ipmilan`. */
  readonly agent: string;
  readonly action: 'off' | 'reboot' | 'on' | 'status' | 'monitor' | 'list';
  /** What the device calls the target (after the host map); absent for monitor and list. */
  readonly port?: string;
  readonly target?: NodeName;
  /** Values of the form `secret:NAME` are read from the secret store at the edge. */
  readonly parameters: Parameters;
  readonly timeoutMs: number;
}

export interface FenceResult {
  readonly requestId: string;
  /** `on` and `off` answer a status request, hosts a list; a timeout is a failure (FenceAgentAPI). */
  readonly outcome:
    | { readonly kind: 'ok'; readonly hosts?: readonly FenceHost[] }
    | { readonly kind: 'status'; readonly power: 'on' | 'off' }
    | { readonly kind: 'failed'; readonly reason: string };
  readonly durationMs: number;
  readonly output: string;
}
