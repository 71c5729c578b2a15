import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { nodeName } from '../../core/model/ids.ts';
import { clusterFile, localConfiguration } from './configuration.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-local-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const read = (text: string, node = 'a') => {
  writeFileSync(clusterFile(directory), text);
  return localConfiguration(directory, nodeName(node));
};
const cluster = (nodes: unknown) => JSON.stringify({ clusterName: 'demo', nodes });

it('reads the cluster as the daemon of a node sees it', () => {
  const nodes = [
    { name: 'a', number: 1 },
    { name: 'b', number: 2 },
  ];
  expect(read(cluster(nodes), 'b')).toMatchObject({
    kind: 'local',
    clusterName: 'demo',
    self: { node: 'b', number: 2 },
    nodes: [
      { node: 'a', number: 1 },
      { node: 'b', number: 2 },
    ],
  });
});

it.each([
  ['{', /cluster\.json: SyntaxError/],
  ['null', /an object is expected/],
  ['{"nodes":[]}', /clusterName is missing/],
  [cluster([]), /nodes must be a list of 1 to 32/],
  [cluster([7]), /nodes\[0\] must be an object/],
  [cluster([{ name: 'a', number: 1 }, { number: 2 }]), /nodes\[1\]\.name is missing/],
  [cluster([{ name: 'a', number: 0 }]), /nodes\[0\]\.number must be/],
  [cluster([1, 2].map((number) => ({ name: 'a', number }))), /two nodes have the same name/],
  [cluster(['a', 'b'].map((name) => ({ name, number: 1 }))), /two nodes have the same number/],
  [cluster([{ name: 'b', number: 1 }]), /there is no node a; it names b/],
])('refuses %s', (text, sentence) => {
  expect(() => read(text)).toThrow(sentence);
});

it('says which file is missing', () => {
  expect(() => localConfiguration(directory, nodeName('a'))).toThrow(/cluster\.json cannot be/);
});
