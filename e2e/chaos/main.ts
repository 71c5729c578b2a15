/** `./dev chaos`: a real cluster under faults that a seed chooses; nothing may ever run twice. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { repository } from '../lab/toolchain.ts';
import { drawNodes } from './plan.ts';
import { byKind, figures, reportText } from './report.ts';
import { runChaos } from './run.ts';
import { createStage } from './stage.ts';
import { keepStory } from './story.ts';

const usage = `usage: ./dev chaos [--seed N] [--for 5m] [--nodes 3..5] [--rounds 0,4,7] [--json]

  --seed     chooses the faults (1)
  --for      how long they go on: 90s, 5m, 1h (2m); the cluster then gets two minutes to be whole
  --nodes    3 to 5; else the seed chooses
  --rounds   only these rounds of the seed
  --json     { "figures": […], "kinds": {…} } on standard output

Needs root. Logs, ledgers and stories stay in .cache/chaos/SEED. Ends with 1 when anything ran twice,
an acknowledged change is missing, or the cluster did not recover.
`;

/** Conventional for a program that Ctrl-C ended (128 + SIGINT). */
const interruptedCode = 130;
const interrupt = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(name, () => interrupt.abort());

process.exit(await main(process.argv.slice(2)));

async function main(words: readonly string[]): Promise<number> {
  const options =
    process.getuid?.() === 0 ? parse(words) : 'needs root: it makes network namespaces';
  if (typeof options === 'string') {
    process.stderr.write(`chaos: ${options}\n${usage}`);
    return 2;
  }
  try {
    return await perform(options);
  } catch (error) {
    if (interrupt.signal.aborted) return interruptedCode;
    process.stderr.write(`chaos: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

interface Options {
  readonly seed: number;
  readonly forMs: number;
  readonly nodes: number;
  readonly rounds: readonly number[] | undefined;
  readonly json: boolean;
}

async function perform({ seed, forMs, nodes, rounds, json }: Options): Promise<number> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const directory = join(repository, '.cache', 'chaos', String(seed));
  say(`seed ${String(seed)}, ${String(nodes)} nodes, for ${String(forMs / 1000)} s; ${directory}`);
  const stage = await createStage(directory, nodes);
  try {
    const { signal } = interrupt;
    const outcome = await runChaos(stage, { seed, forMs, rounds, signal, say });
    const away = stage.client.outages();
    const isRight = outcome.violations.length === 0 && outcome.notConverged === undefined;
    if (!isRight) say(await keepStory(stage));
    say(reportText(outcome, away));
    if (json) {
      const answer = { seed, nodes, figures: figures(outcome, away), kinds: byKind(outcome) };
      process.stdout.write(`${JSON.stringify(answer)}\n`);
    }
    if (!isRight) say(`again: ./dev chaos --seed ${String(seed)} --nodes ${String(nodes)}`);
    return isRight ? 0 : 1;
  } finally {
    await stage.close();
  }
}

/** Answers what is wrong, where something is. */
function parse(words: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        seed: { type: 'string', default: '1' },
        for: { type: 'string', default: '2m' },
        nodes: { type: 'string' },
        rounds: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const seed = whole('--seed', values.seed, 0, 1_000_000_000);
    return {
      seed,
      forMs: duration(values.for),
      nodes: values.nodes === undefined ? drawNodes(seed) : whole('--nodes', values.nodes, 3, 5),
      rounds: values.rounds?.split(',').map((word) => whole('--rounds', word, 0, 1_000_000)),
      json: values.json,
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function whole(option: string, word: string, min: number, max: number): number {
  const value = /^\d+$/.test(word) ? Number(word) : -1;
  if (value >= min && value <= max) return value;
  throw new Error(`${option} must be a number from ${String(min)} to ${String(max)}, is "${word}"`);
}

function duration(word: string): number {
  const [, count, unit] = /^(\d+)(s|m|min|h)$/.exec(word) ?? [];
  const factor = unit === 's' ? 1000 : unit === 'h' ? 3_600_000 : 60_000;
  if (count !== undefined && Number(count) > 0) return Number(count) * factor;
  throw new Error(`--for must be a time such as 90s, 5m or 1h, is "${word}"`);
}
