/** Nodes that were taken for off and were not: two copies of what ran there may have written. */
import { ranOnAfter, wordOf } from '../cluster/ran-on.ts';
import type { FencingRecord } from '../cluster/state.ts';
import { WATCHDOG_DEVICE } from '../cluster/watchdog.ts';
import type { Reading } from './reading.ts';
import type { Note } from './types.ts';

/** Until its machine is restarted: whoever looks a day later must not miss it. */
export function ranOnNotes({ cluster, nodes }: Reading): Note[] {
  return nodes.flatMap((node) => {
    const record = ranOnAfter(cluster, node);
    if (node.condition !== 'online' || record === undefined) return [];
    const text =
      `${node.name} was not off: ${wordOf(record)}, but its machine has run on since. ` +
      'What ran there and was started elsewhere may have run twice.';
    return [{ severity: 'error', text, advice: adviceOn(record) }];
  });
}

function adviceOn({ by, device, target }: FencingRecord): string {
  const after = `check the data of what ran there; it is said until ${target} is restarted`;
  if (by !== undefined) return after;
  return device === WATCHDOG_DEVICE.id
    ? `find out why its watchdog did not reset it; ${after}`
    : `find out what ${device} switches instead of ${target} (a wrong plug?), then: holdfast fence test ${target} --for-real; ${after}`;
}
