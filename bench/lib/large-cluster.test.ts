import { expect, test } from 'vitest';
import { wallMs } from '../../src/core/model/ids.ts';
import { schedule } from '../../src/core/scheduler/schedule.ts';
import { readCib } from '../../src/interop/cib/read.ts';
import { largeCib } from './large-cluster.ts';
import { liveDecisions } from './live.ts';

function planned(isSteady: boolean): readonly { readonly kind: string; readonly node?: string }[] {
  const result = readCib([...largeCib(4, 100, { isSteady })].join(''));
  if ('error' in result) throw new Error(result.error.text);
  expect(result.picture.findings).toEqual([]);
  return schedule(result.picture, wallMs(1_782_907_200_000)).actions;
}

test('with all nodes there is nothing to do: all runs where it should, with its own parameters', () => {
  expect(planned(true)).toEqual([]);
});

test('a lost node is fenced and what ran there is started elsewhere', () => {
  const actions = planned(false);
  expect(actions.filter(({ kind }) => kind === 'fence')).toMatchObject([{ node: 'node04' }]);
  expect(actions.filter(({ kind }) => kind === 'start').length).toBeGreaterThan(20);
});

test('after each event of a running cluster something is decided', () => {
  expect(liveDecisions(3, 30, 20)).toHaveLength(20);
});
