/**
 * `./dev sim`: the core under seeded faults, in virtual time.
 *
 *     ./dev sim [--seed N] [--runs M] [--faults 0,3,4] [--story]
 *     ./dev sim --from N --to M        these seeds, both included, and all that fail of them
 *     ./dev sim --incident FILE        what a daemon did, again (holdfast report --incident)
 *     ./dev sim mutants [--promised] [WORDS]
 *
 * `--json` says in one line how it ended, for the bench.
 */
import { parseArgs } from 'node:util';
import { readIncident, replay } from './incident.ts';
import { promised } from './mutants-promised.ts';
import { mutants } from './mutants.ts';
import { checksOf, tryMutant } from './mutate.ts';
import type { Plan } from './plan.ts';
import { drawPlan, faultText } from './plan.ts';
import type { Outcome } from './run.ts';
import { nodeNames, run } from './run.ts';
import { shrink } from './shrink.ts';
import { Tally } from './tally.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1' },
    from: { type: 'string' },
    to: { type: 'string' },
    incident: { type: 'string' },
    faults: { type: 'string' },
    story: { type: 'boolean', default: false },
    promised: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
  },
});

process.exitCode = main();

function main(): number {
  if (positionals[0] === 'mutants') return runMutants(positionals.slice(1));
  if (values.incident !== undefined) return replayIncident(values.incident);
  const first = integerOf('--seed', values.from ?? values.seed);
  const runs = integerOf('--runs', values.runs);
  return runSeeds(first, values.to === undefined ? runs : integerOf('--to', values.to) - first + 1);
}

/** Divergence is no fault of the file: it says that this program does otherwise. */
function replayIncident(path: string): number {
  const incident = readIncident(path);
  const { inputs, effects, decisions, divergence, told } = replay(incident);
  console.log(told.join('\n'));
  console.log(`\nincident ${incident.id} of ${incident.node}, made by version ${incident.version}`);
  console.log(`${inputs} inputs, ${effects} effects, ${decisions} decisions made again`);
  console.log(divergence === undefined ? 'all the same as then' : `other than then: ${divergence}`);
  return divergence === undefined ? 0 : 1;
}

/** With `--to` all that fail are told, else the first one is looked into. */
function runSeeds(first: number, runs: number): number {
  let failed = 0;
  let steps = 0;
  let faults = 0;
  const tally = new Tally();
  const began = performance.now();
  for (let seed = first; seed < first + runs; seed += 1) {
    const plan = planOf(seed);
    const outcome = run(plan);
    steps += outcome.steps;
    faults += plan.faults.length;
    tally.add(outcome.tally);
    if (values.story) console.log(outcome.told.join('\n'));
    if (outcome.problem === undefined) continue;
    if (values.to === undefined) return report(plan, outcome);
    failed += 1;
    console.log(`seed ${seed}: ${outcome.problem}`);
  }
  const seconds = (performance.now() - began) / 1000;
  const runsPerHour = Math.round((runs / seconds) * 3600);
  if (values.json) {
    console.log(JSON.stringify({ runs, failed, faults, steps, runsPerHour }));
    return failed === 0 ? 0 : 1;
  }
  const words = failed === 0 ? 'everything held' : `${failed} failed`;
  console.log(`${runs} runs from seed ${first}: ${words}`);
  console.log(
    `${faults} faults, ${steps} steps in ${seconds.toFixed(1)} s: ${runsPerHour} runs an hour`,
  );
  console.log(tally.text());
  return failed === 0 ? 0 : 1;
}

function planOf(seed: number): Plan {
  const plan = drawPlan(seed);
  if (values.faults === undefined) return plan;
  const chosen = new Set(values.faults.split(',').filter(Boolean).map(Number));
  return { ...plan, faults: plan.faults.filter((_, at) => chosen.has(at)) };
}

function report(plan: Plan, outcome: Outcome): number {
  const small = values['no-shrink'] ? { plan, outcome } : shrink(plan, outcome);
  const all = drawPlan(plan.seed).faults;
  const kept = small.plan.faults.map((each) =>
    all.findIndex((one) => one.atMs === each.atMs && one.fault.kind === each.fault.kind),
  );
  const names = nodeNames(plan);
  console.log(`seed ${plan.seed}: ${small.outcome.problem ?? ''}`);
  console.log(`\nfaults that are enough (${small.plan.faults.length} of ${all.length}):`);
  for (const each of small.plan.faults) console.log(`  ${faultText(each, names)}`);
  if (plan.absence !== undefined) console.log(`  away: ${JSON.stringify(plan.absence)}`);
  console.log('\nhow it came to that:');
  for (const line of small.outcome.told.slice(-120)) console.log(line);
  console.log(`\nagain: ./dev sim --seed ${plan.seed} --faults ${kept.join(',')} --story`);
  return 1;
}

/** Each planted bug must be found by the checks that are named for it. */
function runMutants(words: readonly string[]): number {
  const among = values.promised ? promised : mutants;
  const chosen = among.filter((mutant) => words.every((word) => mutant.name.includes(word)));
  let missed = 0;
  for (const mutant of chosen) {
    const { isCaught, told, words: said } = tryMutant(mutant, checksOf(mutant));
    if (!isCaught) missed += 1;
    const say = values.json ? console.error : console.log;
    say(`${isCaught ? 'caught' : 'MISSED'}  ${mutant.name}`);
    say(`        ${told.find((line) => mutant.says.test(line)) ?? told[0] ?? lastLine(said)}`);
    if (!isCaught) say(`        it should have said ${String(mutant.says)}`);
  }
  const caught = chosen.length - missed;
  if (values.json) console.log(JSON.stringify({ caught, of: chosen.length }));
  else console.log(`${chosen.length - missed} of ${chosen.length} planted bugs were caught`);
  return missed === 0 && chosen.length > 0 ? 0 : 1;
}

const lastLine = (said: string): string => (said.split('\n').at(-1) ?? '').trim();

function integerOf(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`${option} must be a number, is "${text}"`);
}
