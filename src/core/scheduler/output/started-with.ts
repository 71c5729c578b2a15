/**
 * What stops, demotes or looks for a resource works on what was started: with the agent and the
 * parameters of its start, where the live cluster still knows them, not with those that are
 * configured since.
 */
import { isSameAgent } from '../../model/operation.ts';
import type { StartedWith } from '../../model/picture.ts';
import type { Action } from '../ordering/table.ts';
import { digestOf, unitParameters } from '../digests/parameters.ts';
import type { Host, Unit, World } from '../world.ts';
import { instanceName } from './names.ts';

const ON_WHAT_RUNS: ReadonlySet<string> = new Set(['stop', 'demote', 'notify']);

/** Undefined: nothing is known of it, or what is configured is still the same. */
export function outdatedStart(world: World, action: Action): StartedWith | undefined {
  const { unit, host, task, intervalMs } = action;
  if (unit === undefined || host === undefined) return undefined;
  if (!ON_WHAT_RUNS.has(task) && (task !== 'monitor' || intervalMs > 0)) return undefined;
  const started = startedWith(unit, host);
  return started === undefined || isUpToDate(world, unit, host, started) ? undefined : started;
}

function startedWith(unit: Unit, host: Host): StartedWith | undefined {
  // The address of a connection is where its machine is now.
  if (unit.connectionOf !== undefined) return undefined;
  return host.state?.startedWith?.[instanceName(unit)];
}

function isUpToDate(world: World, unit: Unit, host: Host, started: StartedWith): boolean {
  const { agent, parameters } = started;
  if (!isSameAgent(agent, unit.definition?.agent)) return false;
  const now = unitParameters(world, unit, host);
  return digestOf(now) === digestOf(new Map(Object.entries(parameters)));
}
