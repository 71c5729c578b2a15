/** `./dev hostile`: messages and requests from somebody who means harm; see --help. */
import { parseArgs } from 'node:util';

import { hurlRequests } from './api.ts';
import { hurlMessages } from './messages.ts';

const usage = `usage: ./dev hostile [--seed N] [--messages M] [--requests K] [--json]

  --seed N      the first case's seed, default 1; the next case has the next seed
  --messages M  so many messages to nodes of recorded clusters, default 20000: damaged, made up,
                replayed, of newer versions, by strangers
  --requests K  so many requests to the server on a Unix socket, default 20000, nine of ten to the
                one that may write: every route, spoilt bodies, paths, headers, and what is no HTTP
  --json        the report as JSON

Exit code 0: all were answered or refused, and nothing else changed; 1: not so; 2: wrong arguments.
docs/decisions/hostile-input.md says what is checked.
`;

interface Failure {
  readonly seed: number;
  readonly kind: string;
  readonly why: string;
  readonly text: string;
}

process.exitCode = await main();

async function main(): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(`hostile: ${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (options === undefined) {
    process.stdout.write(usage);
    return 0;
  }
  const { seed, messages, requests, json } = options;
  const parts = [
    ['messages', () => hurlMessages(seed, messages), messages],
    ['requests', () => hurlRequests(seed, Math.ceil(requests * 0.9), 'write'), requests],
    ['requests of readers', () => hurlRequests(seed, Math.floor(requests * 0.1), 'read'), requests],
  ] as const;
  const failures: Failure[] = [];
  const reports: Record<string, unknown> = {};
  for (const [what, hurl, count] of parts) {
    if (count === 0) continue;
    const begin = performance.now();
    const report = await hurl();
    const seconds = (performance.now() - begin) / 1000;
    failures.push(...report.failures);
    reports[what] = { ...report, seconds };
    if (!json) process.stdout.write(reportText(what, report, seconds));
  }
  if (json) process.stdout.write(`${JSON.stringify(reports)}\n`);
  return failures.length > 0 ? 1 : 0;
}

function reportText(
  what: string,
  report: Awaited<ReturnType<typeof hurlRequests>> | ReturnType<typeof hurlMessages>,
  seconds: number,
): string {
  const count = 'messages' in report ? report.messages : report.requests;
  const { kinds, refused, failures } = report;
  const lines = failures.slice(0, 20).map((failure) => {
    const text = JSON.stringify(failure.text.slice(0, 200));
    return `  ${failure.seed} ${failure.kind}: ${failure.why}\n    ${text}\n`;
  });
  return (
    `${count} ${what} in ${seconds.toFixed(1)} s, ${failures.length} failures\n` +
    `  made: ${countsText(kinds)}\n  refused: ${countsText(refused)}\n` +
    ('statuses' in report ? `  answered: ${countsText(report.statuses)}\n` : '') +
    lines.join('')
  );
}

function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      messages: { type: 'string', default: '20000' },
      requests: { type: 'string', default: '20000' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const whole = (name: 'seed' | 'messages' | 'requests'): number => {
    const number = Number(values[name]);
    if (/^\d+$/.test(values[name]) && number < 2 ** 31) return number;
    throw new Error(`--${name} ${values[name]}: give a whole number`);
  };
  return {
    seed: whole('seed'),
    messages: whole('messages'),
    requests: whole('requests'),
    json: values.json,
  };
}
