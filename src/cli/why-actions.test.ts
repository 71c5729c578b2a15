import { expect, it } from 'vitest';

import { explanationLines } from './render/why.ts';
import { PLAIN } from './terminal.ts';

it('of a file it says what would be done, why, and what that waits for', () => {
  const explanation = {
    resource: 'web',
    instances: [],
    instancesLeftOut: 0,
    counterfactuals: [],
    actions: [
      { text: 'stop web on n1', reason: 'n1 is in standby.', waitsFor: [] },
      {
        text: 'start web on n2',
        reason: 'web moves to n2.',
        waitsFor: ['stop web on n1', 'fence n3'],
      },
    ],
  };
  expect(explanationLines(explanation, { style: PLAIN, columns: 80 })).toEqual([
    '',
    'What would be done, and why',
    '  stop web on n1',
    '      because: n1 is in standby.',
    '  start web on n2, after: stop web on n1; fence n3',
    '      because: web moves to n2.',
  ]);
});
