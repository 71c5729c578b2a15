/** What members say of monitors that take long (executor/slow.ts). */
import { SLOW_PREFIX } from '../model/attributes.ts';
import type { NodeName } from '../model/ids.ts';
import { resourceId } from '../model/ids.ts';
import { sortedKeys } from './order.ts';
import type { ClusterState, NodeRecord } from './state.ts';
import { tell } from './tell.ts';

export interface SlowMonitor {
  readonly resource: string;
  /** `monitor of web on n2 took 8.1 s of the 10.0 s that it may take (usually 0.2 s)`. */
  readonly words: string;
}

export function slowMonitors({ name, attributes }: NodeRecord): readonly SlowMonitor[] {
  return sortedKeys(attributes).flatMap((attribute) => {
    if (!attribute.startsWith(SLOW_PREFIX)) return [];
    const resource = attribute.slice(SLOW_PREFIX.length);
    const [, took = '', may = '', usual = ''] =
      /^(\d+) (\d+) (\d*)$/.exec(attributes[attribute] ?? '') ?? [];
    if (may === '') return [];
    const usually = usual === '' ? '' : ` (usually ${secondsText(usual)})`;
    const limit = `${secondsText(took)} of the ${secondsText(may)} that it may take`;
    const words = `monitor of ${resource} on ${name} took ${limit}${usually}`;
    return [{ resource, words }];
  });
}

function secondsText(ms: string): string {
  const tenths = Math.round(Number(ms) / 100);
  return `${Math.floor(tenths / 10)}.${tenths % 10} s`;
}

export function tellSlow(before: ClusterState, state: ClusterState, name: NodeName): ClusterState {
  const old = before.nodes[name];
  const now = state.nodes[name];
  if (old === undefined || now === undefined || old.attributes === now.attributes) return state;
  let next = state;
  const known = new Set(slowMonitors(old).map(({ resource }) => resource));
  for (const { resource, words } of slowMonitors(now)) {
    if (known.has(resource)) continue;
    const about = { node: name, resource: resourceId(resource) };
    next = tell(next, { kind: 'alarm', severity: 'warning', ...about, text: words });
  }
  return next;
}
