import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readyOn } from '../transition/advance.ts';
import { actionKey } from '../transition/keys.ts';
import type { Command } from './commands.ts';
import { clusterMachine, emptyCluster } from './machine.ts';
import type { ClusterState } from './state.ts';
import {
  apply,
  carryOut,
  conditions,
  fenceRequest,
  freeze,
  n1,
  openView,
  probedNodes,
  threeNodes,
} from './testing/cluster.ts';
import type { ViewText } from './testing/cluster.ts';
import { commands } from './testing/random.ts';

const again = (state: ClusterState): ClusterState => {
  const back = clusterMachine.decode(clusterMachine.encode(state));
  if (back === undefined) throw new Error('a state does not come back from its own text');
  return back;
};

const views: fc.Arbitrary<ViewText> = fc.record(
  {
    stay: fc.constantFrom('n1 n2 n3', 'n1 n2', 'n1', 'n1 n2/2', 'n1/1b'),
    join: fc.constantFrom('', 'n3', 'n3/2', 'n3/2b'),
    quorate: fc.boolean(),
  },
  { noNullPrototype: true },
);

/** What may happen to a cluster, in any order. */
const histories = fc.array(fc.oneof({ arbitrary: commands, weight: 4 }, views), { maxLength: 25 });

function live(events: readonly Event[]): ClusterState {
  let state = threeNodes();
  for (const event of events) {
    state = 'kind' in event ? apply(state, aimed(state, event)) : openView(state, event);
  }
  return state;
}

type Event = Command | ViewText;

/** Most random commands would miss: plans, results and confirmations are aimed at what is there. */
function aimed(state: ClusterState, command: Command): Command {
  switch (command.kind) {
    case 'plan': {
      const { view, changeCount } = state;
      return { ...command, view, changeCount, configurationVersion: state.configuration.version };
    }
    case 'results': {
      const incarnation = state.nodes[command.node]?.incarnation ?? command.incarnation;
      const ready = readyOn(state.transition, command.node).map((action) => actionKey(action));
      const list = command.results.map((result, index) => ({
        ...result,
        ...(ready[index] === undefined ? {} : { key: ready[index] }),
      }));
      return { ...command, incarnation, results: list };
    }
    case 'fence-begin': {
      const { request } = command;
      const incarnation = state.nodes[request.target]?.incarnation ?? request.incarnation;
      return { ...command, request: { ...request, incarnation } };
    }
    case 'fence-end':
      return { ...command, id: state.fencing.active[0]?.id ?? command.id };
    default:
      return command;
  }
}

describe('the replicated state', () => {
  it('takes every well-formed command at any time: it never throws, and stays canonical', () => {
    fc.assert(
      fc.property(histories, (events) => {
        clusterMachine.encode(live(events));
      }),
      { numRuns: 300 },
    );
  });

  it('comes back from its own text, equal and with the same digest', () => {
    fc.assert(
      fc.property(histories, (events) => {
        const state = live(events);
        const back = again(state);
        expect(back).toEqual(state);
        expect(clusterMachine.digest(back)).toBe(clusterMachine.digest(state));
      }),
      { numRuns: 200 },
    );
  });

  it('goes on from its own text as the original does', () => {
    fc.assert(
      fc.property(histories, commands, (events, command) => {
        const state = live(events);
        const one = apply(state, command);
        const other = apply(freeze(again(state)), command);
        expect(clusterMachine.encode(other)).toBe(clusterMachine.encode(one));
      }),
      { numRuns: 200 },
    );
  });

  it('has a digest that tells one fail count apart', () => {
    const state = probedNodes();
    const set = { kind: 'attribute', node: n1, name: 'fail-count-web#start_0' } as const;
    const [one, two] = ['1', '2'].map((value) => apply(state, { ...set, value }));
    expect(clusterMachine.digest(one ?? state)).not.toBe(clusterMachine.digest(two ?? state));
  });

  it.each([
    ['no JSON', '{'],
    ['another thing', '{"kind":"configure"}'],
    ['a field that is missing', clusterMachine.encode(emptyCluster).replace('"epoch":0,', '')],
    [
      'a field too many',
      clusterMachine.encode(emptyCluster).replace('"epoch":0', '"epoch":0,"a":1'),
    ],
    ['a float', clusterMachine.encode(emptyCluster).replace('"epoch":0', '"epoch":0.5')],
    [
      'a condition that does not exist',
      clusterMachine.encode(threeNodes()).replace('"online"', '"on"'),
    ],
  ])('is not read from %s', (_what, text) => {
    expect(clusterMachine.decode(text)).toBeUndefined();
  });

  it('is not read when its transition points outside', () => {
    const state = carryOut(threeNodes(), 'start web n1 -> start db n1');
    const text = clusterMachine.encode(state);
    expect(clusterMachine.decode(text)).toBeDefined();
    expect(clusterMachine.decode(text.replace('"after":[[1],[]]', '"after":[[2],[]]'))).toBe(
      undefined,
    );
    expect(clusterMachine.decode(text.replace('"states":["done",', '"states":['))).toBe(undefined);
  });
});

/** The same value with the keys of all objects in the opposite order. */
function turned<T>(value: T): T {
  if (Array.isArray(value)) return value.map((each: unknown) => turned(each)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toReversed();
  return Object.fromEntries(entries.map(([key, each]) => [key, turned(each) as unknown])) as T;
}

describe('independence of the order of insertion', () => {
  it('a state whose records are in the opposite order gives the same next state', () => {
    fc.assert(
      fc.property(histories, fc.oneof(commands, views), (events, event) => {
        const state = live(events);
        const next = (from: ClusterState): string =>
          clusterMachine.encode(
            'kind' in event ? apply(from, aimed(state, event)) : openView(from, event),
          );
        expect(next(turned(state))).toBe(next(state));
      }),
      { numRuns: 300 },
    );
  });
});

describe('after a restart from disk', () => {
  const before = apply(
    openView(probedNodes(), { stay: 'n1', left: { n2: 'node-down', n3: 'process-down' } }),
    fenceRequestOf('n2'),
  );
  const after = clusterMachine.restart(before);

  function fenceRequestOf(target: string): ReturnType<typeof fenceRequest> {
    return fenceRequest(probedNodes(), target);
  }

  it('who was there is unseen, who was lost stays lost', () => {
    expect(conditions(before)).toBe('n1 online, n2 lost, n3 held');
    expect(conditions(after)).toBe('n1 unseen, n2 lost, n3 unseen');
  });

  it('nothing is known of operations, and nothing is under way but fencing', () => {
    expect(Object.values(after.nodes).every((node) => Object.keys(node.history).length === 0)).toBe(
      true,
    );
    expect(after.transition).toBeUndefined();
    expect(after.fencing.active.map((active) => active.target)).toEqual(['n2']);
  });

  it('a decision is wanted, and the configuration is there', () => {
    expect(after.decision.wanted).toBeGreaterThan(after.decision.answered);
    expect(after.configuration).toEqual(before.configuration);
    expect(after).toMatchObject({ acting: false, quorate: false });
  });

  it('the fencing of a daemon that began in an earlier life is begun anew', () => {
    const opened = openView(after, { stay: 'n1/2 n3/2' });
    expect(opened.fencing.active).toEqual([]);
    expect(opened.fencing.ended.map((ended) => ended.ok)).toEqual([false]);
    expect(conditions(opened)).toBe('n1 online, n2 lost, n3 online');
  });
});
