import type { EventView } from '../../src/core/view/types.ts';
import type { FailoverParts } from '../lab/timeline.ts';

/**
 * Splits the time away by what the cluster's history says: noticed at the first failed operation or
 * the first fencing, agents by the durations of what was stopped and started. `events`: those since
 * the fault.
 */
export function partsFromHistory(
  events: readonly EventView[],
  faultMs: number,
  totalMs: number,
): FailoverParts {
  const noticed = events.find(isNotice);
  const detectionMs = Math.min(totalMs, Math.max(0, (noticed?.time ?? faultMs) - faultMs));
  const fencing = sum(events.filter(({ kind }) => kind === 'fencing'));
  const fencingMs = Math.min(fencing, totalMs - detectionMs);
  const acts = events.filter(({ operation }) => operation === 'start' || operation === 'stop');
  // An agent may still look at a service that already serves.
  const agentsMs = Math.min(sum(acts), totalMs - detectionMs - fencingMs);
  const ownMs = totalMs - detectionMs - fencingMs - agentsMs;
  return { detectionMs, fencingMs, agentsMs, ownMs, totalMs };
}

/** The word that sets recovery going. */
function isNotice({ kind, operation, severity }: EventView): boolean {
  if (kind === 'fencing') return true;
  return operation === 'monitor' && severity !== 'info' && severity !== 'good';
}

const sum = (events: readonly EventView[]) =>
  events.reduce((ms, { durationMs }) => ms + (durationMs ?? 0), 0);
