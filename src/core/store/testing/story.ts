/**
 * Stories of faults for whole clusters, chosen by fast-check, and what must hold at their end. Run
 * as a program it tries many: `node story.ts [SEED] [RUNS]` prints a shrunk story when one fails.
 */
import * as fc from 'fast-check';
import type { Action } from './drive.ts';
import { act, actions, chooser, heal, wait } from './drive.ts';
import type { WorldOptions } from './world.ts';
import { World } from './world.ts';

export interface Story {
  readonly nodes: number;
  /** Who may be quorate: a majority; half of the nodes with the first among them; everybody. */
  readonly rule: Rule;
  readonly logRecordsMax: number;
  readonly messageBytesMax: number;
  readonly beginsTogether: boolean;
  readonly losesPower: boolean;
  readonly actions: readonly Action[];
}

type Rule = 'majority' | 'tie-breaker' | 'two-node';

const rules = fc.constantFrom<Rule>('majority', 'majority', 'tie-breaker');

export function stories(nodesMax: number, length: number): fc.Arbitrary<Story> {
  return fc.integer({ min: 2, max: nodesMax }).chain((nodes) =>
    fc.record({
      nodes: fc.constant(nodes),
      rule: nodes === 2 ? fc.constant<Rule>('two-node') : rules,
      logRecordsMax: fc.constantFrom(1000, 5, 2),
      messageBytesMax: fc.constantFrom(60_000, 300),
      beginsTogether: fc.boolean(),
      losesPower: fc.boolean(),
      actions: actions(nodes, length),
    }),
  );
}

/** Throws when a promise of the store is broken. */
export function tellStory(story: Story): World {
  const names = ['a', 'b', 'c', 'd', 'e'].slice(0, story.nodes);
  const { logRecordsMax, messageBytesMax } = story;
  const options: WorldOptions = { nodes: names, logRecordsMax, messageBytesMax };
  const world = new World({ ...options, ...quorumOf(story) });
  const choose = chooser(1);
  if (story.beginsTogether) {
    for (const daemon of world.daemons) world.start(daemon, choose);
    wait(world, 3000);
  }
  for (const [at, action] of story.actions.entries()) act(world, action, at);
  if (story.losesPower) for (const daemon of world.daemons) world.crash(daemon, true, choose);
  heal(world);
  return world;
}

/** votequorum(5): auto_tie_breaker and two_node. */
function quorumOf({ rule, nodes }: Story): Pick<WorldOptions, 'quorumOptions' | 'isQuorate'> {
  if (rule === 'majority') return {};
  if (rule === 'two-node') return { quorumOptions: { twoNode: true }, isQuorate: () => true };
  return {
    quorumOptions: { autoTieBreaker: true },
    isQuorate: (here) =>
      2 * here.length > nodes || (2 * here.length === nodes && here.some((node) => node === 'a')),
  };
}

export function storyProperty(nodesMax: number, length: number): fc.IProperty<[Story]> {
  return fc.property(stories(nodesMax, length), (story) => {
    tellStory(story);
  });
}

function main(seed: number, runs: number, shrink: boolean): void {
  const details = fc.check(storyProperty(5, 150), { seed, numRuns: runs, endOnFailure: !shrink });
  if (!details.failed) return;
  const error = details.errorInstance;
  const reason = error instanceof Error ? error.message : String(error);
  const story = JSON.stringify(details.counterexample?.[0], undefined, 1);
  process.stdout.write(`seed ${seed}, run ${details.numRuns}: ${reason}\n${shrink ? story : ''}\n`);
  process.exitCode = 1;
}

if (import.meta.main) {
  const [seed = '1', runs = '1000', shrink = 'yes'] = process.argv.slice(2);
  main(Number(seed), Number(runs), shrink === 'yes');
}
