import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { playScenario } from './testing/scenario.ts';
import { isTimeHeld } from './time.ts';

const story = readFileSync(
  new URL('../../../scenarios/cluster/clock-drifts.txt', import.meta.url),
  'utf8',
);

it('of a node whose view is another one by this very input is not known to be right', () => {
  const world = playScenario(story.replace(/^ *\d+ end$/m, '60 end'));
  const { node } = world.machine('n1');
  if (node === undefined) throw new Error('n1 is there at the end of this story');
  const { stepAtMs = node.bornAtMs } = node.stalls;
  if (stepAtMs === undefined) throw new Error('it has taken steps');
  expect(isTimeHeld(node, stepAtMs)).toBe(false);
  const opened = { ...node, cluster: { ...node.cluster, view: `${node.cluster.view} next` } };
  expect(isTimeHeld(opened, stepAtMs)).toBe(true);
});
