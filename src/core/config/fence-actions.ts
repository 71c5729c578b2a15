/**
 * What fence devices cannot do, by what their agents say of themselves (FenceAgentAPI, "Agent
 * Operations and Metadata"): to be heard when a configuration is applied, and not at the first fencing.
 */
import type { Configuration, FenceDevice } from '../model/configuration.ts';
import { givesAccess } from '../model/fence-device.ts';
import type { ConfigurationFinding } from './finding.ts';
import { metaOf, valueOf } from './values.ts';
import { eachPrimitive, eachResource } from './walk.ts';

/** @param actions that the agent has; none: nobody knows which */
export function checkFenceActions(
  configuration: Configuration,
  device: FenceDevice,
  actions: ReadonlySet<string>,
): readonly ConfigurationFinding[] {
  if (actions.size === 0) return [];
  const wanted = isOffWanted(configuration) ? 'off' : device.action;
  if (!actions.has(wanted)) return [cannot(device, wanted, adviceFor(device, wanted, actions))];
  if (givesAccess(device) && !actions.has('on')) return [cannotGive(device)];
  return isFabric(actions) ? [onlyCutsOff(device)] : [];
}

function isOffWanted({ options }: Configuration): boolean {
  return (valueOf(options, 'fencing-action') ?? valueOf(options, 'stonith-action')) === 'off';
}

/** Access to storage is taken away and given; a power switch can do both in one. */
const isFabric = (actions: ReadonlySet<string>): boolean =>
  actions.has('on') && actions.has('off') && !actions.has('reboot');

function cannot(
  { id, agent }: FenceDevice,
  wanted: 'off' | 'reboot',
  advice: string,
): ConfigurationFinding {
  const what = wanted === 'off' ? 'switch nodes off' : 'reboot nodes';
  return {
    code: 'fence-action',
    severity: 'error',
    subject: { kind: 'fence-device', id, field: ['action'] },
    text: `"${id}" is to ${what}, and ${agent} cannot: every fencing with it would fail`,
    advice,
  };
}

function adviceFor(
  { action }: FenceDevice,
  wanted: 'off' | 'reboot',
  actions: ReadonlySet<string>,
): string {
  const other = wanted === 'off' ? 'reboot' : 'off';
  if (!actions.has(other))
    return 'take an agent that can; "holdfast agents" lists those that are there';
  // The option of the cluster asks for more than the device.
  return wanted === action ? `write "action: ${other}"` : 'leave out the option "fencing-action"';
}

function cannotGive({ id, agent }: FenceDevice): ConfigurationFinding {
  return {
    code: 'fence-action',
    severity: 'error',
    subject: { kind: 'fence-device', id, field: ['unfencing'] },
    text: `"${id}" is to give nodes their access, and ${agent} cannot: it has no "on"`,
    advice: 'write "unfencing: none"',
  };
}

function onlyCutsOff(device: FenceDevice): ConfigurationFinding {
  const { id, agent } = device;
  const unhelped = givesAccess(device) ? '' : '; and no node gets its access back by itself';
  const help = givesAccess(device)
    ? ''
    : ', and give a node its access back by hand before it takes part again, or let this device do so ("unfencing: own-node" or "any-node")';
  return {
    code: 'fabric-fencing',
    severity: 'warning',
    subject: { kind: 'fence-device', id },
    text:
      `"${id}" (${agent}) takes access away, to storage mostly, and switches nothing off: what ` +
      `needs no such access, an address for one, goes on there beside its copy${unhelped}`,
    advice: `fence with a power switch as well (fencing.levels)${help}`,
  };
}

/** It is asked for, and no device gives it: neither one of the cluster nor a resource of a CIB. */
export function checkUnfencing(configuration: Configuration): readonly ConfigurationFinding[] {
  const canUnfence = [...eachPrimitive(configuration)].some(
    ({ primitive, within }) =>
      metaOf(configuration, primitive, within, 'provides')?.toLowerCase() === 'unfencing',
  );
  if (canUnfence || configuration.fenceDevices.some(givesAccess)) return [];
  const needed = 'requires: unfencing';
  const common = {
    code: 'no-unfencing',
    severity: 'warning',
    advice: 'write "requires: fencing", and give nodes their access by other means',
  } as const;
  const text = (where: string): string =>
    `"${needed}" ${where} does nothing more than "requires: fencing": no fence device here gives ` +
    'nodes access to storage when they start';
  const own = [...eachResource(configuration)]
    .filter(({ resource }) => valueOf(resource.meta, 'requires') === 'unfencing')
    .map(({ resource: { id } }) => ({
      ...common,
      subject: { kind: 'resource' as const, id, field: ['meta', 'requires'] },
      text: text(`of "${id}"`),
    }));
  const templates = configuration.templates
    .filter(({ meta }) => valueOf(meta, 'requires') === 'unfencing')
    .map(({ id }) => ({
      ...common,
      subject: { kind: 'template' as const, id, field: ['meta', 'requires'] },
      text: text(`of "${id}"`),
    }));
  if (valueOf(configuration.resourceDefaults, 'requires') !== 'unfencing')
    return [...own, ...templates];
  const subject = {
    kind: 'cluster',
    id: '',
    field: ['defaults', 'resources', 'requires'],
  } as const;
  return [...own, ...templates, { ...common, subject, text: text('as a default') }];
}
