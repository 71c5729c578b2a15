import { expect, test } from 'vitest';
import { nodeName } from '../core/model/ids.ts';
import type { Configuration } from '../core/model/configuration.ts';
import { migrationAddress } from './transfers.ts';

test('a node is reached over the network that its attribute names', () => {
  const node = (name: string, values: Readonly<Record<string, string>>) => ({
    id: name,
    name: nodeName(name),
    type: 'member' as const,
    attributes: [{ id: 'a', score: 0, values }],
    utilization: [],
  });
  const nodes = [node('n1', { 'migration-address': '10.9.0.1' }), node('n2', { rack: 'a' })];
  const configuration = { nodes } as unknown as Configuration;
  const found = ['n1', 'n2', 'n3'].map((name) => migrationAddress(configuration, name));
  expect(found).toEqual(['10.9.0.1', undefined, undefined]);
});
