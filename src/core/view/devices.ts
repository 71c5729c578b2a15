/** Fence devices that do not answer: the cluster could not recover what a lost node ran. */
import { FENCE_DEVICE_PREFIX } from '../model/attributes.ts';
import type { Reading } from './reading.ts';
import type { Note } from './types.ts';

/** A device that does not answer today will not shoot tomorrow. */
export function deviceNotes(reading: Reading): Note[] {
  const notes: Note[] = [];
  for (const { id } of reading.cluster.configuration.model.fenceDevices) {
    for (const { name, condition, attributes } of reading.nodes) {
      const words = attributes[`${FENCE_DEVICE_PREFIX}${id}`];
      if (condition !== 'online' || words === undefined || words === 'ok') continue;
      notes.push({
        severity: 'error',
        text: `Fence device ${id} does not answer ${name}: ${words}`,
        advice: 'mend it now: without it nothing of a lost node is recovered',
      });
    }
  }
  return notes;
}
