import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../wire/canonical.ts';
import { decodeShape, object, string } from '../../wire/shape.ts';
import type { Command } from '../commands.ts';
import { clusterMachine } from '../machine.ts';
import { commands, plans } from '../testing/random.ts';
import { exactly } from './parts.ts';
import { plan as planShape } from './plan.ts';

const decode = (text: string): Command | undefined => clusterMachine.decodeCommand(text);

describe('shapes and the model', () => {
  it('are the same to the compiler, in both directions', () => {
    interface Pair {
      readonly left: string;
      readonly right?: string;
    }
    // @ts-expect-error: a field of the model is missing, so not every Pair has this shape.
    exactly<Pair>()(object({ left: string(9), more: string(9) }));
    // @ts-expect-error: the model's field may be absent, the shape's may not.
    exactly<Pair>()(object({ left: string(9), right: string(9) }));
    // @ts-expect-error: a value of this shape lacks a field that each Pair has.
    exactly<Pair>()(object({}));
  });
});

describe('a command', () => {
  it('comes back as it was sent, whatever it says', () => {
    fc.assert(
      fc.property(commands, (command) => {
        const text = clusterMachine.encodeCommand(command);
        const back = decode(text);
        expect(back).toBeDefined();
        expect(clusterMachine.encodeCommand(back as Command)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['another kind', { kind: 'reboot-all' }],
    ['a field too many', { kind: 'clear-mark', id: 'a', by: 'b', more: 1 }],
    ['a field too few', { kind: 'clear-mark', id: 'a' }],
    ['a float', { kind: 'time-passed', until: 0.5 }],
    ['a time beyond integers', { kind: 'time-passed', until: 1e300 }],
    ['a time before the epoch', { kind: 'time-passed', until: -1 }],
    ['a name of nothing', { kind: 'shutdown-request', node: '', by: 'b' }],
    ['a name with a blank', { kind: 'shutdown-request', node: 'n 1', by: 'b' }],
    ['a name that every object has', { kind: 'shutdown-request', node: 'constructor', by: 'b' }],
    ['an instance of one', { kind: 'cleanup', resource: '__proto__:0', by: 'b' }],
    ['a time that cannot be added to', { kind: 'time-passed', until: 2 ** 53 - 1 }],
    ['a mark that every object has', { kind: 'clear-mark', id: 'toString', by: 'b' }],
    ['a name of 300 letters', { kind: 'shutdown-request', node: 'n'.repeat(300), by: 'b' }],
    ['a score above infinity', withScore(1_000_001)],
    ['a rule in a rule in a rule …', withRuleOf(40)],
    ['a list for a dictionary', withValues(['a'])],
    ['a number for a value', withValues({ a: 1 })],
  ])('is refused for %s', (_what, wrong) => {
    expect(decode(JSON.stringify(wrong))).toBeUndefined();
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'valueOf'])(
    'is refused for the key %s wherever there are keys',
    (word) => {
      const values = JSON.parse(`{${JSON.stringify(word)}: "x"}`) as unknown;
      expect(decode(JSON.stringify(withValues(values)))).toBeUndefined();
      expect(decode(`{"kind":"clear-mark","id":"a","by":"b",${JSON.stringify(word)}:{}}`)).toBe(
        undefined,
      );
    },
  );

  it('is refused when it is no JSON, or nothing but depth', () => {
    for (const text of ['', '{', 'null', '[]', '"configure"', '['.repeat(200_000)]) {
      expect(decode(text)).toBeUndefined();
      expect(clusterMachine.decode(text)).toBeUndefined();
    }
  });

  it('never throws when its JSON is changed somewhere, and is canonical when it is taken', () => {
    fc.assert(
      fc.property(commands, fc.nat(), fc.nat(20), (command, where, what) => {
        const mutated = mutate(JSON.parse(clusterMachine.encodeCommand(command)), where, what);
        const back = decode(mutated);
        if (back !== undefined) canonicalJson(back);
      }),
      { numRuns: 2000 },
    );
  });

  it('is refused when a part of its text is missing', () => {
    fc.assert(
      fc.property(commands, fc.nat(), (command, at) => {
        const text = clusterMachine.encodeCommand(command);
        expect(decode(text.slice(0, at % text.length))).toBeUndefined();
      }),
    );
  });
});

describe('a plan', () => {
  it.each([
    ['an order to an action that it does not hold', { order: [[0, 1]] }],
    ['an order of three', { order: [[0, 0, 0]] }],
    ['an order of one', { order: [[0]] }],
    ['a negative place', { order: [[-1, 0]] }],
  ])('is refused for %s', (_what, more) => {
    const action = {
      kind: 'pseudo',
      pseudo: true,
      name: 'a',
      intervalMs: 0,
      reason: '',
      priority: 0,
    };
    const rest = { placements: [], unplaced: [], findings: [] };
    const right = { actions: [{ ...action, id: 0 }], order: [[0, 0]], ...rest };
    expect(decodeShape(planShape, right).kind).toBe('ok');
    expect(decodeShape(planShape, { ...right, ...more }).kind).toBe('wrong');
  });

  it('is refused when the id of an action is not its place', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const moved = plan.actions.map((action) => ({ ...action, id: action.id + 1 }));
        const checked = decodeShape(planShape, { ...plan, actions: moved, order: [] });
        expect(checked.kind).toBe(moved.length === 0 ? 'ok' : 'wrong');
      }),
    );
  });
});

