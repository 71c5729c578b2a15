/**
 * `node e2e/engine/main.ts orders [ROUNDS [PART OF A CASE]]`: how often a node delivers what the others never get.
 * Prints one line for each case: sender, traffic, fault. Needs root.
 */
import { createLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import { faults, loseMessages } from './orders.ts';
import type { Round, Traffic } from './orders.ts';

type Case = readonly [sender: string, traffic: Traffic, fault: string];

const cases: readonly Case[] = (['one', 'flood'] as const).flatMap((traffic) =>
  ['n1', 'n3'].flatMap((sender) =>
    Object.keys(faults).map((fault) => [sender, traffic, fault] as const),
  ),
);

async function orders(rounds: number, wanted: string): Promise<void> {
  const lab = await createLab();
  try {
    await lab.startCorosync();
    for (const one of cases.filter((entry) => entry.join(', ').includes(wanted))) {
      const results = await runCase(lab, one, rounds);
      process.stdout.write(`${one.join(', ')}: ${summary(results)}\n`);
    }
  } finally {
    await lab.close();
  }
}

async function runCase(lab: Lab, [sender, traffic, fault]: Case, rounds: number): Promise<Round[]> {
  const results: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    results.push(await loseMessages(lab, sender, faults[fault]!, traffic));
  }
  return results;
}

function summary(results: readonly Round[]): string {
  const hit = results.filter(({ alone }) => alone > 0);
  const most = Math.max(...results.map(({ alone }) => alone));
  return `${hit.length} of ${results.length} rounds, at most ${most} messages`;
}

const [, , verb, rounds = '10', wanted = ''] = process.argv;
if (verb !== 'orders') throw new Error('usage: main.ts orders [ROUNDS [PART OF A CASE]]');
await orders(Number(rounds), wanted);
