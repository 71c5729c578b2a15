import { expect, test } from 'vitest';
import { parse } from './options.ts';
import { drawEquipment } from './plan.ts';
import { clusterTests } from './suite/catalogue.ts';

test('faults by time or by number, tests with and without names', () => {
  expect(parse([])).toMatchObject({ seed: 1, forMs: 120_000, faults: undefined, tests: undefined });
  expect(parse(['--for', '5m', '--nodes', '4'])).toMatchObject({ forMs: 300_000, nodes: 4 });
  expect(parse(['--faults', '500'])).toMatchObject({ faults: 500, forMs: 86_400_000 });
  expect(parse(['--tests'])).toMatchObject({ tests: clusterTests, nodes: 3 });
  expect(parse(['--tests', '--json'])).toMatchObject({ tests: clusterTests, json: true });
  const [flip] = clusterTests;
  expect(parse(['--tests', 'Flip', '--json'])).toMatchObject({ tests: [flip], json: true });
});

test('what the cluster has besides: said, or the seed chooses, and none for tests by name', () => {
  expect(parse(['--with', 'watchdog,qdevice'])).toMatchObject({
    equipment: ['watchdog', 'qdevice'],
  });
  expect(parse(['--seed', '2'])).toMatchObject({ equipment: drawEquipment(2) });
  expect(parse(['--seed', '2', '--with', 'none'])).toMatchObject({ equipment: [] });
  expect(parse(['--seed', '2', '--tests'])).toMatchObject({ equipment: [] });
});

test.each([
  [['--for', 'soon'], /--for must be a time/],
  [['--nodes', '9'], /--nodes must be a number from 3 to 5/],
  [['--faults', '0'], /--faults must be a number from 1/],
  [['--tests', 'Flop'], /there is no test Flop; there is: Flip/],
  [['--with', 'watchdogs'], /--with must be none or some of watchdog, qdevice/],
  [['--what'], /--what/],
])('%j is refused', (words, says) => {
  expect(parse(words)).toMatch(says);
});
