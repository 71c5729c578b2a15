/** The empty workspace filled with hosts, units and tags of the configuration. */
import type { Picture } from '../../model/picture.ts';
import { ActionTable } from '../ordering/table.ts';
import type { RuleContext } from '../values/rules.ts';
import { changesAt } from '../world.ts';
import type { World } from '../world.ts';
import { buildHosts } from './hosts.ts';
import { readOptions } from './options.ts';
import { buildUnits } from './build.ts';
import { findFenceDevices } from './units.ts';

export function buildWorld(
  picture: Picture,
  nowMs: number,
): { readonly world: World; readonly context: RuleContext } {
  const context: RuleContext = { nowMs, changesAt: (ms) => changesAt(world, ms) };
  const options = readOptions(picture.configuration.options, { nowMs });
  const clusterName = options.clusterName;
  const hosts = buildHosts(picture, {
    nowMs,
    meta: (name) => (name === 'cluster-name' ? clusterName : undefined),
  });
  const world: World = {
    picture,
    nowMs,
    options,
    hosts,
    hostByName: new Map(hosts.map((host) => [host.name, host])),
    hostById: new Map(hosts.map((host) => [host.id, host])),
    units: [],
    roots: [],
    unitById: new Map(),
    tags: new Map(picture.configuration.tags.map((tag) => [tag.id, tag.references])),
    sets: new Map(),
    colocations: [],
    orders: [],
    actions: new ActionTable(),
    findings: [],
    contributions: [],
    roleCancels: [],
    unlessRestarted: [],
    afterFencing: [],
    room: { needs: new Map(), taken: new Map() },
    quorate: picture.status.quorate,
    haveFenceDevice: false,
    haveUnfencing: false,
    unfencesItself: false,
    nextChangeAtMs: undefined,
  };
  findFenceDevices(world);
  buildUnits(world, context);
  return { world, context };
}
