import { expect, it } from 'vitest';

import { drawPlan } from './plan.ts';

const plans = Array.from({ length: 200 }, (_, seed) => drawPlan(seed + 1));

it('draws delays by node for some clusters of two, and for no others', () => {
  const delayed = plans.filter(({ profile }) => profile.delaysMs !== undefined);
  expect(new Set(delayed.map(({ nodes }) => nodes))).toEqual(new Set([2]));
  expect(delayed.length).toBeLessThan(plans.filter(({ nodes }) => nodes === 2).length);
  const names = delayed.flatMap(({ profile }) => Object.keys(profile.delaysMs ?? {}));
  expect(new Set(names)).toEqual(new Set(['n1', 'n2']));
});
