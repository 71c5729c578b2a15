/** A rolling upgrade under way: whose program is older, and what that holds up. */
import { knownLevel } from '../cluster/level.ts';
import { listText } from './names.ts';
import type { Reading } from './reading.ts';
import type { Note } from './types.ts';

export function levelNotes({ cluster, nodes }: Reading): Note[] {
  const seen = nodes.filter((node) => node.incarnation !== '');
  const newest = Math.max(...seen.map(knownLevel));
  const older = seen.filter((node) => knownLevel(node) < newest).map(({ name }) => name);
  if (older.length === 0) return [];
  const newer = seen.filter((node) => knownLevel(node) === newest).map(({ name }) => name);
  const text =
    `An upgrade is under way: ${listText(newer)} ${newer.length === 1 ? 'has' : 'have'} a newer ` +
    `version than ${listText(older)}, and all work as the older one (feature level ` +
    `${cluster.featureLevel}).`;
  const advice = `install the newer version on ${listText(older)}; what it brings begins by itself`;
  return [{ severity: 'info', text, advice }];
}
