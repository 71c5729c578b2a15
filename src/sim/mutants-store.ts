/** Those that the store's stories of faults must catch. */
import type { Mutant } from './mutant.ts';
import { acknowledgeEarly, answerEarly, tailByLength } from './mutants-shared.ts';

export const ofTheStore: readonly Mutant[] = [
  {
    name: 'acknowledges before the disk has it',
    changes: acknowledgeEarly,
    says: /power-loss-of-all/,
    caughtBy: 'store',
  },
  {
    name: 'answers before the commit',
    changes: answerEarly,
    says: /own-message-that-nobody-else-got/,
    caughtBy: 'store',
  },
  {
    name: 'the tail of a dead view wins by its length',
    changes: tailByLength,
    says: /long-tail-of-a-dead-view/,
    caughtBy: 'store',
  },
  {
    name: 'the epoch is not persisted before the view opens',
    changes: [
      {
        file: 'core/store/gather.ts',
        find: `  draft.gathering = { ...gathering, attempt: opening };`,
        replace: `  draft.gathering = { ...gathering, attempt: opening };
  sayReady(draft, { quorate: true, persisted: true });`,
      },
    ],
    says: /ring-forgotten-with-the-power/,
    caughtBy: 'store',
  },
  {
    name: 'a joiner counts before the snapshot is on its disk',
    changes: [
      {
        file: 'core/store/joining.ts',
        find: `  replaceDisk(draft, old);`,
        replace: `  replaceDisk(draft, old);
  draft.standing = 'synced';
  send(draft, {
    kind: 'gather',
    view: draft.engine.view,
    round: (draft.group?.round ?? 0) + 1,
    override: false,
  });`,
      },
      {
        file: 'core/store/gather.ts',
        find: `  draft.gathering = { ...gathering, attempt: opening };`,
        replace: `  draft.gathering = { ...gathering, attempt: opening };
  if (draft.disk.job?.kind === 'snapshot') sayReady(draft, { quorate: true, persisted: true });`,
      },
    ],
    says: /joiner-counts-when-its-disk-has-it/,
    caughtBy: 'store',
  },
  {
    name: 'a majority of the view is enough to commit',
    changes: [
      {
        file: 'core/store/outcome.ts',
        find: `lists: distinctLists([...lists, ...newest.configured]) };`,
        replace: `lists: [counted] };`,
      },
    ],
    says: /committed-then-the-answerer-dies/,
    caughtBy: 'store',
  },
  {
    name: 'a snapshot forgets the newest epoch',
    changes: [
      {
        file: 'core/store/restore.ts',
        find: `  return { line: { ...start, log: line.log }, newest, era };`,
        replace: `  return { line: { ...start, log: line.log }, newest: line.acting?.epoch ?? noEpoch, era };`,
      },
    ],
    says: /a snapshot keeps the promise/,
    caughtBy: 'store',
  },
  {
    name: 'a snapshot forgets the commands that wait for their commit',
    changes: [
      {
        file: 'core/store/records.ts',
        find: `    waiting: line.waiting.map((each) => each.entry),`,
        replace: `    waiting: [],`,
      },
    ],
    says: /and the commands that wait/,
    caughtBy: 'store',
  },
  {
    name: 'a node that fell behind sends its commands again',
    changes: [
      {
        file: 'core/store/pending.ts',
        find: `  for (const each of [...ordered, ...sent]) {`,
        replace: `  draft.pending = { ...draft.pending, queued: [...ordered, ...sent] };
  for (const each of [] as Pending[]) {`,
      },
    ],
    says: /cut-off-sender-comes-back-at-once/,
    caughtBy: 'store',
  },
  {
    name: 'messages of a closed view count in the next',
    changes: [
      {
        file: 'core/store/inview.ts',
        find: `  if (group === undefined || message.view !== group.view) return;`,
        replace: `  if (group === undefined) return;`,
      },
    ],
    says: /late-message-of-a-stalled-daemon/,
    caughtBy: 'store',
  },
  {
    name: 'a view that may not act commits what waits',
    changes: [
      {
        file: 'core/store/line.ts',
        find: `  const committed = opening.acting ? applyUpTo(machine, before, before.index) : undefined;`,
        replace: `  const committed = applyUpTo(machine, before, before.index) as Moved<State, Command> | undefined;`,
      },
    ],
    says: /own-message-that-nobody-else-got/,
    caughtBy: 'store',
  },
  {
    name: 'attempts that never opened are replayed',
    changes: [
      {
        file: 'core/store/restore.ts',
        find: `      while (isAttemptBefore(kept.at(-1), record.opening)) kept.pop();`,
        replace: ``,
      },
    ],
    says: /attempted and never opened/,
    caughtBy: 'store',
  },
  {
    name: 'a view acts although newer changes may be elsewhere',
    changes: [
      {
        file: 'core/store/verdict.ts',
        find: `  return judgeKnowledge(each);`,
        replace: `  return { kind: 'may-act' };`,
      },
    ],
    says: /frozen-until-the-newest-is-here/,
    caughtBy: 'store',
  },
  {
    name: 'a member that lost quorum in between calls itself unbroken',
    changes: [
      {
        file: 'core/store/unbroken.ts',
        find: `    unbroken: engine.unbroken && event.quorate,`,
        replace: `    unbroken: engine.unbroken,`,
      },
    ],
    says: /lost-quorum-for-a-moment/,
    caughtBy: 'store',
  },
  {
    name: 'the word on quorum of an older ring counts',
    changes: [
      {
        file: 'core/store/unbroken.ts',
        find: `words.findLast((word) => sameRing(word.ring, ring))`,
        replace: `words.findLast(() => ring !== undefined)`,
      },
    ],
    says: /half-without-the-word-on-quorum/,
    caughtBy: 'store',
  },
  {
    name: 'a joiner forgets what was ordered after the cut',
    changes: [
      {
        file: 'core/store/joining.ts',
        find: `    line = redo(draft, line, input);`,
        replace: `    if (input.kind === 'opening') line = redo(draft, line, input);`,
      },
    ],
    says: /changes go on behind the cut/,
    caughtBy: 'store',
  },
  {
    name: 'a silent member becomes a joiner before it was heard',
    changes: [
      {
        file: 'core/store/opening.ts',
        find: `  if (isConsidered) startJoining(draft, opening);
  else insist(draft);`,
        replace: `  if (round >= 0) startJoining(draft, opening);
  else insist(draft);`,
      },
    ],
    says: /silent-daemon-with-the-newest-state/,
    caughtBy: 'store',
  },
  {
    name: 'an empty disk stands for what it once acknowledged',
    changes: [
      {
        file: 'core/store/verdict.ts',
        find: `  if (begins) return all;`,
        replace: `  if (begins || all.size > 0) return all;`,
      },
    ],
    says: /wiped-disk/,
    caughtBy: 'store',
  },
  {
    name: 'a life goes on in the era of the one before',
    changes: [
      {
        file: 'core/store/replica.ts',
        find: `era === undefined ? 0 : era + 1`,
        replace: `era ?? 0`,
      },
    ],
    says: /each life begins a new era/,
    caughtBy: 'store',
  },
  {
    name: 'a life announces before its era is on the disk',
    changes: [
      {
        file: 'core/store/era.ts',
        find: `  writeNext(draft);
  return true;`,
        replace: `  writeNext(draft);
  return false;`,
      },
    ],
    says: /joiner-counts-when-its-disk-has-it/,
    caughtBy: 'store',
  },
  {
    name: 'a disk counts in an era that it does not have',
    changes: [
      {
        file: 'core/store/outcome.ts',
        find: ` && each.era === era)`,
        replace: `)`,
      },
    ],
    says: /nobody acts where the disks of one era are not enough/,
    caughtBy: 'store',
  },
  {
    name: 'rolled-back records are thrown away',
    changes: [
      {
        file: 'core/store/disk.ts',
        find: `  const keepAside = draft.disk.aside;`,
        replace: `  const keepAside: readonly string[] = [];`,
      },
    ],
    says: /longer-log-that-was-rolled-back/,
    caughtBy: 'store',
  },
  {
    name: 'each node stamps with its own clock',
    changes: [
      {
        file: 'core/store/state.ts',
        find: `  if (alone !== undefined || line.opening?.dc === self(draft)) return draft.wallMs;`,
        replace: `  if (alone !== undefined || line.index >= 0) return draft.wallMs;`,
      },
    ],
    says: /is the clock of the DC/,
    caughtBy: 'store',
  },
];
