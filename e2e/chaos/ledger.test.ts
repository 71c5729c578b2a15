import { expect, test } from 'vitest';
import { LedgerCheck, parseRecord } from './ledger.ts';

function violations(...lines: readonly string[]): readonly string[] {
  const check = new LedgerCheck('vault');
  return lines.flatMap((line) => check.add(parseRecord(line)!)?.text ?? []);
}

test('holders one after the other are right, also on the same node', () => {
  const lines = ['n1 100 100 0', 'n1 100 125 1', 'n2 200 200 0', 'n2 300 300 0', 'n1 400 400 0'];
  expect(violations(...lines)).toEqual([]);
});

test('a record of an older token after the first of a newer one is a violation, told once', () => {
  const lines = ['n1 1000000 1000000 0', 'n2 2000000 2000000 0'];
  const late = ['n1 1000000 3000000 1', 'n2 2000000 4000000 1', 'n1 1000000 5000000 2'];
  expect(violations(...lines, ...late)).toEqual([
    'vault: n1 (started 0.001 s) wrote record 1 at 0.003 s, after n2 had started at 0.002 s',
  ]);
});

test('two on one node are a violation too', () => {
  expect(violations('n1 100 100 0', 'n1 200 200 0', 'n1 100 300 1')).toHaveLength(1);
});
