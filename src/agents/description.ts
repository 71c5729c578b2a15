/** What is known of an agent before it runs: the words for its parameters and operations. */
import type { AgentParameter } from '../core/config/agents.ts';
import type { AgentName } from '../core/model/operation.ts';

export interface ParameterDescription extends AgentParameter {
  /** One line. */
  readonly title: string;
  readonly description: string;
  readonly default?: string;
  /** What a parameter of type `select` may be. */
  readonly options?: readonly string[];
  /** No two resources may share the values of one group (OCF 1.1 `unique-group`). */
  readonly uniqueGroup?: string;
  readonly unique: boolean;
  /** May be changed while the resource runs, by `reload-agent`. */
  readonly reloadable: boolean;
  readonly deprecated: boolean;
}

export interface OperationDescription {
  readonly name: string;
  readonly timeoutMs?: number;
  /** Suggested for a recurring one. */
  readonly intervalMs?: number;
  readonly startDelayMs?: number;
  /** `Promoted` or `Unpromoted`, whatever the metadata calls them. */
  readonly role?: string;
  /** OCF_CHECK_LEVEL of a monitor. */
  readonly depth?: number;
  /** Of `on`: each node that starts needs it, and it must run there (FenceAgentAPI). */
  readonly automatic?: true;
  readonly onTarget?: true;
}

/** Fits `AgentDescription` of core/config/agents.ts. */
export interface AgentDescription {
  readonly agent: AgentName;
  readonly version: string;
  /** One line. */
  readonly title: string;
  readonly description: string;
  readonly parameters: readonly ParameterDescription[];
  /** False where nothing says which parameters there are. */
  readonly parametersKnown: boolean;
  readonly operations: readonly OperationDescription[];
}

/** Does the agent say that it has this operation? `migrate_to`, `promote`, `reload` … */
export const supports = (description: AgentDescription, operation: string): boolean =>
  description.operations.some((one) => one.name === operation);

/** How a class of Holdfast's own describes a parameter: `string` and no default where none is given. */
export type ParameterWords = readonly [
  title: string,
  description: string,
  type?: string,
  value?: string,
];

/** @param reloadable their names: what is read at each operation is changed by changing the configuration */
export function describeParameters(
  words: Readonly<Record<string, ParameterWords>>,
  reloadable: readonly string[] = [],
): readonly ParameterDescription[] {
  return Object.entries(words).map(([name, [title, description, type = 'string', value]]) => ({
    name,
    title,
    description,
    type,
    required: false,
    unique: false,
    reloadable: reloadable.includes(name),
    deprecated: false,
    ...(value === undefined ? {} : { default: value }),
  }));
}
