/** A node whose program is older than the cluster: it says so itself, and the others say it, too. */
import type { NodeName } from '../model/ids.ts';
import { wantedLevel } from './levels.ts';
import type { Line } from './line.ts';
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

/**
 * May this program go on with the line as it is now? Of who only gets the state, or was heard in views alone
 * that did not act, nobody has noted what it knows, so the level may rise above that. It does not take the step,
 * keeps what it could read, and waits for a newer program like those that come later.
 */
export function mayRead<S, C>(draft: Draft<S, C>, { state }: Line<S, C>): boolean {
  const level = draft.machine.level(state);
  const isKnown = level <= draft.options.featureLevel;
  noteLevel(draft, level);
  if (!isKnown && draft.group !== undefined) draft.group = { ...draft.group, holds: false };
  return isKnown;
}

/** What is in force in the group's line now. */
export function noteLevel<S, C>(draft: Draft<S, C>, level: number): void {
  const { group } = draft;
  if (group !== undefined && group.level < level) draft.group = { ...group, level };
}

/** The others say it, too: on the node itself nobody may look. */
export function nameUnable<S, C>(draft: Draft<S, C>, announced: readonly Announced[]): void {
  const wanted = Math.max(draft.group?.level ?? 0, wantedLevel(announced));
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
