/** The twelve that whole nodes must catch, by the names that were promised. */
import type { Mutant } from './mutant.ts';
import { acknowledgeEarly, tailByLength } from './mutants-shared.ts';

export const promised: readonly Mutant[] = [
  {
    name: 'start without waiting for fencing',
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
    says: /started beside another copy/,
    caughtBy: 'nodes',
  },
  {
    name: 'timed-out stop taken for done',
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
    says: /started beside another copy/,
    caughtBy: 'nodes',
  },
  {
    name: "stale DC's order executed after a merge",
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
    says: /a stale order/,
    caughtBy: 'nodes',
  },
  {
    name: 'quorum not re-checked before spawn',
    changes: [
      {
        file: 'core/node/local.ts',
        find: `  if (phase.kind === 'gathering' || phase.kind === 'starting') return { kind: 'later' };
  const reason =
    startRefusal(node) ?? accessRefusal(node, resource) ?? copyRefusal(node, resource, operation);`,
        replace: `  const reason = phase.kind === 'starting' ? startRefusal(node) : undefined;`,
      },
    ],
    says: /begins on \S+ without quorum/,
    caughtBy: 'nodes',
  },
  {
    name: 'results from before a stall believed',
    changes: [
      {
        file: 'core/executor/stalls.ts',
        find: `    operation.stalledMs > 0 &&`,
        replace: `    operation.stalledMs < 0 &&`,
      },
    ],
    says: /a needless failure/,
    caughtBy: 'nodes',
  },
  {
    name: 'watchdog margin forgotten',
    changes: [
      {
        file: 'core/cluster/watchdog.ts',
        find: `  const least = 2 * (watchdog.proofAgeMs + watchdog.timeoutMs);`,
        replace: `  const least = watchdog.proofAgeMs + watchdog.timeoutMs;`,
      },
    ],
    says: /not off: .* fenced by watchdog/,
    caughtBy: 'nodes',
  },
  {
    name: 'answer before fsync',
    changes: acknowledgeEarly,
    // What was lost may be that a node's access was taken away.
    says: /acknowledged and lost|no access/,
    caughtBy: 'nodes',
  },
  {
    name: 'tail of a dead view kept on merge',
    changes: tailByLength,
    says: /acknowledged and lost/,
    caughtBy: 'nodes',
  },
  {
    name: 'confirmation for an older incarnation accepted',
    changes: [
      {
        file: 'core/cluster/fencing.ts',
        find: `  if (node.incarnation !== record.incarnation) {`,
        replace: `  if (node.name !== record.target) {`,
      },
    ],
    says: /not off: .* never lost its power/,
    caughtBy: 'nodes',
  },
  {
    name: 'probe skipped after rejoin',
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
    says: /started beside another copy/,
    caughtBy: 'nodes',
  },
  {
    name: 'operation history trusted across incarnations',
    changes: [
      {
        file: 'core/cluster/nodes.ts',
        find: `    boot: member.boot,
    history: {},`,
        replace: `    boot: member.boot,
    history: old.history,`,
      },
    ],
    says: /no convergence: \S+ runs 0 times|started beside another copy/,
    caughtBy: 'nodes',
  },
  {
    name: 'off merged into reboot',
    changes: [
      {
        file: 'core/cluster/fencing-methods.ts',
        find: `  return wanted === 'reboot' || done === 'off';`,
        replace: `  return true;`,
      },
    ],
    says: /rebooted instead of switched off/,
    caughtBy: 'nodes',
  },
];
