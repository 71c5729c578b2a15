/** A promotable clone of which no copy is promoted does not do what it is there for. */
import type { Resource } from '../model/configuration.ts';
import { blockerText } from './progress.ts';
import { isPromotable, metaOf } from './reading.ts';
import type { Reading } from './reading.ts';
import { actionText } from './names.ts';
import type { InstanceView, WhyNot } from './types.ts';

/** `on`: where its copies run. Undefined where one is promoted, or none is meant to be. */
export function whyUnpromoted(
  reading: Reading,
  resource: Resource,
  on: readonly InstanceView[],
): WhyNot | undefined {
  if (resource.kind !== 'clone' || !isPromotable(resource)) return undefined;
  if (on.length === 0 || on.some(({ role }) => role === 'Promoted')) return undefined;
  if (!isWanted(resource) || !isWanted(resource.child)) return undefined;
  const id =
    resource.child.kind === 'group' ? resource.child.members.at(-1)?.id : resource.child.id;
  if (id === undefined) return undefined;
  const soon = [...(reading.readyOf.get(id) ?? []), ...(reading.waitingOf.get(id) ?? [])].find(
    ({ kind }) => kind === 'promote',
  );
  if (soon !== undefined) {
    const blocker = blockerText(reading, soon);
    return {
      reason: `Planned: ${actionText(soon)}${blocker === undefined ? '' : `, after: ${blocker}`}.`,
    };
  }
  const hasScore = reading.nodes.some(({ attributes }) =>
    Object.keys(attributes).some(
      (name) => name === `master-${id}` || name.startsWith(`master-${id}:`),
    ),
  );
  const why = hasScore
    ? 'the promotion scores and the rules allow none'
    : 'its agent has set no promotion score on any node';
  return { reason: `No copy is promoted: ${why}.`, advice: `holdfast why ${resource.id}` };
}

function isWanted(resource: Resource): boolean {
  const role = metaOf(resource, 'target-role')?.toLowerCase();
  if (role === 'unpromoted' || role === 'slave' || role === 'stopped') return false;
  return metaOf(resource, 'promoted-max') !== '0' && metaOf(resource, 'master-max') !== '0';
}
