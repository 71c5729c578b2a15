/** What the runner of operations needs from the machine. src/host/ provides it. */
import type { OperationOutcome, OperationRequest, Parameters } from '../core/model/operation.ts';
import type { ServiceSupervisor } from './command/supervisor.ts';
import type { OperationCgroup, StartProcess } from './process.ts';
import type { SecretStore } from './secrets.ts';
import type { SystemdManager } from './systemd/manager.ts';

export interface AgentHost {
  readonly startProcess: StartProcess;
  /** A new cgroup for one operation, or undefined where the machine has none. May throw. */
  readonly operationCgroup: (resource: string, operationId: string) => OperationCgroup | undefined;
  /** Resolves when no process of a former daemon's operations is left; nothing runs before. */
  readonly leftoversEnded: Promise<unknown>;
  readonly secrets: SecretStore;
  /** The service manager, where one runs. */
  readonly systemd?: SystemdManager;
  /** Runs programs of the `command` class. */
  readonly services?: ServiceSupervisor;
}

/** One operation on its way through a class of agents. */
export interface Operation {
  readonly request: OperationRequest;
  /** The request's parameters with secrets filled in. */
  readonly parameters: Parameters;
  /** Aborted when the executor cancels the operation. */
  readonly signal: AbortSignal;
  /** A file that gets what is printed as it comes. */
  readonly liveFile?: string | undefined;
}

export interface Ended {
  readonly outcome: OperationOutcome;
  /** What was printed, not cut or redacted yet. */
  readonly output: string;
}

/** Runs one operation of a class of agents. May throw: the runner makes `not-run` of it. */
export type RunOperation = (operation: Operation) => Promise<Ended>;
