/** The pictures with a known right answer beside the repository: how many are answered rightly. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareGraphs } from '../../e2e/differ/graph.ts';
import { graphOf } from '../../e2e/differ/own.ts';
import { readGraph } from '../../e2e/differ/peer.ts';
import { percentOf } from '../../e2e/differ/report.ts';
import { answerLine } from '../../src/offline/answers.ts';

const repository = join(import.meta.dirname, '..', '..');

/** HOLDFAST_SHARED names another place. The pictures must not be copied into the repository. */
export const suiteFolder = join(
  process.env['HOLDFAST_SHARED'] ?? join(repository, '..', 'shared'),
  'conformance',
);

export interface SuiteCase {
  readonly name: string;
  /** `path` or `path<TAB>time`, as `simulate --batch` reads it. */
  readonly line: string;
}

/** Undefined when the pictures are not there. */
export function suiteCases(): readonly SuiteCase[] | undefined {
  const list = join(suiteFolder, 'visible.txt');
  if (!existsSync(list)) return undefined;
  const times = givenTimes();
  return readFileSync(list, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((name) => name !== '')
    .map((name) => {
      const time = times.get(name);
      const path = join(suiteFolder, 'xml', `${name}.xml`);
      return { name, line: time === undefined ? path : `${path}\t${time}` };
    });
}

/** A few pictures are meant for a time that they do not say themselves. */
function givenTimes(): ReadonlyMap<string, string> {
  const text = readFileSync(join(suiteFolder, 'cases.json'), 'utf8');
  const { cases } = JSON.parse(text) as {
    readonly cases: readonly { readonly name: string; readonly args: readonly string[] }[];
  };
  return new Map(
    cases.flatMap(({ name, args: [option, time] }) =>
      option === '-t' && time !== undefined ? [[name, time] as const] : [],
    ),
  );
}

export interface SuiteScore {
  readonly percent: number;
  readonly wrong: readonly string[];
}

/** Right: the same real actions, and the same order between them. */
export function scoreSuite(cases: readonly SuiteCase[]): SuiteScore {
  const wrong = cases.filter((entry) => !isRight(entry)).map(({ name }) => name);
  return { percent: percentOf(cases.length - wrong.length, cases.length), wrong };
}

function isRight({ name, line }: SuiteCase): boolean {
  const answer = answerLine(line);
  if (answer.error !== null) return false;
  const expected = readGraph(readFileSync(join(suiteFolder, 'exp', `${name}.exp`), 'utf8'));
  return compareGraphs(expected, graphOf(answer)) === undefined;
}
