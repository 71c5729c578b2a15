/**
 * Bugs planted to test the tests: each is a textual change of one file, made in a copy of the
 * source, and the named checks must find it. The product's code carries no switches for this.
 */

export interface Change {
  /** Relative to `src`. */
  readonly file: string;
  /** Must occur exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

export interface Mutant {
  /** What goes wrong, in words. */
  readonly name: string;
  readonly changes: readonly Change[];
  /** The store's stories of faults, the replicated state's tests, or whole nodes in the simulator. */
  readonly caughtBy: 'store' | 'cluster' | 'nodes';
}

export const mutants: readonly Mutant[] = [
  {
    name: 'acknowledges before the disk has it',
    changes: [
      {
        file: 'core/store/disk.ts',
        find: `    draft.outputs.push({ kind: 'append', records, ticket });`,
        replace: `    draft.outputs.push({ kind: 'append', records, ticket });
    draft.disk = { ...draft.disk, index: Math.max(draft.disk.index, indexOf(job)) };
    acknowledge(draft);`,
      },
    ],
    caughtBy: 'store',
  },
  {
    name: 'answers before the commit',
    changes: [
      {
        file: 'core/store/pending.ts',
        find: `      const placed = { ...pending, index: event.entry.index };`,
        replace: `      answer(draft, pending, { kind: 'applied', answer: 0, index: event.entry.index });
      const placed = { ...pending, index: event.entry.index, tag: undefined };`,
      },
    ],
    caughtBy: 'store',
  },
  {
    name: 'the tail of a dead view wins by its length',
    changes: [
      {
        file: 'core/store/groups.ts',
        find: `    compareEpochs(right.newest, left.newest) ||
    right.index`,
        replace: `    right.index`,
      },
    ],
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
    caughtBy: 'store',
  },
  {
    name: 'a snapshot forgets the newest epoch',
    changes: [
      {
        file: 'core/store/restore.ts',
        find: `  return { line: { ...start, log: line.log }, newest };`,
        replace: `  return { line: { ...start, log: line.log }, newest: line.acting?.epoch ?? noEpoch };`,
      },
    ],
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
    caughtBy: 'store',
  },
  {
    name: 'a view acts although newer changes may be elsewhere',
    changes: [
      {
        file: 'core/store/outcome.ts',
        find: `  return each.gathered.override ? { kind: 'may-act' } : judgeKnowledge(each);`,
        replace: `  return { kind: 'may-act' };`,
      },
    ],
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
    caughtBy: 'store',
  },
  {
    name: 'a joiner forgets what was ordered after the cut',
    changes: [
      {
        file: 'core/store/joining.ts',
        find: `  for (const input of queue) line = redo(draft, line, input);`,
        replace: `  for (const input of queue) if (input.kind === 'opening') line = redo(draft, line, input);`,
      },
    ],
    caughtBy: 'store',
  },
  {
    name: 'a silent member becomes a joiner before it was heard',
    changes: [
      {
        file: 'core/store/gather.ts',
        find: `  if (isConsidered) startJoining(draft, opening);
  else insist(draft);`,
        replace: `  if (round >= 0) startJoining(draft, opening);
  else insist(draft);`,
      },
    ],
    caughtBy: 'store',
  },
  {
    name: 'an empty disk stands for what it once acknowledged',
    changes: [
      {
        file: 'core/store/outcome.ts',
        find: `  if (begins) return all;`,
        replace: `  if (begins || all.size > 0) return all;`,
      },
    ],
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
    caughtBy: 'store',
  },
  {
    name: 'starts without waiting for fencing',
    changes: [
      {
        file: 'core/transition/advance.ts',
        find: `.every((earlier) => states[earlier] === 'done');`,
        replace: `.every(
    (earlier) => states[earlier] === 'done' || transition.actions[earlier]?.kind === 'fence',
  );`,
      },
      {
        file: 'core/cluster/safety.ts',
        find: `  if (node.condition === 'down') return undefined;`,
        replace: `  if (node.condition !== 'online') return undefined;`,
      },
    ],
    caughtBy: 'nodes',
  },
  {
    name: 'quorum is not looked at again before a start',
    changes: [
      {
        file: 'core/node/local.ts',
        find: `  if (phase.kind === 'gathering' || phase.kind === 'starting') return { kind: 'later' };
  const reason = startRefusal(node, resource);`,
        replace: `  const reason = phase.kind === 'starting' ? startRefusal(node, resource) : undefined;`,
      },
    ],
    caughtBy: 'nodes',
  },
  {
    name: 'whole nodes: a change is acknowledged before the disk has it',
    changes: [
      {
        file: 'core/store/disk.ts',
        find: `    draft.outputs.push({ kind: 'append', records, ticket });`,
        replace: `    draft.outputs.push({ kind: 'append', records, ticket });
    draft.disk = { ...draft.disk, index: Math.max(draft.disk.index, indexOf(job)) };
    acknowledge(draft);`,
      },
    ],
    caughtBy: 'nodes',
  },
  {
    name: 'whole nodes: the tail of a dead view wins by its length',
    changes: [
      {
        file: 'core/store/groups.ts',
        find: `    compareEpochs(right.newest, left.newest) ||
    right.index`,
        replace: `    right.index`,
      },
    ],
    caughtBy: 'nodes',
  },
  {
    name: 'whole nodes: a change is answered before its commit',
    changes: [
      {
        file: 'core/store/pending.ts',
        find: `      const placed = { ...pending, index: event.entry.index };`,
        replace: `      answer(draft, pending, { kind: 'applied', answer: 0, index: event.entry.index });
      const placed = { ...pending, index: event.entry.index, tag: undefined };`,
      },
    ],
    caughtBy: 'nodes',
  },
  {
    name: 'a stop that timed out is taken for done',
    changes: [
      {
        file: 'core/cluster/results.ts',
        find: `  for (const result of command.results) next = applyResult(next, command.node, result);`,
        replace: `  for (const result of command.results) {
    const isLate = result.operation === 'stop' && result.outcome.kind === 'timed-out';
    const outcome = { kind: 'exited', exitCode: 0, exitReason: '' } as const;
    next = applyResult(next, command.node, isLate ? { ...result, outcome } : result);
  }`,
      },
    ],
    caughtBy: 'nodes',
  },
  {
    name: 'the plan of an earlier leader is carried out after a merge',
    changes: [
      {
        file: 'core/cluster/plans.ts',
        find: `  if (command.view !== state.view) return state;`,
        replace: ``,
      },
      {
        file: 'core/cluster/plans.ts',
        find: `  if (newer <= 0) return new Set();`,
        replace: `  if (newer <= 0 || command.view !== state.view) return new Set();`,
      },
      {
        file: 'core/cluster/safety.ts',
        find: `  if (mayRunManyTimes(state.configuration.model, resource)) return [];`,
        replace: `  if (state.epoch >= 0) return [];`,
      },
    ],
    caughtBy: 'nodes',
  },
  {
    name: 'a confirmed fencing counts for a later life',
    changes: [
      {
        file: 'core/cluster/fencing.ts',
        find: `  if (node.incarnation !== record.incarnation) {`,
        replace: `  if (node.name !== record.target) {`,
      },
    ],
    caughtBy: 'nodes',
  },
  {
    name: 'a node that comes back is not probed',
    changes: [
      {
        file: 'core/scheduler/actions/probes.ts',
        find: `  if (!needsProbe(world, unit, host)) return;`,
        replace: `  if (!needsProbe(world, unit, host) || host.index >= 0) return;`,
      },
      {
        file: 'core/cluster/activity.ts',
        find: `  if (last === undefined) return 'uncertain';`,
        replace: `  if (last === undefined) return 'inactive';`,
      },
    ],
    caughtBy: 'nodes',
  },
  {
    name: 'the history of an earlier life is trusted',
    changes: [
      {
        file: 'core/cluster/nodes.ts',
        find: `    boot: member.boot,
    history: {},`,
        replace: `    boot: member.boot,
    history: old.history,`,
      },
    ],
    caughtBy: 'nodes',
  },
  {
    name: 'a wanted off is merged into a reboot',
    changes: [
      {
        file: 'core/cluster/fencing-methods.ts',
        find: `  return wanted === 'reboot' || done === 'off';`,
        replace: `  return true;`,
      },
    ],
    caughtBy: 'cluster',
  },
  {
    name: 'results from before a stall are believed',
    changes: [
      {
        file: 'core/executor/stalls.ts',
        find: `    operation.stalledMs > 0 &&`,
        replace: `    operation.stalledMs < 0 &&`,
      },
    ],
    caughtBy: 'nodes',
  },
  {
    name: 'a node after a stall judges the others by its old timers',
    changes: [
      {
        file: 'core/node/stalls.ts',
        find: `    noticed[key] = isPatient ? nowMs : monotonicMs(since + gapMs);`,
        replace: `    noticed[key] = isPatient ? since : monotonicMs(since + gapMs);`,
      },
    ],
    caughtBy: 'nodes',
  },
  {
    name: 'what is to be repeated after a stall is told as not begun',
    changes: [
      {
        file: 'core/executor/queue.ts',
        find: `    if (operation.doubted !== undefined) continue;`,
        replace: ``,
      },
    ],
    caughtBy: 'nodes',
  },
  {
    name: 'the margin of the watchdog is forgotten',
    changes: [
      {
        file: 'core/cluster/watchdog.ts',
        find: `  const least = 2 * (watchdog.proofAgeMs + watchdog.timeoutMs);`,
        replace: `  const least = watchdog.proofAgeMs + watchdog.timeoutMs;`,
      },
    ],
    caughtBy: 'cluster',
  },
  {
    name: 'a daemon takes over that its node was armed in an earlier life',
    changes: [
      {
        file: 'core/cluster/nodes.ts',
        find: `without(old.attributes, WATCHDOG_ATTRIBUTE)`,
        replace: `old.attributes`,
      },
    ],
    caughtBy: 'cluster',
  },
];
