/**
 * A story on a real cluster is told once more from its beginning when it broke: a test that fails on a
 * busy machine leaves the next ones of its file nothing to stand on, so one more try of the test alone
 * is no help.
 *
 *     node scripts/second-try.ts files REPORT        the files that failed; exit code 1: too many
 *     node scripts/second-try.ts put AGAIN REPORT    in REPORT the files of AGAIN count as they went there
 *
 * Reports are vitest's JSON.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { argv, exit } from 'node:process';

/** More is no bad luck. */
const filesMax = 3;

interface Report {
  readonly testResults: readonly FileResult[];
}

interface FileResult {
  readonly name: string;
  readonly status: string;
  readonly assertionResults: readonly { readonly status: string }[];
}

/** Undefined: none failed, or too many. */
export function failedFiles({ testResults }: Report): readonly string[] | undefined {
  const failed = testResults.filter(({ status }) => status === 'failed');
  return failed.length === 0 || failed.length > filesMax
    ? undefined
    : failed.map(({ name }) => name);
}

/** The first report, with the second one's word on the files that are in both. */
export function putTogether(first: Report, again: Report): object {
  const testResults = first.testResults.map(
    (file) => again.testResults.find(({ name }) => name === file.name) ?? file,
  );
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const count = (...states: readonly string[]): number =>
    tests.filter(({ status }) => states.includes(status)).length;
  return {
    testResults,
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('pending', 'skipped'),
    numTodoTests: count('todo'),
    success: testResults.every(({ status }) => status === 'passed'),
  };
}

const read = (path = ''): Report => JSON.parse(readFileSync(path, 'utf8')) as Report;

function main(verb: string | undefined, paths: readonly string[]): number {
  if (verb === 'put') {
    const [again, report = ''] = paths;
    writeFileSync(report, JSON.stringify(putTogether(read(report), read(again))));
    return 0;
  }
  const files = failedFiles(read(paths[0]));
  for (const file of files ?? []) console.log(relative('.', file));
  return files === undefined ? 1 : 0;
}

if (import.meta.main) exit(main(argv[2], argv.slice(3)));
