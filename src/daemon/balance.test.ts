/** What balance suggests, the scheduler leaves as it is; what it would not leave is not suggested. */
import { describe, expect, it } from 'vitest';

import { balance } from '../core/balance/balance.ts';
import type { Load } from '../core/balance/read.ts';
import type { Configuration } from '../core/model/configuration.ts';
import { nodeName, wallMs } from '../core/model/ids.ts';
import type { Picture } from '../core/model/picture.ts';
import { carriedOut } from '../offline/carried-out.ts';
import { checkClusterYaml } from '../offline/configuration.ts';

const NOW = wallMs(1_795_176_000_000);
const BASE = `version: 1
cluster: c
nodes: { n1: {}, n2: {} }
options: { fencing-enabled: false }
resources:
`;
const vm = (name: string, more = ''): string =>
  `  ${name}: { agent: vm, parameters: { memory: 100, disks: /v/${name}.raw }, utilization: { memory: 100 }${more} }\n`;

const model = (resources: string, rules = ''): Configuration => {
  const { configuration, findings } = checkClusterYaml(`${BASE}${resources}${rules}`, 'c');
  if (configuration === undefined) throw new Error(JSON.stringify(findings));
  return configuration;
};

/** All run on n1, under the rules of the second configuration. */
function running(resources: string, rules = ''): Picture {
  const nodes = ['n1', 'n2'].map((name) => ({
    id: name,
    name: nodeName(name),
    memberSince: 1,
    processSince: 1,
    join: 'member' as const,
    expected: 'member' as const,
    transient: [],
    history: [],
  }));
  const status = { quorate: true, dc: nodeName('n1'), nodes, tickets: [] };
  const before = { configuration: model(resources, allOnN1(resources)), status, findings: [] };
  return { ...carriedOut(before, NOW), configuration: model(resources, rules) };
}

function allOnN1(resources: string): string {
  const names = [...resources.matchAll(/^ {2}(\w+):/gm)].map(([, name = '']) => name);
  return `constraints:\n${names.map((name) => `  - { location: ${name}, node: n1, score: INFINITY }\n`).join('')}`;
}

function loadOf(names: readonly string[]): Load {
  return {
    nodes: [
      { node: 'n1', capacity: { memory: 1000 }, used: { memory: 100 * names.length } },
      { node: 'n2', capacity: { memory: 1000 }, used: {} },
    ],
    pieces: names.map((resource) => ({ resource, node: 'n1', uses: { memory: 100 } })),
  };
}

const names = ['a', 'b', 'c', 'd'];
const four = names.map((name) => vm(name)).join('');

describe('moves that level the load', () => {
  it('are made live, and stay where they lead', () => {
    const found = balance(running(four), NOW, loadOf(names));
    expect(found.moves.map(({ resource, to }) => `${resource} ${to}`)).toHaveLength(2);
    expect(found).toMatchObject({ refused: [], unsettled: [] });
  });

  it('are not those that the cluster would take back', () => {
    const rules =
      'constraints:\n  - { location: a, node: n1, score: 100 }\n  - { location: b, node: n1, score: 100 }\n';
    const found = balance(running(four, rules), NOW, loadOf(names));
    expect(found.moves.map(({ resource }) => resource).toSorted()).toEqual(['c', 'd']);
    expect(found.refused[0]?.because).toContain('move it back');
  });

  it('are not those that stop and start it, or that it may not make', () => {
    const fixed = [vm('a', ', meta: { allow-migrate: false }'), vm('b'), vm('c'), vm('d')].join('');
    const rules = 'constraints:\n  - { location: b, node: n2, score: -INFINITY }\n';
    const found = balance(running(fixed, rules), NOW, loadOf(names));
    expect(found.moves.map(({ resource }) => resource).toSorted()).toEqual(['c', 'd']);
    expect(found.refused.map(({ because }) => because).join()).toMatch(/stop and start/);
  });

  it('are not those that bring others along', () => {
    const rules = 'constraints:\n  - { colocate: a, with: b }\n  - { colocate: c, with: d }\n';
    const found = balance(running(four, rules), NOW, loadOf(names));
    for (const { move } of found.refused) expect(names).toContain(move.resource);
    const moved = found.moves
      .map(({ resource }) => resource)
      .toSorted()
      .join('');
    expect(['', 'ab', 'cd']).toContain(moved);
  });

  it('are not looked for while the cluster has something to do', () => {
    const picture = running(four);
    const one = model(four.replace('  a:', '  e:'));
    expect(balance({ ...picture, configuration: one }, NOW, loadOf(names))).toMatchObject({
      moves: [],
      unsettled: expect.arrayContaining(['e']) as unknown,
    });
  });
});
