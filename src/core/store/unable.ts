/** A node whose program is older than the cluster: it says so itself, and the others say it, too. */
import type { NodeName } from '../model/ids.ts';
import { wantedLevel } from './levels.ts';
import type { Announced } from './messages.ts';
import type { Draft } from './state.ts';
import { note } from './state.ts';

/** Why this node does not ask for the state of the group. */
export function levelRefusal<S, C>({ group, options }: Draft<S, C>): string | undefined {
  const known = options.featureLevel;
  if (group === undefined || group.level <= known) return undefined;
  return (
    `this node does not join: the cluster is at feature level ${group.level}, and this program ` +
    `knows ${known}; install the version that the other nodes have`
  );
}

/** The others say it, too: on the node itself nobody may look. */
export function nameUnable<S, C>(draft: Draft<S, C>, announced: readonly Announced[]): void {
  const wanted = wantedLevel(announced);
  for (const { node, featureLevel } of announced) {
    if (featureLevel < wanted) nameOne(draft, node, featureLevel, wanted);
  }
}

function nameOne<S, C>(draft: Draft<S, C>, node: NodeName, known: number, wanted: number): void {
  const code = `level ${node}`;
  if (draft.findings.some((each) => each.code === code)) return;
  const text =
    `${node} does not join: its program knows feature level ${known}, and the cluster is at ` +
    `${wanted}: install the version that the other nodes have`;
  note(draft, code, text);
}
