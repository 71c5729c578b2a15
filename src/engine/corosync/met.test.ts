import { expect, it } from 'vitest';

import { nodeName, nodeNumber } from '../../core/model/ids.ts';
import { unseenNodes } from './met.ts';

const nodes = [1, 2, 11].map((number) => ({
  node: nodeName(`n${number}`),
  number: nodeNumber(number),
}));

it('a node that has left was seen; one without a key, or without a membership, was not', () => {
  const met = {
    'runtime.members.1.join_count': 1,
    'runtime.members.1.status': 'joined',
    'runtime.members.11.join_count': 2,
    'runtime.members.11.status': 'left',
  };
  expect(unseenNodes(nodes, met)).toEqual(['n2']);
  expect(unseenNodes(nodes, { ...met, 'runtime.members.2.join_count': 0 })).toEqual(['n2']);
  expect(unseenNodes(nodes, {})).toEqual(['n1', 'n2', 'n11']);
});
