/** `./dev sim`: the core under seeded faults, in virtual time. */
import { readIncident, replay } from './incident.ts';
import { promised } from './mutants-promised.ts';
import { mutants } from './mutants.ts';
import { checksOf, tryMutant } from './mutate.ts';
import { readOptions, usage } from './options.ts';
import type { Options } from './options.ts';
import { runSeeds } from './seeds.ts';

process.exitCode = main();

function main(): number {
  const words = process.argv.slice(2);
  if (words.includes('--help')) {
    process.stdout.write(usage);
    return 0;
  }
  const options = readOptions(words);
  if (typeof options === 'string') {
    process.stderr.write(options);
    return 2;
  }
  if (options.mutants !== undefined) return runMutants(options.mutants, options);
  if (options.incident !== undefined) return replayIncident(options.incident);
  return runSeeds(options, console.log);
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

/** Each planted bug must be found by the checks that are named for it. */
function runMutants(words: readonly string[], { json, promised: only }: Options): number {
  const among = only ? promised : mutants;
  const chosen = among.filter((mutant) => words.every((word) => mutant.name.includes(word)));
  let missed = 0;
  for (const mutant of chosen) {
    const { isCaught, told, words: said } = tryMutant(mutant, checksOf(mutant));
    if (!isCaught) missed += 1;
    const say = json ? console.error : console.log;
    say(`${isCaught ? 'caught' : 'MISSED'}  ${mutant.name}`);
    say(`        ${told.find((line) => mutant.says.test(line)) ?? told[0] ?? lastLine(said)}`);
    if (!isCaught) say(`        it should have said ${String(mutant.says)}`);
  }
  const caught = chosen.length - missed;
  if (json) console.log(JSON.stringify({ caught, of: chosen.length }));
  else console.log(`${chosen.length - missed} of ${chosen.length} planted bugs were caught`);
  return missed === 0 && chosen.length > 0 ? 0 : 1;
}

function lastLine(said: string): string {
  return (said.split('\n').at(-1) ?? '').trim();
}
