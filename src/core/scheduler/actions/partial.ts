/** Migrations that were interrupted half way. */
import { whyContainerCannot, whyNodeCannot } from '../../model/live-containers.ts';
import { isAvailable } from '../assignment/hosts.ts';
import { agentChanged } from '../digests/compare.ts';
import { cloneOf, ROLE } from '../world.ts';
import type { Host, Unit } from '../world.ts';

/** A half done migration whose target is still the wanted one is continued. */
export const isPartialMigration = (unit: Unit, target: Host | undefined): boolean =>
  unit.partialTarget !== undefined &&
  unit.partialTarget === target &&
  unit.activeOn.length === 2 &&
  unit.partialSource !== undefined &&
  unit.activeOn.includes(unit.partialSource) &&
  mayMigrate(unit, unit.partialSource, target);

/** Whether the unit as it is may move live between these two. */
export function mayMigrate(unit: Unit, source: Host, target: Host): boolean {
  const connection = unit.connectionOf !== undefined && unit.containerUnit === undefined;
  const migratable = unit.migratable || (connection && unit.meta.get('allow-migrate') !== 'false');
  if (!migratable || !unit.managed || unit.failed || unit.stopNeeded || unit.removed) return false;
  if (cloneOf(unit) !== undefined || unit.pendingTask === 'start') return false;
  if (unit.role < ROLE.started || agentChanged(unit, source)) return false;
  if (!source.online || source.unclean || !isAvailable(target, true)) return false;
  return isFitForCheckpoint(unit, source, target);
}

/** A container is written down at the source and read at the target: both have to have what does it. */
function isFitForCheckpoint({ definition }: Unit, source: Host, target: Host): boolean {
  if (definition?.agent.class !== 'container') return true;
  const { parameters } = definition;
  const cannot = ({ name, attributes }: Host): boolean =>
    whyNodeCannot(name, (attribute) => attributes.get(attribute), parameters) !== undefined;
  if (cannot(source) || cannot(target)) return false;
  return whyContainerCannot(parameters) === undefined;
}
