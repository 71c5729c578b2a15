/** Sums vitest's JSON reports: `node scripts/tally.ts allowed|forbidden REPORT...` (about skips). */
import { existsSync, readFileSync } from 'node:fs';
import { argv, exit } from 'node:process';

type Counts = {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Of the skipped ones: those that lack the pictures, which must not be in the repository. */
  readonly excused: number;
};

/** A test with this in its name needs what lies beside the repository, and may be without it. */
const EXCUSE = '(needs ../shared)';

/** One report's counts; a file that failed to load has no tests, so it counts as one failure. */
export function countsOf(report: string): Counts {
  const json = JSON.parse(report) as Record<string, unknown>;
  const number = (key: string): number => Number(json[key] ?? 0);
  const failed = number('numFailedTests');
  return {
    passed: number('numPassedTests'),
    failed: failed === 0 && json['success'] === false ? 1 : failed,
    skipped: number('numPendingTests') + number('numTodoTests'),
    excused: excusedIn(json),
  };
}

type Files = readonly { readonly assertionResults?: readonly Assertion[] }[];
type Assertion = { readonly fullName?: string; readonly status?: string };

function excusedIn(json: Record<string, unknown>): number {
  const files = (json['testResults'] ?? []) as Files;
  const tests = files.flatMap((file) => file.assertionResults ?? []);
  const isExcused = ({ status, fullName }: Assertion): boolean =>
    status !== 'passed' && status !== 'failed' && (fullName ?? '').includes(EXCUSE);
  return tests.filter(isExcused).length;
}

/** What is wrong with a run, in a sentence; nothing when it may pass. */
export function objection(
  { passed, failed, skipped, excused }: Counts,
  skips: string,
): string | undefined {
  if (failed > 0) return 'Tests failed.';
  if (passed === 0) return 'No test ran.';
  if (skips === 'forbidden' && skipped > excused)
    return 'As root every test must run: none may be skipped.';
  return undefined;
}

function main(skips: string, files: readonly string[]): number {
  const reports = files.filter((file) => existsSync(file));
  const counts = reports.map((file) => countsOf(readFileSync(file, 'utf8')));
  const sum = (key: keyof Counts): number => counts.reduce((total, one) => total + one[key], 0);
  const total = {
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    excused: sum('excused'),
  };
  const wrong = objection(total, skips);
  if (wrong !== undefined) console.error(wrong);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return wrong === undefined ? 0 : 1;
}

if (import.meta.main) exit(main(argv[2] ?? 'forbidden', argv.slice(3)));
