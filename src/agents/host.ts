/** What the runner of operations needs from the machine. src/host/ provides it. */
import type {
  Containment,
  OperationOutcome,
  OperationRequest,
  Parameters,
} from '../core/model/operation.ts';
import type { Transfer } from '../core/model/transfer.ts';
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
  /** What runs in the cgroups of a resource; undefined where the machine has none. */
  readonly cgroups?: ServiceCgroups | undefined;
  readonly secrets: SecretStore;
  /** The service manager, where one runs. */
  readonly systemd?: SystemdManager;
  /** Runs programs of the classes `command`, `container` and `vm`. */
  readonly services?: ServiceSupervisor;
  /** Where machines have their sockets, and containers their files; mode 0700, gone with a boot. At most 60 bytes. */
  readonly machinesDirectory?: string;
  /** Where another node of the cluster, or this one, is reached; undefined: not known. */
  readonly addressOf?: (node: string) => string | undefined;
  /** Tells the neighbours at once that this IPv4 address is here now. Never throws. */
  readonly announceAddress?: (address: string) => void;
  /** How far a live migration from here is, for everybody to see; undefined: it is over. */
  readonly tellTransfer?: (resource: string, transfer: Transfer | undefined) => void;
  /** What live migrations from here may take of the network together, in bytes per second; undefined: all. */
  readonly migrationBandwidth?: () => number | undefined;
  /** Why that node does not take the machine that is sent there; undefined: it says nothing. */
  readonly refusalOf?: (node: string, resource: string) => Promise<string | undefined>;
  /** That node's half of the key for a container that is sent there, for this half; undefined: not ready. */
  readonly wayTo?: (node: string, resource: string, half: string) => Promise<string | undefined>;
}

export interface ServiceCgroups {
  /** All processes of the resource. */
  processes(resource: string): readonly number[];
  /** Those of them that its start has left there, or that are supervised for it. */
  started(resource: string): readonly number[];
  /** SIGKILL to all of them; returns what is still there after `waitMs`. */
  kill(resource: string, waitMs: number): Promise<readonly number[]>;
  /** Of a resource, below each hierarchy's mount: for runtimes that make cgroups themselves. */
  path(resource: string): string;
  /** Undefined: its supervised processes are limited. Otherwise why they cannot be. */
  limit(resource: string, limits: CgroupLimits): Promise<string | undefined>;
}

export interface CgroupLimits {
  readonly memoryMib: number | undefined;
  /** Thousandths of a processor. */
  readonly cpuMillis: number | undefined;
  readonly processes: number | undefined;
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
  /** Of `contain` alone. */
  readonly containment?: Containment;
}

/** Runs one operation of a class of agents. May throw: the runner makes `not-run` of it. */
export type RunOperation = (operation: Operation) => Promise<Ended>;
