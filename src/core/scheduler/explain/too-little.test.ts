/** Where not all fit, each node says what it lacks. */
import { expect, it } from 'vitest';
import { wallMs } from '../../model/ids.ts';
import { explainResource } from '../explain.ts';
import { schedule } from '../schedule.ts';
import { parsePicture } from '../testing/notation.ts';

const picture = parsePicture(`
  option placement-strategy=utilization
  node n1 dc memory=64
  node n2 memory=32
  device fence-all
  primitive big uses.memory=60 priority=5
  primitive small uses.memory=40
  history big n1 monitor=7
  history big n2 monitor=7
  history small n1 monitor=7
  history small n2 monitor=7
`);

it('what does not fit beside what is more important says what each node lacks, and what to do', () => {
  const plan = schedule(picture, wallMs(0));
  expect(plan.placements.map(({ resource, node }) => `${resource} ${node}`)).toEqual(['big n1']);
  expect(plan.unplaced).toMatchObject([
    {
      reason:
        'small does not run: n1 has too little memory: 40 wanted, 4 free; n2 has too little memory: 40 wanted, 32 free.',
      advice: 'make room on a node, or give it a higher priority than what runs there',
    },
  ]);
  const explanation = explainResource(picture, wallMs(0), { resource: 'small' });
  expect(explanation?.instances[0]?.nodes[0]?.contributions).toEqual([
    { source: 'capacity', from: 'too little memory: 40 wanted, 4 free', score: -1_000_000 },
  ]);
});
