/** A small machine for the store's tests: a list of durable words, volatile notes, who is there. */
import { canonicalJson } from '../../wire/canonical.ts';
import { checksum } from '../../wire/digest.ts';
import type { Machine } from '../types.ts';

export interface Words {
  /** Durable, in order of commitment. */
  readonly kept: readonly string[];
  /** Volatile: gone with the daemon. */
  readonly notes: readonly string[];
  readonly members: readonly string[];
  readonly views: number;
  readonly time: number;
}

export type WordCommand =
  | { readonly kind: 'keep'; readonly word: string }
  | { readonly kind: 'note'; readonly word: string };

const empty: Words = { kept: [], notes: [], members: [], views: 0, time: 0 };

export const words: Machine<Words, WordCommand> = {
  empty,
  apply: (state, command, at) => {
    const time = Math.max(state.time, at.time);
    if (command.kind === 'note')
      return { state: { ...state, notes: [...state.notes, command.word], time } };
    const kept = [...state.kept, command.word];
    return { state: { ...state, kept, time }, answer: kept.length };
  },
  openView: (state, view, at) => ({
    ...state,
    views: state.views + 1,
    time: Math.max(state.time, at.time),
    members: view.members.map((each) => `${each.node} ${each.incarnation}`),
  }),
  restart: (state) => ({ ...empty, kept: state.kept }),
  encode: canonicalJson,
  decode: (text) => JSON.parse(text) as Words,
  encodeCommand: canonicalJson,
  decodeCommand: (text) => {
    const command = JSON.parse(text) as Partial<WordCommand>;
    return command.kind === 'keep' || command.kind === 'note'
      ? (command as WordCommand)
      : undefined;
  },
  level: () => 1,
  levelOf: () => 1,
  digest: (state) => checksum(canonicalJson(state)),
};
