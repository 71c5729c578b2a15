/** Which of equally good nodes is chosen where they name other capacities. */
import { expect, test } from 'vitest';
import { wallMs } from '../../model/ids.ts';
import { schedule } from '../schedule.ts';
import { parsePicture } from '../testing/notation.ts';

/** Where the resource is started, if at all; it runs on the node with less cpu. */
function movedTo(nodes: readonly string[]): string | undefined {
  const lines = nodes.map((capacity, at) => `node n${at + 1} ${capacity}${at === 0 ? ' dc' : ''}`);
  const home = nodes.indexOf('cpu=7') + 1;
  const plan = schedule(
    parsePicture(
      [
        ...lines,
        'option placement-strategy=balanced',
        'device f',
        'primitive a',
        `running a n${home}`,
      ].join('\n'),
    ),
    wallMs(0),
  );
  return plan.actions.find(({ kind }) => kind === 'start')?.node;
}

test.each([
  [['memory=3', 'cpu=7', 'cpu=8'], 'n1'],
  [['cpu=7', 'memory=3', 'cpu=8'], 'n2'],
  [['cpu=8', 'cpu=7', 'memory=3'], 'n1'],
])('of %j the node that another outdoes is not chosen', (nodes, target) => {
  expect(movedTo(nodes)).toBe(target);
});
