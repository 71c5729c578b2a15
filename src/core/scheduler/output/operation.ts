/** What an agent needs to carry an action out: parameters, meta attributes, timeout, expectation. */
import type { StartedWith } from '../../model/picture.ts';
import type { PlannedOperation } from '../../model/plan.ts';
import { OCF } from '../../model/operation.ts';
import { TWO_SIDED } from '../../model/two-sided.ts';
import { effectiveOperation, findOperation } from '../configuration/operations.ts';
import type { EffectiveOperation } from '../configuration/operations.ts';
import { digestOf, operationDigest, restricted, unitParameters } from '../digests/parameters.ts';
import type { OperationDigest } from '../digests/parameters.ts';
import type { Action } from '../ordering/table.ts';
import { compareText } from '../values/text.ts';
import { cloneOf } from '../world.ts';
import type { Host, Unit, World } from '../world.ts';
import { machineOf, noticesOf } from './notices.ts';

const AGENT_TASKS: ReadonlySet<string> = new Set([
  'start',
  'stop',
  'promote',
  'demote',
  'monitor',
  'notify',
  'migrate_to',
  'migrate_from',
  'reload',
]);

/** Undefined for actions that no agent carries out. */
export function plannedOperation(
  world: World,
  action: Action,
  started: StartedWith | undefined,
): PlannedOperation | undefined {
  const { unit, host } = action;
  if (unit?.definition === undefined || host === undefined) return undefined;
  if (!AGENT_TASKS.has(action.task)) return undefined;
  const effective = operationOf(world, unit, action);
  const { digest, parameters } =
    started === undefined
      ? operationDigest(world, unit, host, {
          name: action.task,
          intervalMs: action.intervalMs,
          timeoutMs: effective.timeoutMs,
        })
      : asStarted(started);
  return {
    name: action.task === 'reload' ? 'reload-agent' : action.task,
    timeoutMs: effective.timeoutMs,
    startDelayMs: effective.startDelayMs,
    expectedExitCode: action.expectedExitCode ?? OCF.ok,
    parameters: sorted([...parameters].filter(([name]) => name !== 'CRM_meta_timeout')),
    meta: sorted([
      ...metaOf(unit, host, action, effective),
      ...noticesOf(world, action),
      ...slotOf(world, unit, action),
    ]),
    onFail: effective.onFail ?? '',
    digest,
    ...restartDigestOf(world, unit, action, parameters),
    ...(started === undefined ? ownParameters(world, unit, action, host) : { outdated: true }),
  };
}

function asStarted(started: StartedWith): OperationDigest {
  const parameters = new Map(Object.entries(started.parameters));
  return { parameters, digest: digestOf(parameters) };
}

/** Where an operation that begins something has parameters of its own. */
function ownParameters(
  world: World,
  unit: Unit,
  action: Action,
  host: Host,
): Pick<PlannedOperation, 'ownParameters'> {
  if (action.intervalMs > 0 || !BEGINS.has(action.task)) return {};
  const configured = findOperation(unit, action.task, action.intervalMs);
  if (configured === undefined || configured.parameters.length === 0) return {};
  return { ownParameters: sorted([...unitParameters(world, unit, host)]) };
}

/** What the history then tells a changed parameter by: must it start anew, or can it take it over? */
const BEGINS: ReadonlySet<string> = new Set([
  'start',
  'migrate_from',
  'promote',
  'reload',
  'monitor',
]);

/** Only for an agent that can reload; which parameters it cannot, says `force-restart`. */
function restartDigestOf(
  world: World,
  unit: Unit,
  action: Action,
  parameters: ReadonlyMap<string, string>,
): Pick<PlannedOperation, 'restartDigest' | 'forceRestart'> {
  if (action.intervalMs > 0 || !BEGINS.has(action.task)) return {};
  const listed = effectiveOperation(world, unit, 'reload-agent', 0).values.get('force-restart');
  if (listed === undefined) return {};
  const forceRestart = listed.split(' ').filter((name) => name !== '');
  return { restartDigest: digestOf(restricted(parameters, forceRestart)), forceRestart };
}

/** A probe has the options of the shortest monitor, if none of its own are configured. */
function operationOf(world: World, unit: Unit, action: Action): EffectiveOperation {
  const { task, intervalMs } = action;
  const own = effectiveOperation(world, unit, task, intervalMs);
  if (task !== 'monitor' || intervalMs > 0 || own.source !== undefined) return own;
  const monitors = (unit.definition?.operations ?? []).filter((each) => each.name === 'monitor');
  const shortest = monitors.toSorted((left, right) => left.intervalMs - right.intervalMs)[0];
  return shortest === undefined ? own : effectiveOperation(world, unit, task, 0, shortest);
}

/** What agents see as `OCF_RESKEY_CRM_meta_*` (OCF Resource Agent API 1.1, "Meta attributes"). */
function metaOf(
  unit: Unit,
  host: Host,
  action: Action,
  effective: EffectiveOperation,
): readonly (readonly [string, string])[] {
  const machine = machineOf(host);
  return [
    ...unit.meta,
    ...effective.values,
    ['name', action.task],
    ['interval', String(action.intervalMs)],
    ['timeout', String(effective.timeoutMs)],
    ...(effective.startDelayMs === 0
      ? []
      : ([['start-delay', String(effective.startDelayMs)]] as const)),
    ['on_node', host.name],
    ...(machine === undefined ? [] : ([['physical_host', machine.name]] as const)),
    ...cloneMetaOf(unit),
  ];
}

/**
 * A number that no other machine or container of the cluster has: both sides of a move make their ports of it
 * (docs/decisions/machines.md). The plan says it, since they may know different configurations by then.
 */
function slotOf(
  { units }: World,
  unit: Unit,
  { task }: Action,
): readonly (readonly [string, string])[] {
  const isTwoSided = ({ definition }: Unit): boolean =>
    TWO_SIDED.has(definition?.agent.class ?? '');
  if (task !== 'migrate_to' || !isTwoSided(unit)) return [];
  const names = new Set(units.filter(isTwoSided).map(({ configId }) => configId));
  return [['migrate_slot', String([...names].toSorted(compareText).indexOf(unit.configId))]];
}

/** An instance's place in its clone, and how many of them there may be. */
function cloneMetaOf(unit: Unit): readonly (readonly [string, string])[] {
  const settings = cloneOf(unit)?.clone;
  if (settings === undefined || unit.instanceNumber < 0) return [];
  const { instancesMax, perNodeMax, promotable, promotedMax, promotedPerNodeMax } = settings;
  return [
    ['clone', String(unit.instanceNumber)],
    ['clone_max', String(instancesMax)],
    ['clone_node_max', String(perNodeMax)],
    ['globally_unique', String(unit.unique)],
    ['notify', String(unit.notify)],
    ...(promotable ? promotedMeta(String(promotedMax), String(promotedPerNodeMax)) : []),
  ];
}

/** Under the names of today and those that most agents still read. */
const promotedMeta = (max: string, perNodeMax: string): readonly (readonly [string, string])[] => [
  ['promotable', 'true'],
  ['promoted_max', max],
  ['promoted_node_max', perNodeMax],
  ['master_max', max],
  ['master_node_max', perNodeMax],
];

function sorted(entries: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  const last = new Map(entries);
  return Object.fromEntries([...last].toSorted(([left], [right]) => compareText(left, right)));
}
