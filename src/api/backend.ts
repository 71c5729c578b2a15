/** What the routes need of the daemon. Tests give it a hand-made state. */
import type { Balance, NodeShares } from '../core/balance/balance.ts';
import type { ClusterState } from '../core/cluster/state.ts';
import type { Command } from '../core/cluster/commands.ts';
import type { Mark } from '../core/cluster/marks.ts';
import type { ConfigurationChange } from '../core/config/compare.ts';
import type { Configuration } from '../core/model/configuration.ts';
import type { Explanation } from '../core/model/explanation.ts';
import type { Picture } from '../core/model/picture.ts';
import type { Plan } from '../core/model/plan.ts';
import type { StoreView } from '../core/store/types.ts';
import type { LocalFacts } from '../core/view/types.ts';
import type { CheckFinding } from './problem.ts';
import type { Refusals } from './refusals.ts';
import type {
  AgentDescription,
  AgentSummary,
  DebugResult,
  ResourceLogs,
} from './schemas/answers.ts';
import type { FoundMachines, MachineSearch } from './schemas/machines.ts';

export interface Backend {
  cluster(): ClusterState;
  view(): StoreView;
  local(): LocalFacts;
  /** Puts a command into the order and waits for its end. Rejects with `busy` when too many wait. */
  submit(command: Command): Promise<Reply>;
  /** Why it would be refused now; undefined: it would be done. So nobody is asked in vain. */
  refusalOf(command: Command): string | undefined;
  /**
   * This daemon goes by its own word, where no quorum can be told: it ends as soon as nothing of the
   * cluster runs here. Resolves with a sentence.
   */
  leave(by: string): Promise<string>;
  /** An operator's word that a frozen view may act although newer changes may be lost. */
  overrideFreeze(): Promise<Reply>;
  /** Calls back after each change of cluster or view, until the returned function is called. */
  onChange(listener: () => void): () => void;
  /** Reads and checks a configuration; `name` is what messages call the text. */
  checkConfiguration(source: string, name: string): Promise<CheckedConfiguration>;
  compareConfigurations(
    before: Configuration,
    after: Configuration,
  ): readonly ConfigurationChange[];
  /** What the scheduler would decide from now. */
  picture(): Picture;
  /** Ids of the decisions that are kept with their input, the newest first. */
  keptDecisions(): Promise<readonly string[]>;
  /** The file of one; undefined: it is not kept on this node. */
  keptDecision(id: string): Promise<Uint8Array | undefined>;
  /**
   * What this daemon was told and did from before the decision of this id on; undefined: that is not
   * kept any more.
   */
  incident(id: string): Promise<Uint8Array | undefined>;
  /** Configuration and status as a Pacemaker CIB. */
  cib(): string;
  /** The number that the engine has for a node; undefined for one that it does not name. */
  nodeNumber(node: string): number | undefined;
  /** What would the scheduler do now with this configuration? */
  plan(configuration: Configuration): Promise<Plan>;
  /** What would the scheduler do now if a command set this? */
  planWith(mark: Mark): Promise<Plan>;
  /** The fewest live moves that level the load, and how full the nodes are and would be. */
  balance(): Promise<{ readonly balance: Balance; readonly nodes: readonly NodeShares[] }>;
  /** With titles each agent is asked for its metadata, which takes seconds at first. */
  agents(withTitles: boolean): Promise<readonly AgentSummary[]>;
  agent(name: string): Promise<AgentDescription | undefined>;
  /** Why a resource is where it is; undefined: it is not in the configuration. */
  explain(resource: string, node: string | undefined): Promise<Explanation | undefined>;
  /** Names only. */
  secrets(): Promise<readonly string[]>;
  setSecret(name: string, value: string): Promise<void>;
  removeSecret(name: string): Promise<boolean>;
  /** Runs one operation of a configured resource here and now, beside the cluster. */
  debug(resource: string, operation: string, foreground: Foreground): Promise<DebugResult>;
  /** What it has printed last, on these nodes or on all that are online. */
  logs(
    resource: string,
    wish: { readonly lines: number; readonly nodes?: readonly string[] },
  ): Promise<ResourceLogs>;
  readonly machines: UnmanagedMachines;
  metrics(): string;
  /** Every answer that is a problem is counted here, by its code. */
  readonly refusals: Refusals;
}

/** Machines and containers of all nodes that are no resources. Each call asks every daemon: seconds. */
export interface UnmanagedMachines {
  search(wanted: MachineSearch): Promise<FoundMachines>;
  /** Before they become resources of these names. */
  take(
    adoptions: readonly { readonly resource: string; readonly identity: string }[],
  ): Promise<Switched>;
  give(resources: readonly string[]): Promise<Switched>;
  ignore(names: readonly string[], ignored: boolean): Promise<void>;
}

/** What was switched off or on, and what could not be: in words. */
export interface Switched {
  readonly switches: readonly string[];
  readonly problems: readonly string[];
}

/** Of an operation that somebody looks at. */
export interface Foreground {
  /** Ends the operation. */
  readonly signal: AbortSignal;
  /** Whole lines of what its agent prints, as they come. */
  readonly onOutput: (lines: string) => void;
}

export type Reply =
  | { readonly kind: 'applied'; readonly answer: unknown; readonly index: number }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

export interface CheckedConfiguration {
  /** Absent if there is an error among the findings. */
  readonly configuration?: Configuration;
  readonly findings: readonly CheckFinding[];
}
