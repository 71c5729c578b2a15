/** Configured operations of a unit, with their effective options. */
import type { OperationConfiguration } from '../../model/configuration.ts';
import type { AgentName } from '../../model/operation.ts';
import type { AttributeBlock } from '../../model/rule.ts';
import { mergeBlocks } from '../values/blocks.ts';
import type { Values } from '../values/blocks.ts';
import type { RuleContext } from '../values/rules.ts';
import { readBoolean, readDurationMs } from '../values/text.ts';
import { timeOf } from '../world.ts';
import type { RoleLevel, Unit, World } from '../world.ts';
import { roleLevel } from './blank.ts';

export interface EffectiveOperation {
  readonly source: OperationConfiguration | undefined;
  readonly name: string;
  readonly intervalMs: number;
  readonly enabled: boolean;
  readonly role: RoleLevel | undefined;
  readonly timeoutMs: number;
  readonly startDelayMs: number;
  readonly onFail: string | undefined;
  readonly values: ReadonlyMap<string, string>;
}

const TIMEOUT_MS = 20_000;

/**
 * Options of an operation: the `op` element's attributes, its meta attributes, then the defaults.
 * An operation that is not configured still has the defaults.
 */
export function effectiveOperation(
  world: World,
  unit: Unit,
  name: string,
  intervalMs: number,
  source: OperationConfiguration | undefined = findOperation(unit, name, intervalMs),
): EffectiveOperation {
  const agent = unit.definition?.agent;
  const known = effectiveOf(world, source ?? agent ?? NO_AGENT);
  for (const entry of known) {
    const { effective } = entry;
    if (entry.agent !== agent || effective.intervalMs !== intervalMs) continue;
    if (effective.name === name) return effective;
  }
  const effective = readOperation(world, { agent, name, intervalMs, source });
  if (known.length < KNOWN_MAX) known.push({ agent, effective });
  return effective;
}

interface Known {
  readonly agent: AgentName | undefined;
  readonly effective: EffectiveOperation;
}

/** Looked through one by one: a history may name any interval. */
const KNOWN_MAX = 16;

/** What is not configured is remembered by the agent: only the defaults' rules look at it. */
type Source = OperationConfiguration | AgentName | typeof NO_AGENT;
const NO_AGENT = Symbol('no agent');

/**
 * Asked for on each node and in several phases: read once in a decision. Where no rule asks for the
 * time it is the same in the next one, as long as the configuration stays the same object.
 */
const remembered = new WeakMap<World | readonly AttributeBlock[], Map<Source, Known[]>>();

/** Configurations may have the same defaults, as none: what was before is forgotten then. */
const SOURCES_MAX = 100_000;

function effectiveOf(world: World, source: Source): Known[] {
  const key = keyOf(world, source);
  let bySource = remembered.get(key);
  if (bySource === undefined || bySource.size > SOURCES_MAX) {
    bySource = new Map();
    remembered.set(key, bySource);
  }
  let known = bySource.get(source);
  if (known === undefined) {
    known = [];
    bySource.set(source, known);
  }
  return known;
}

function keyOf(world: World, source: Source): World | readonly AttributeBlock[] {
  const defaults = world.picture.configuration.operationDefaults;
  const own = typeof source === 'object' && 'meta' in source ? source.meta : NO_BLOCKS;
  return own.some(hasRule) || defaults.some(hasRule) ? world : defaults;
}

const NO_BLOCKS: readonly AttributeBlock[] = [];
const hasRule = ({ rule }: AttributeBlock): boolean => rule !== undefined;

interface Asked {
  readonly agent: AgentName | undefined;
  readonly name: string;
  readonly intervalMs: number;
  readonly source: OperationConfiguration | undefined;
}

function readOperation(
  world: World,
  { agent, name, intervalMs, source }: Asked,
): EffectiveOperation {
  const context: RuleContext = { ...timeOf(world), agent, operation: { name, intervalMs } };
  const values: Values = new Map(Object.entries(source?.attributes ?? {}));
  mergeBlocks(values, source?.meta ?? [], context);
  mergeBlocks(values, world.picture.configuration.operationDefaults, context);
  return {
    source,
    name,
    intervalMs,
    enabled: readBoolean(values.get('enabled')) ?? true,
    role: roleLevel(values.get('role')),
    timeoutMs: readDurationMs(values.get('timeout')) ?? TIMEOUT_MS,
    startDelayMs: readDurationMs(values.get('start-delay')) ?? 0,
    onFail: values.get('on-fail'),
    values,
  };
}

export function findOperation(
  unit: Unit,
  name: string,
  intervalMs: number,
): OperationConfiguration | undefined {
  return unit.definition?.operations.find(
    (operation) => operation.name === name && operation.intervalMs === intervalMs,
  );
}

/** Recurring operations, enabled ones only; of equal name and interval none counts. */
export function recurringOperations(world: World, unit: Unit): readonly EffectiveOperation[] {
  const found: EffectiveOperation[] = [];
  const operations = unit.definition?.operations ?? [];
  const unclear = repeated(operations);
  for (const source of operations) {
    if (source.intervalMs <= 0 || NEVER_RECURRING.has(source.name)) continue;
    const effective = effectiveOperation(world, unit, source.name, source.intervalMs, source);
    if (unclear.has(source)) continue;
    if (effective.enabled && effective.values.get('disabled') !== 'true') found.push(effective);
  }
  return found;
}

/** A configuration stays the same object from one decision to the next. */
const repeatedOnes = new WeakMap<
  readonly OperationConfiguration[],
  ReadonlySet<OperationConfiguration>
>();

/** Name and interval identify an operation: those with the same cannot be told apart. */
function repeated(
  operations: readonly OperationConfiguration[],
): ReadonlySet<OperationConfiguration> {
  const found = repeatedOnes.get(operations);
  if (found !== undefined) return found;
  const first = new Map<string, OperationConfiguration>();
  const twice = new Set<OperationConfiguration>();
  for (const operation of operations) {
    const key = `${operation.name} ${operation.intervalMs}`;
    const before = first.get(key);
    if (before === undefined) first.set(key, operation);
    else twice.add(before).add(operation);
  }
  repeatedOnes.set(operations, twice);
  return twice;
}

const NEVER_RECURRING = new Set(['start', 'stop', 'promote', 'demote']);
