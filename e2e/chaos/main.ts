/** `./dev chaos`: a real cluster under faults that a seed chooses; nothing may ever run twice. */
import { join } from 'node:path';
import { repository } from '../lab/toolchain.ts';
import { parse, usage } from './options.ts';
import type { Options } from './options.ts';
import { byKind, figures, reportText } from './report.ts';
import { runChaos } from './run.ts';
import { createStage } from './stage.ts';
import { keepStory } from './story.ts';
import { clusterTests } from './suite/catalogue.ts';
import type { ClusterTest } from './suite/catalogue.ts';
import { runSuite } from './suite/run.ts';

/** Conventional for a program that Ctrl-C ended (128 + SIGINT). */
const interruptedCode = 130;
const interrupt = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(name, () => interrupt.abort());
const { signal } = interrupt;

process.exit(await main(process.argv.slice(2)));

async function main(words: readonly string[]): Promise<number> {
  const options =
    process.getuid?.() === 0 ? parse(words) : 'needs root: it makes network namespaces';
  if (typeof options === 'string') {
    process.stderr.write(`chaos: ${options}\n${usage}`);
    return 2;
  }
  try {
    const { tests } = options;
    return await (tests === undefined ? strikeAll(options) : testAll(tests, options));
  } catch (error) {
    if (signal.aborted) return interruptedCode;
    process.stderr.write(`chaos: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

async function strikeAll(options: Options): Promise<number> {
  const { seed, forMs, faults, nodes, json, equipment } = options;
  const having = equipment.join(',') || 'none';
  const directory = join(repository, '.cache', 'chaos', String(seed));
  const amount =
    faults === undefined ? `for ${String(forMs / 1000)} s` : `${String(faults)} faults`;
  say(`seed ${String(seed)}, ${String(nodes)} nodes, with ${having}, ${amount}; ${directory}`);
  const stage = await createStage(directory, nodes, equipment);
  try {
    const outcome = await orInterrupted(runChaos(stage, { ...options, signal, say }));
    const away = stage.client.outages();
    const isRight = outcome.violations.length === 0 && outcome.notConverged === undefined;
    if (!isRight) say(await keepStory(stage));
    say(reportText(outcome, away));
    if (json) answer({ seed, nodes, figures: figures(outcome, away), kinds: byKind(outcome) });
    const words = `--seed ${String(seed)} --nodes ${String(nodes)} --with ${having}`;
    if (!isRight) say(`again: ./dev chaos ${words}`);
    return isRight ? 0 : 1;
  } finally {
    await stage.close();
  }
}

async function testAll(tests: readonly ClusterTest[], options: Options): Promise<number> {
  const { seed, nodes, json } = options;
  const directory = join(repository, '.cache', 'chaos', 'tests');
  say(`seed ${String(seed)}, ${String(nodes)} nodes; ${directory}`);
  const stage = await createStage(directory, nodes);
  try {
    const failed = async () => say(await keepStory(stage));
    const results = await orInterrupted(runSuite(stage, tests, { seed, signal, say, failed }));
    const passed = results.filter(({ ok }) => ok).length;
    say(`${String(passed)} of ${String(results.length)} tests passed`);
    const whole = tests.length === clusterTests.length;
    const name = whole ? 'cts-tests-passed' : 'cts-tests-chosen-passed';
    const figure = { name, unit: 'tests', value: passed, of: results.length };
    if (json) answer({ seed, nodes, figures: [figure], tests: results });
    return passed === results.length ? 0 : 1;
  } finally {
    await stage.close();
  }
}

/** Ctrl-C waits for nothing that is under way: the lab is closed under it. */
function orInterrupted<T>(running: Promise<T>): Promise<T> {
  running.catch(() => {}); // When the lab goes it fails, and nobody asks it why.
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('interrupted')), { once: true });
  });
  return Promise.race([running, interrupted]);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function answer(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
