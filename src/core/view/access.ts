/** Nodes that could not be given access to what they share. */
import type { AccessRefused } from '../cluster/state.ts';
import { isRefused, refusalOf } from '../cluster/unfencing.ts';
import { listText } from './names.ts';
import type { Reading } from './reading.ts';
import type { Note } from './types.ts';

/** One for all that the same was said of. */
export function accessNotes({ cluster, nodes }: Reading): Note[] {
  const byText = new Map<string, { readonly refusal: AccessRefused; readonly names: string[] }>();
  for (const { name, condition } of nodes) {
    const refusal = refusalOf(cluster, name);
    if (condition !== 'online' || refusal === undefined || !isRefused(cluster, name)) continue;
    const known = byText.get(refusal.text)?.names ?? [];
    byText.set(refusal.text, { refusal, names: [...known, name] });
  }
  return [...byText.values()].map(({ refusal, names }) => noteOf(refusal, listText(names)));
}

function noteOf({ text, failures, shotBy }: AccessRefused, names: string): Note {
  const nothing = 'Nothing that needs access to the shared devices is started there.';
  if (shotBy !== undefined && failures === 0)
    return { severity: 'warning', text: `Unfencing of ${names} waits: ${text}. ${nothing}` };
  return {
    severity: 'error',
    text: `Unfencing of ${names} failed: ${text}. ${nothing}`,
    advice: 'mend the device, or the way to it; it is tried again (holdfast fence history)',
  };
}
