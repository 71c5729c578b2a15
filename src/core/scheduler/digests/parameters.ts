/** Parameters of a resource on a host, and their digests as operation histories keep them. */
import type { OperationConfiguration } from '../../model/configuration.ts';
import type { AttributeBlock } from '../../model/rule.ts';
import { AT_CONTAINER } from '../configuration/bundles.ts';
import { findOperation } from '../configuration/operations.ts';
import { mergeBlocks } from '../values/blocks.ts';
import type { Values } from '../values/blocks.ts';
import type { RuleContext } from '../values/rules.ts';
import { compareText } from '../values/text.ts';
import { timeOf } from '../world.ts';
import type { Host, Unit, World } from '../world.ts';
import { md5 } from './md5.ts';

/** Digest of an operation without any parameters. */
export const EMPTY_DIGEST = 'f2317cad3d54cec5d7d7aa7d0bf35cf8';

/** Instance attributes with their rules evaluated for the host; `%` values are kept as written. */
export function unitParameters(world: World, unit: Unit, host: Host | undefined): Values {
  const definition = unit.definition;
  const values: Values = new Map();
  if (definition === undefined) return values;
  const context: RuleContext = {
    ...timeOf(world),
    attribute: (name) => host?.attributes.get(name),
    agent: definition.agent,
  };
  for (const [name, value] of definition.fixedParameters ?? []) values.set(name, value);
  return mergeBlocks(values, definition.parameters, context);
}

export interface OperationDigest {
  readonly parameters: ReadonlyMap<string, string>;
  readonly digest: string;
}

/** The digest of an operation's parameters: recurring ones count their timeout as well. */
export function operationDigest(
  world: World,
  unit: Unit,
  host: Host,
  operation: { readonly name: string; readonly intervalMs: number; readonly timeoutMs: number },
): OperationDigest {
  const configured = findOperation(unit, operation.name, operation.intervalMs);
  const timeoutMs = operation.intervalMs > 0 ? operation.timeoutMs : undefined;
  if (!isAlikeEverywhere(unit, configured)) {
    return digested(operationParameters(world, unit, host, configured), timeoutMs);
  }
  const blocks = unit.definition?.parameters ?? NO_BLOCKS;
  const known = remembered.get(blocks) ?? new Map<number | undefined, OperationDigest>();
  remembered.set(blocks, known);
  const found = known.get(timeoutMs);
  if (found !== undefined) return found;
  const made = digested(operationParameters(world, unit, host, configured), timeoutMs);
  if (known.size < TIMEOUTS_MAX) known.set(timeoutMs, made);
  return made;
}

const NO_BLOCKS: readonly AttributeBlock[] = [];
/** Different timeouts of the operations of one resource. */
const TIMEOUTS_MAX = 8;

/**
 * Digests of parameters that are the same on every node, at every time and for every operation. A
 * configuration stays the same object from one decision to the next, as long as nobody changes it.
 */
const remembered = new WeakMap<
  readonly AttributeBlock[],
  Map<number | undefined, OperationDigest>
>();

function isAlikeEverywhere(unit: Unit, configured: OperationConfiguration | undefined): boolean {
  const { definition } = unit;
  if (definition === undefined || unit.connectionOf !== undefined) return false;
  if ((definition.fixedParameters?.size ?? 0) > 0) return false;
  if (configured !== undefined && configured.parameters.length > 0) return false;
  return definition.parameters.every(({ rule }) => rule === undefined);
}

function digested(parameters: Values, timeoutMs: number | undefined): OperationDigest {
  if (timeoutMs !== undefined) parameters.set('CRM_meta_timeout', String(timeoutMs));
  return { parameters, digest: digestOf(parameters) };
}

function operationParameters(
  world: World,
  unit: Unit,
  host: Host,
  configured: OperationConfiguration | undefined,
): Values {
  const parameters: Values = new Map();
  if (configured !== undefined && configured.parameters.length > 0) {
    mergeBlocks(parameters, configured.parameters, {
      ...timeOf(world),
      attribute: (name) => host.attributes.get(name),
      agent: unit.definition?.agent,
    });
  }
  for (const [name, value] of unitParameters(world, unit, host)) {
    if (!parameters.has(name)) parameters.set(name, value);
  }
  placeAddress(unit, parameters);
  return parameters;
}

/** A replica without an address of its own is reached at its container's node. */
function placeAddress(unit: Unit, parameters: Values): void {
  if (unit.connectionOf === undefined || parameters.get('addr') !== AT_CONTAINER) return;
  const machine = unit.containerUnit;
  const at = machine?.assigned ?? machine?.activeOn[0];
  if (at !== undefined) parameters.set('addr', at.name);
}

export function digestOf(parameters: ReadonlyMap<string, string>): string {
  if (parameters.size === 0) return EMPTY_DIGEST;
  const names = [...parameters.keys()].sort(compareText);
  const attributes = names.map((name) => ` ${name}="${escapeXml(parameters.get(name) ?? '')}"`);
  return md5(` <parameters${attributes.join('')}/>\n`);
}

export function restricted(
  parameters: ReadonlyMap<string, string>,
  names: readonly string[],
): Values {
  const wanted = new Set(names);
  return new Map([...parameters].filter(([name]) => wanted.has(name)));
}

export function without(parameters: ReadonlyMap<string, string>, names: readonly string[]): Values {
  const unwanted = new Set(names);
  return new Map([...parameters].filter(([name]) => !unwanted.has(name)));
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\t', '&#9;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\r', '&#13;');
}
