/** A node that answers and is all the same no place for anything: it is being fenced, or is to be. */
import { isAfterthought, isUnfencing } from '../cluster/fencing-methods.ts';
import { isAskedFor } from '../cluster/fencing-request.ts';
import type { PlannedAction } from '../model/plan.ts';
import type { Reading } from './reading.ts';

/** In words, with what made it necessary; undefined: nobody wants to. */
export function toBeFenced({ cluster }: Reading, node: string): string | undefined {
  const active = cluster.fencing.active.find(
    (request) => request.target === node && !isUnfencing(request) && !isAfterthought(request),
  );
  if (active !== undefined) return `it is being fenced: ${active.reason}`;
  const { transition } = cluster;
  const planned = transition?.actions.find(
    (action, index) =>
      action.node === node && isShooting(action) && isOpen.has(transition.states[index] ?? ''),
  );
  if (planned !== undefined) return `it is to be fenced: ${planned.reason}`;
  return isAskedFor(cluster, node) ? 'it is to be fenced: somebody asked for it' : undefined;
}

const isShooting = ({ kind, pseudo, fenceMethod }: PlannedAction): boolean =>
  kind === 'fence' && !pseudo && fenceMethod !== 'on';

const isOpen: ReadonlySet<string> = new Set(['ready', 'waiting']);
