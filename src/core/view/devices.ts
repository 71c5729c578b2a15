/** Fence devices that do not answer: the cluster could not recover what a lost node ran. */
import { FENCE_DEVICE_PREFIX, SECRET_MISSING } from '../model/attributes.ts';
import { listText } from './names.ts';
import type { Reading } from './reading.ts';
import type { Note } from './types.ts';

/** A device that does not answer today will not shoot tomorrow. One note for one cause. */
export function deviceNotes(reading: Reading): Note[] {
  const notes: Note[] = [];
  for (const device of reading.cluster.configuration.model.fenceDevices) {
    const askers = new Map<string, string[]>();
    for (const node of reading.nodes) {
      const words = node.attributes[`${FENCE_DEVICE_PREFIX}${device.id}`];
      if (node.condition !== 'online' || words === undefined || words === 'ok') continue;
      // That a secret is missing is told by itself, and was when it has been stored since.
      if (words.endsWith(SECRET_MISSING)) continue;
      askers.set(words, [...(askers.get(words) ?? []), node.name]);
    }
    for (const [words, nodes] of askers) {
      notes.push({
        severity: 'error',
        text: `Fence device ${device.id} does not answer ${listText(nodes)}: ${words}`,
        advice: 'mend it now: without it nothing of a lost node is recovered',
      });
    }
  }
  return notes;
}
