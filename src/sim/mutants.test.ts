import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import type { Mutant } from './mutant.ts';
import { mutants } from './mutants.ts';
import { tryMutant } from './mutate.ts';

test.each(['', 'seed 1: ', 'seed 1: TypeError: x is undefined', 'FAIL a.test.ts'])(
  'says more than that something is wrong: %s',
  (words) => {
    expect(mutants.filter(({ says }) => says.test(words)).map(({ name }) => name)).toEqual([]);
  },
);

test.each(mutants.map((each) => [each.name, each] as const))(
  'can be planted where it belongs: %s',
  (_name, { changes }) => {
    for (const { file, find } of changes) {
      const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
      expect(text.split(find), `${file}: ${find}`).toHaveLength(2);
    }
  },
);

const planted: Mutant = {
  name: 'two copies',
  changes: [{ file: 'sim/violation.ts', find: 'extends Error {}', replace: 'extends Error { }' }],
  says: /two active copies/,
  caughtBy: 'nodes',
};

/** The check says these words and ends so. */
const caught = (words: string, exit: number, mutant: Partial<Mutant> = {}): boolean => {
  const program = `console.log(${JSON.stringify(words)}); process.exitCode = ${exit};`;
  return tryMutant({ ...planted, ...mutant }, ['-e', program]).isCaught;
};

test('is caught by the violation that it must end with', () => {
  expect(caught('seed 7: two active copies: db runs on n1, n2', 1)).toBe(true);
});

test.each([
  ['exit 1 with other words', 'seed 7: no convergence: db runs nowhere', 1],
  ['the words elsewhere than in what is violated', 'two active copies', 1],
  ['the words, and all is well', 'seed 7: two active copies: db runs on n1, n2', 0],
  ['a program that breaks', 'seed 7: TypeError: two active copies is not a function', 1],
  ['no words at all', '', 1],
])('%s is a miss', (_, words, exit) => {
  expect(caught(words, exit)).toBe(false);
});

test('the store has stories that fail by their names', () => {
  const ofStore = { caughtBy: 'store', says: /answerer-dies/ } as const;
  const failed = ' FAIL  src/core/store/scenarios.test.ts > committed-then-the-answerer-dies.txt';
  const other = failed.replace('committed-then-the-answerer-dies', 'wiped-disk');
  const why = "AssertionError: expected '# a' to be '# b'";
  expect(caught(`${failed}\n${why}`, 1, ofStore)).toBe(true);
  expect(caught(`${failed}\n${other}\n${why}`, 1, ofStore)).toBe(true);
  expect(caught(`${other}\n${why}`, 1, ofStore)).toBe(false);
  expect(caught(`${other}\n${failed}\nTypeError: x is undefined`, 1, ofStore)).toBe(false);
});
