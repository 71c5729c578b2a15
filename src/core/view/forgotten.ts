/** Nodes that were forgotten while Corosync still counts their votes. */
import { isForgotten } from '../cluster/forget.ts';
import { nodeName } from '../model/ids.ts';
import { listText } from './names.ts';
import type { Reading } from './reading.ts';
import type { Note } from './types.ts';

export function forgottenNotes({ cluster, local }: Reading): Note[] {
  const names = (local.engineNodes ?? []).filter((name) => isForgotten(cluster, nodeName(name)));
  if (names.length === 0) return [];
  const which = names.length === 1 ? 'which was forgotten' : 'which were forgotten';
  return [
    {
      severity: 'warning',
      text: `corosync.conf still names ${listText(names)}, ${which}: Corosync goes on to count the votes as missing.`,
      advice: 'take it out of the nodelist on every node, and on one: corosync-cfgtool -R',
    },
  ];
}
