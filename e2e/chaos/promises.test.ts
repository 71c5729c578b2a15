import { expect, test } from 'vitest';
import type { LabNode } from '../lab/node.ts';
import { changeOf, configuration } from './configuration.ts';
import { Promises } from './promises.ts';
import type { Ask } from './promises.ts';

const node = { name: 'n1' } as LabNode;
const answer = (code: number, stdout = '') => ({ code, stdout, stderr: '', timedOut: false });

/** A cluster that has this change and these attributes at the end, and acknowledges what it is told to. */
function cluster(change: number, attributes: Readonly<Record<string, string>>, code = 0): Ask {
  return async (_node, ...words) => {
    if (words[0] === 'export') return answer(0, configuration(['n1'], change));
    if (words[1] === 'list') return answer(0, JSON.stringify(attributes));
    return answer(code);
  };
}

test('what was acknowledged and is missing is broken', async () => {
  const promises = new Promises();
  await promises.configure(promises.nextChange(), async () => answer(0));
  await promises.promise(node, cluster(0, {}));
  await promises.promise(node, cluster(0, {}));
  const kept = { 'promise-1': '1', 'promise-2': '102' };
  expect(await promises.broken(node, cluster(1, kept))).toEqual([]);
  expect(await promises.broken(node, cluster(0, { 'promise-2': '1' }))).toEqual([
    'n1: the configuration is change 0, acknowledged was 1',
    'n1: attribute promise-1 was acknowledged as 1 and is missing',
    'n1: attribute promise-2 was acknowledged as 2 and is 1',
  ]);
});

test('what was refused may be missing, and a later change may be there', async () => {
  const promises = new Promises();
  await promises.configure(promises.nextChange(), async () => answer(0));
  await promises.configure(promises.nextChange(), async () => answer(8));
  await promises.promise(node, cluster(0, {}, 7));
  expect(await promises.broken(node, cluster(1, {}))).toEqual([]);
  expect(await promises.broken(node, cluster(2, {}))).toEqual([]);
});

test('a configuration tells which change it is', () => {
  expect(changeOf(configuration(['n1', 'n2'], 12))).toBe(12);
  expect(changeOf('version: 1')).toBe(-1);
});
