/** Runs of seeds one after the other, and what is told of them. */
import type { Options } from './options.ts';
import type { Plan } from './plan.ts';
import { drawPlan, faultText } from './plan.ts';
import type { Outcome } from './run.ts';
import { nodeNames, run } from './run.ts';
import { shrink } from './shrink.ts';
import { Tally } from './tally.ts';

/** Takes a line, or several. */
type Say = (text: string) => void;

/** Answers the exit code. In a survey all that fail are named, else the first one is looked into. */
export function runSeeds(options: Options, say: Say): number {
  const { first, runs } = options;
  let failed = 0;
  let steps = 0;
  let faults = 0;
  const tally = new Tally();
  const began = performance.now();
  for (let seed = first; seed < first + runs; seed += 1) {
    const plan = planOf(seed, options);
    const outcome = run(plan);
    steps += outcome.steps;
    faults += plan.faults.length;
    tally.add(outcome.tally);
    if (options.story) say(outcome.told.join('\n'));
    if (outcome.problem === undefined) continue;
    if (!options.isSurvey) return report(plan, outcome, options.shrinks, say);
    failed += 1;
    say(`seed ${seed}: ${outcome.problem}`);
  }
  const seconds = (performance.now() - began) / 1000;
  tell({ failed, faults, steps, seconds, tally }, options, say);
  return failed === 0 ? 0 : 1;
}

interface Survey {
  readonly failed: number;
  readonly faults: number;
  readonly steps: number;
  readonly seconds: number;
  readonly tally: Tally;
}

function tell(survey: Survey, { first, runs, json }: Options, say: Say): void {
  const { failed, faults, steps, seconds, tally } = survey;
  const runsPerHour = Math.round((runs / seconds) * 3600);
  if (json) {
    say(JSON.stringify({ runs, failed, faults, steps, runsPerHour }));
    return;
  }
  const words = failed === 0 ? 'everything held' : `${failed} failed`;
  say(`${runs} runs from seed ${first}: ${words}`);
  say(`${faults} faults, ${steps} steps in ${seconds.toFixed(1)} s: ${runsPerHour} runs an hour`);
  say(tally.text());
}

function planOf(seed: number, { faults }: Options): Plan {
  const plan = drawPlan(seed);
  if (faults === undefined) return plan;
  return { ...plan, faults: plan.faults.filter((_, at) => faults.has(at)) };
}

function report(plan: Plan, outcome: Outcome, shrinks: boolean, say: Say): number {
  const small = shrinks ? shrink(plan, outcome) : { plan, outcome };
  const all = drawPlan(plan.seed).faults;
  const kept = small.plan.faults.map((each) =>
    all.findIndex((one) => one.atMs === each.atMs && one.fault.kind === each.fault.kind),
  );
  const names = nodeNames(plan);
  say(`seed ${plan.seed}: ${small.outcome.problem ?? ''}`);
  say(`\nfaults that are enough (${small.plan.faults.length} of ${all.length}):`);
  for (const each of small.plan.faults) say(`  ${faultText(each, names)}`);
  if (plan.absence !== undefined) say(`  away: ${JSON.stringify(plan.absence)}`);
  if (plan.unreached !== undefined) say(`  unreached: ${JSON.stringify(plan.unreached)}`);
  if (plan.calmLoss !== undefined) say(`  in the end: ${JSON.stringify(plan.calmLoss)}`);
  say('\nhow it came to that:');
  for (const line of small.outcome.told.slice(-120)) say(line);
  say(`\nagain: ./dev sim --seed ${plan.seed} --faults ${kept.join(',')} --story`);
  return 1;
}
