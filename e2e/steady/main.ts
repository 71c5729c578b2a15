/** `./dev steady`: a cluster as it is shipped, on a machine that is busy; nothing false may be said. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { repository } from '../lab/toolchain.ts';
import { figures, isWhole, reportText, violations } from './report.ts';
import { keepSteady } from './run.ts';

const usage = `usage: ./dev steady [--for 30m] [--hogs 8] [--resources 20] [--json]

  --for        how long the machine is busy: 90s, 5m, 1h (30m)
  --hogs       processes that take all the CPU time they get (8)
  --resources  how many there are, half of them agents' scripts (20)
  --json       { "figures": […], "report": {…} } on standard output

Three machines with Corosync's own defaults (token 3000, coefficient 650, encrypted), daemons scheduled as
their unit says, monitors every 10 s with default timeouts. Needs root. Logs stay in .cache/steady. Ends with
1 when the membership changed, anybody was fenced or given up, a monitor failed, or a daemon ended.
`;

const interrupt = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(name, () => interrupt.abort());

process.exit(await main(process.argv.slice(2)));

async function main(words: readonly string[]): Promise<number> {
  let options: ReturnType<typeof read>;
  try {
    if (process.getuid?.() !== 0) throw new Error('needs root: it makes network namespaces');
    options = read(words);
  } catch (error) {
    process.stderr.write(`steady: ${(error as Error).message}\n${usage}`);
    return 2;
  }
  const { forMs, hogs, resources, json } = options;
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  say(`${forMs / 1000} s with ${hogs} hogs on ${availableParallelism()} processors`);
  try {
    const directory = join(repository, '.cache', 'steady');
    const given = { forMs, hogs, resources, directory, say, signal: interrupt.signal };
    const report = await keepSteady(given);
    say(reportText(report));
    if (json) process.stdout.write(`${JSON.stringify({ figures: figures(report), report })}\n`);
    return violations(report).length === 0 && isWhole(report) ? 0 : 1;
  } catch (error) {
    say(`steady: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

function read(words: readonly string[]) {
  const { values } = parseArgs({
    args: [...words],
    options: {
      for: { type: 'string', default: '30m' },
      hogs: { type: 'string', default: '8' },
      resources: { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
    },
  });
  return {
    forMs: duration(values.for),
    hogs: whole('--hogs', values.hogs, 256),
    resources: whole('--resources', values.resources, 200),
    json: values.json,
  };
}

function duration(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,6})(s|m|h)$/.exec(text) ?? [];
  const unitMs = { s: 1000, m: 60_000, h: 3_600_000 }[unit];
  if (unitMs !== undefined) return Number(number) * unitMs;
  throw new Error(`--for ${text}: give a time such as 90s, 5m or 1h`);
}

function whole(name: string, text: string, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= most) return number;
  throw new Error(`${name} ${text}: give a whole number up to ${most}`);
}
