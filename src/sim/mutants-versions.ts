/** Bugs in how two versions work together: in runs in which the newer one says more (draw-versions.ts). */
import type { Mutant } from './mutant.ts';

export const ofVersions: readonly Mutant[] = [
  {
    name: 'a node says what its own program knows, before that level is in force',
    changes: [
      {
        file: 'core/store/pending.ts',
        find: `function levelProblem<S, C>({ machine, line }: Draft<S, C>, command: C): string | undefined {
  const wanted = machine.levelOf(command);
  const level = machine.level(line.state);`,
        replace: `function levelProblem<S, C>({ machine, options }: Draft<S, C>, command: C): string | undefined {
  const wanted = machine.levelOf(command);
  const level = options.featureLevel;`,
      },
    ],
    says: /too new: /,
    caughtBy: 'nodes',
  },
  {
    name: 'a node with the older version that is away holds nothing back',
    changes: [
      {
        file: 'core/cluster/level.ts',
        find: `.filter((node) => node.incarnation !== '');`,
        replace: `.filter((node) => node.condition === 'online');`,
      },
    ],
    says: /said too early: |too new: /,
    caughtBy: 'nodes',
  },
  {
    name: 'who comes back with the version before reads what the newer one has left on its disk',
    changes: [
      {
        file: 'core/store/levels.ts',
        find: `if (level <= known) return undefined;`,
        replace: `if (level <= known || known > 0) return undefined;`,
      },
    ],
    says: /too new: /,
    caughtBy: 'nodes',
  },
];
