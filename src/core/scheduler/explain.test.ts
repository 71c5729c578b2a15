import { array, assert, constantFrom, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { InstanceExplanation } from '../model/explanation.ts';
import { wallMs } from '../model/ids.ts';
import { addScores } from '../model/score.ts';
import { runsAllowed } from './explain/counterfactuals.ts';
import { explain, explainResource } from './explain.ts';
import { schedule } from './schedule.ts';
import { parsePicture } from './testing/notation.ts';

const NOW = wallMs(1_800_000_000_000);

const anyNode = constantFrom('n1', 'n2', 'n3');
const anyResource = constantFrom('a', 'b', 'c');
const line = tuple(
  constantFrom('prefer', 'colocate', 'running', 'failcount', 'node'),
  anyResource,
  anyResource,
  anyNode,
  constantFrom('50', '-50', 'INFINITY', '-INFINITY'),
).map(([verb, a, b, n, score]) => {
  switch (verb) {
    case 'prefer':
      return `prefer ${a} ${n} ${score}`;
    case 'colocate':
      return `colocate ${a} with ${b} ${score}`;
    case 'running':
      return `running ${a} ${n}`;
    case 'failcount':
      return `failcount ${a} ${n} 1`;
    default:
      return `node ${n} standby`;
  }
});
const anyPicture = tuple(
  constantFrom('', 'group g: a b', 'clone x: a', 'clone x: a promotable=true'),
  constantFrom('', 'option placement-strategy=balanced', 'option placement-strategy=minimal'),
  array(line, { maxLength: 8 }),
).map(([structure, option, lines]) =>
  [
    'node n1 dc',
    'node n2',
    'node n3',
    'device fence-all',
    'primitive a migration-threshold=1 resource-stickiness=10',
    'primitive b',
    'primitive c migration-threshold=1',
    structure,
    option,
    ...lines,
  ].join('\n'),
);

describe('every explanation', () => {
  it('is of the very plan that is carried out', () => {
    assert(
      property(anyPicture, (text) => {
        expect(explain(parsePicture(text), NOW).plan).toEqual(schedule(parsePicture(text), NOW));
      }),
      { numRuns: 200 },
    );
  });

  it('has contributions that add up to each score', () => {
    assert(
      property(anyPicture, (text) => {
        for (const { nodes } of explain(parsePicture(text), NOW).instances) {
          for (const { score, contributions } of nodes) {
            const sum = contributions.reduce((total, each) => addScores(total, each.score), 0);
            expect(sum).toBe(score);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('names a rule for whatever is placed, and a reason for the rest', () => {
    assert(
      property(anyPicture, (text) => {
        for (const each of explain(parsePicture(text), NOW).instances) {
          expect(each.node === undefined).toBe(each.decidedBy === undefined);
          expect(each.node === undefined).toBe(each.reason !== undefined);
        }
      }),
      { numRuns: 200 },
    );
  });
});

function only(text: string, resource: string): InstanceExplanation | undefined {
  return explainResource(parsePicture(text), NOW, { resource })?.instances[0];
}

describe('the rule that decided', () => {
  const two = 'node n1 dc\nnode n2\ndevice f\nprimitive a\nprimitive b\n';
  const rule = (text: string, resource = 'a') => only(text, resource)?.decidedBy?.rule;

  it('is the first that leaves one node', () => {
    expect(rule(`${two}prefer a n2 10`)).toBe('score');
    expect(rule(`${two}prefer a n1 -INFINITY`)).toBe('only');
    expect(rule(`${two}running a n2`)).toBe('current');
    expect(rule(two)).toBe('name');
    expect(rule(two, 'b')).toBe('load');
    expect(rule(`${two}primitive c is-managed=false\nrunning c n2`, 'c')).toBe('unmanaged');
  });

  it('looks at the load that was met, not at that of the end', () => {
    const many = `${two}primitive c\nprimitive d\nprefer c n2 10\nprefer d n2 10`;
    expect(rule(many)).toBe('name');
  });
});

it('a clone that avoids a node is not kept from it by its other instances', () => {
  const text = 'node n1 dc\nnode n2\ndevice f\nprimitive a\nclone as: a\nprefer as n1 -10';
  const explained = explainResource(parsePicture(text), NOW, { resource: 'as' });
  const [, second] = explained?.instances ?? [];
  const there = second?.nodes.find(({ node }) => node === 'n1')?.contributions ?? [];
  expect(there.map(({ from }) => from)).toEqual(['prefer-0', 'as is to stay away from it']);
  expect(second?.reason).toBe(
    'a:1 does not run: as is to stay away from n1; n2 has an instance already.',
  );
});

it('knows no resource that is not configured', () => {
  expect(explainResource(parsePicture('node n1 dc'), NOW, { resource: 'a' })).toBeUndefined();
});

it('asks the scheduler seldom where each answer takes long', () => {
  const runs = (count: number): number => {
    const lines = Array.from({ length: count }, (_, i) => `primitive r${i}`);
    return runsAllowed(parsePicture(`node n1 dc\nnode n2\n${lines.join('\n')}`));
  };
  expect([runs(1), runs(1000), runs(10_000)]).toEqual([80, 19, 8]);
});
