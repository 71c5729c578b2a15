/** Sums vitest's JSON reports: `node scripts/tally.ts allowed|forbidden REPORT...` (about skips). */
import { existsSync, readFileSync } from 'node:fs';
import { argv, exit } from 'node:process';

type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };

/** One report's counts; a file that failed to load has no tests, so it counts as one failure. */
export function countsOf(report: string): Counts {
  const json = JSON.parse(report) as Record<string, unknown>;
  const number = (key: string): number => Number(json[key] ?? 0);
  const failed = number('numFailedTests');
  return {
    passed: number('numPassedTests'),
    failed: failed === 0 && json['success'] === false ? 1 : failed,
    skipped: number('numPendingTests') + number('numTodoTests'),
  };
}

function main(skips: string | undefined, files: readonly string[]): number {
  const counts = files
    .filter((file) => existsSync(file))
    .map((file) => countsOf(readFileSync(file, 'utf8')));
  const sum = (key: keyof Counts): number => counts.reduce((total, one) => total + one[key], 0);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  if (skips === 'forbidden' && sum('skipped') > 0) {
    console.error('With root every test must run: a skipped test is a failure.');
    return 1;
  }
  return sum('failed') > 0 ? 1 : 0;
}

if (import.meta.main) exit(main(argv[2], argv.slice(3)));