/** Changes one value of a JSON tree: the one that a walk comes to after so many steps. */
function mutate(value: unknown, where: number, what: number): string {
  const places: { readonly holder: Record<string, unknown>; readonly key: string }[] = [];
  const open: unknown[] = [value];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    const holder = node as Record<string, unknown>;
    for (const key of Object.keys(holder)) {
      places.push({ holder, key });
      open.push(holder[key]);
    }
  }
  const place = places[where % places.length];
  if (place === undefined) return JSON.stringify(value);
  const garbage: readonly unknown[] = [
    null,
    0,
    -1,
    1.5,
    Number.MAX_VALUE,
    '',
    'x',
    '__proto__',
    'constructor',
    'x'.repeat(30_000),
    [],
    [[]],
    {},
    { kind: 'x' },
    { kind: 'constructor' },
    true,
    false,
    Array.from({ length: 20_000 }, () => 0),
    [null],
    { a: null },
  ];
  if (what >= garbage.length) delete place.holder[place.key];
  else place.holder[place.key] = garbage[what];
  return JSON.stringify(value);
}

function withConfiguration(more: Readonly<Record<string, unknown>>): unknown {
  const configuration = {
    options: [],
    nodes: [],
    resources: [],
    templates: [],
    constraints: [],
    resourceDefaults: [],
    operationDefaults: [],
    tags: [],
    fenceDevices: [],
    fencingLevels: [],
  };
  return {
    kind: 'configure',
    configuration: { ...configuration, ...more },
    source: '',
    by: 'anna',
  };
}

function withScore(score: number): unknown {
  return withConfiguration({ options: [{ id: 'o', score, values: {} }] });
}

function withValues(values: unknown): unknown {
  return withConfiguration({ options: [{ id: 'o', score: 0, values }] });
}

function withRuleOf(depth: number): unknown {
  let rule: unknown = { id: 'r', join: 'and', expressions: [] };
  for (let level = 0; level < depth; level += 1) {
    rule = { id: 'r', join: 'and', expressions: [{ kind: 'rule', rule }] };
  }
  return withConfiguration({ options: [{ id: 'o', score: 0, values: {}, rule }] });
}

describe('the examples above', () => {
  it('are refused for what they say alone', () => {
    const right: readonly unknown[] = [withScore(1_000_000), withRuleOf(5), withValues({ a: 'b' })];
    for (const each of right) expect(decode(JSON.stringify(each))).toBeDefined();
  });
});
