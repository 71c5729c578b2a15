/** Changes that both the store's stories and whole nodes must catch. */
import type { Change } from './mutant.ts';

export const acknowledgeEarly: readonly Change[] = [
  {
    file: 'core/store/disk.ts',
    find: `    draft.outputs.push({ kind: 'append', records, ticket });`,
    replace: `    draft.outputs.push({ kind: 'append', records, ticket });
    draft.disk = { ...draft.disk, index: Math.max(draft.disk.index, indexOf(job)) };
    acknowledge(draft);`,
  },
];

export const tailByLength: readonly Change[] = [
  {
    file: 'core/store/groups.ts',
    find: `    compareEpochs(right.newest, left.newest) ||
    right.index`,
    replace: `    right.index`,
  },
];

export const answerEarly: readonly Change[] = [
  {
    file: 'core/store/pending.ts',
    find: `      const placed = { ...pending, index: event.entry.index };`,
    replace: `      answer(draft, pending, { kind: 'applied', answer: 0, index: event.entry.index });
      const placed = { ...pending, index: event.entry.index, tag: undefined };`,
  },
];
