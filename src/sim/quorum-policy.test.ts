import { expect, test } from 'vitest';
import { drawPlan } from './plan.ts';
import { run } from './run.ts';

const patience = { timeout: 300_000 };

const policies = [
  ['stop', true],
  ['fence', true],
  ['freeze', false],
  ['ignore', false],
] as const;

test.each(policies)(
  'a node without quorum that nobody can fence: with %s what runs there stops: %s',
  patience,
  (noQuorumPolicy, stops) => {
    const { absence: _, ...plan } = drawPlan(1);
    const { problem, told } = run({
      ...plan,
      nodes: 3,
      profile: {
        isNetworkSlow: false,
        areDisksSlow: false,
        areAgentsSlow: false,
        operationsMax: 4,
        isMixed: false,
        requestMs: [2000, 10_000],
        means: 'power',
        noQuorumPolicy,
      },
      faults: [
        { atMs: 20_000, fault: { kind: 'fencing', how: 'failing', forMs: 20_000 } },
        { atMs: 20_100, fault: { kind: 'divide', parts: [0, 0, 1], forMs: 15_000 } },
        { atMs: 28_000, fault: { kind: 'resource-dies', resource: 'agent', isNoticed: true } },
      ],
      healAtMs: 45_000,
    });
    expect(problem).toBeUndefined();
    const alone = told.filter((line) => /^ +(2[1-9]|3[0-4])\./.test(line));
    const done = (what: string): boolean => alone.some((line) => line.includes(`n3: ${what} `));
    expect(done('stop one') || done('stop two') || done('stop disk')).toBe(stops);
    expect(done('start')).toBe(false);
  },
);
