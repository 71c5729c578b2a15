/** Nodes that could not be given access to what they share. */
import { isRefused, refusalOf } from '../cluster/unfencing.ts';
import { listText } from './names.ts';
import type { Reading } from './reading.ts';
import type { Note } from './types.ts';

/** One for all that the same was said of. */
export function accessNotes({ cluster, nodes }: Reading): Note[] {
  const byText = new Map<string, string[]>();
  for (const { name, condition } of nodes) {
    if (condition !== 'online' || !isRefused(cluster, name)) continue;
    const text = refusalOf(cluster, name)?.text ?? '';
    byText.set(text, [...(byText.get(text) ?? []), name]);
  }
  return [...byText].map(([text, names]) => ({
    severity: 'error',
    text:
      `Unfencing of ${listText(names)} failed: ${text}. Nothing that needs access to the shared ` +
      `devices is started there.`,
    advice: 'mend the device, or the way to it; it is tried again (holdfast fence history)',
  }));
}
