/** How a plan moves a resource: while it runs, or not, and why not. */
import { describe, expect, it } from 'vitest';
import type { Plan, PlannedAction } from '../model/plan.ts';
import { nodeName } from '../model/ids.ts';
import { isMovable, movesOf, restartNotes } from './live.ts';
import { action, clone, configured, primitive } from './testing/states.ts';

const planOf = (actions: readonly PlannedAction[], order: Plan['order'] = []): Plan => ({
  actions,
  order,
  placements: [],
  unplaced: [],
  findings: [],
});

const vm = primitive('vm', { agent: { class: 'vm', type: '' } });
const meta = (values: Readonly<Record<string, string>>) => [{ id: 'meta', score: 0, values }];
const { model } = configured([vm, primitive('db'), clone('many', primitive('one'))]);
const stopAndStart = [action('stop vm n1', 0), action('start vm n2', 1)];

describe('a resource of a plan', () => {
  it('moves live', () => {
    const to = { migrateTarget: nodeName('n2') };
    const plan = planOf([action('migrate_to vm n1', 0, to), action('stop vm n1', 1)]);
    expect(movesOf(plan, model, {}, 'vm')).toEqual([{ kind: 'live', resource: 'vm', to: 'n2' }]);
  });

  it('stays where nothing is planned', () => {
    expect(movesOf(planOf([]), model, {}, 'vm')).toEqual([{ kind: 'stays', resource: 'vm' }]);
  });

  it('restarts with what it is ordered after, which is named', () => {
    const actions = [...stopAndStart, action('start db n2', 2), action('start other n2', 3)];
    expect(movesOf(planOf(actions, [[2, 1]]), model, {}, 'vm')).toEqual([
      {
        kind: 'restarts',
        resource: 'vm',
        because: 'what it is ordered after does not run on both nodes meanwhile (start db on n2)',
      },
    ]);
  });

  it('restarts for the reason of the plan where nothing else is in the way', () => {
    expect(movesOf(planOf(stopAndStart), model, {}, 'vm')).toMatchObject([
      { kind: 'restarts', because: 'vm is to be on n2' },
    ]);
  });

  it('restarts where its agent, or its configuration, does not let it move', () => {
    const actions = [action('stop db n1', 0), action('start db n2', 1)];
    const because = (values: Readonly<Record<string, string>> | undefined): unknown => {
      const db = primitive('db', values ? { meta: meta(values) } : {});
      const [move] = movesOf(planOf(actions), configured([db]).model, {}, 'db');
      return move?.kind === 'restarts' ? move.because : move?.kind;
    };
    expect(because(undefined)).toContain('its agent is not known to move it live');
    expect(because({ 'allow-migrate': 'false' })).toBe('allow-migrate is false');
    expect(because({ 'allow-migrate': 'true' })).toBe('db is to be on n2');
    const one = planOf([action('stop one n1', 0)]);
    expect(movesOf(one, model, {}, 'many')).toMatchObject([
      {
        because: 'instances of a clone are stopped and started',
      },
    ]);
  });
});

describe('a container', () => {
  const actions = [action('stop db n1', 0), action('start db n2', 1)];
  const runc = { runtime: 'runc', networks: 'br0,address=192.0.2.7/24' };
  const image = { image: 'web', networks: runc.networks };
  const node = (said: string, engine?: string) => ({
    attributes: { '#checkpoint': said, ...(engine === undefined ? {} : { '#podman': engine }) },
  });
  const box = (parameters: Readonly<Record<string, string>>, word: string | undefined) =>
    primitive('db', {
      agent: { class: 'container', type: '' },
      parameters: [{ id: 'parameters', score: 0, values: parameters }],
      ...(word === undefined ? {} : { meta: meta({ 'allow-migrate': word }) }),
    });

  it.each([
    [{ runtime: 'crun' }, 'true', {}, 'only containers of runc and podman can take their memory'],
    [{ runtime: 'podman', root: '/srv/web' }, 'true', {}, 'not of one with a root directory'],
    [
      image,
      'true',
      { n1: node('criu=4.2', 'runc'), n2: node('criu=4.2') },
      'on n2 podman does not',
    ],
    [image, 'true', { n1: node('criu=4.2', 'crun') }, 'on n1 podman uses crun, and it takes runc'],
    [{ runtime: 'runc' }, 'true', {}, "it has the node's network, and its connections"],
    [{ ...runc, networks: 'eth0,type=macvlan,address=::1/64' }, 'true', {}, 'macvlan'],
    [runc, undefined, {}, 'a container takes its memory along with allow-migrate: true'],
    [runc, 'no', {}, 'allow-migrate is no'],
    [runc, 'true', { n1: node('criu=4.2') }, 'n2 has no CRIU (4.2 or later)'],
    [runc, 'true', { n1: node('criu=3.17.1'), n2: node('criu=5.0') }, 'n1 has CRIU 3.17.1, and'],
    [runc, 'true', { n1: node('criu=4.10'), n2: node('criu=5.0') }, 'db is to be on n2'],
  ] as const)('that cannot move live says why', (parameters, word, nodes, words) => {
    const { model: boxes } = configured([box(parameters, word)]);
    const because = expect.stringContaining(words);
    expect(movesOf(planOf(actions), boxes, nodes, 'db')).toMatchObject([{ because }]);
    const notes = [...restartNotes(planOf(actions), boxes, nodes)];
    expect(notes).toHaveLength(word === 'true' && !words.startsWith('db is') ? 1 : 0);
  });
});

it('is said to stop and start where it could move live and something is in the way', () => {
  const actions = [...stopAndStart, action('start db n2', 2)];
  const notes = restartNotes(planOf(actions, [[2, 1]]), model, {});
  expect([...notes]).toEqual([
    [
      'vm',
      'It stops and starts: what it is ordered after does not run on both nodes meanwhile (start db on n2).',
    ],
  ]);
  expect([...restartNotes(planOf(stopAndStart), model, {})]).toEqual([]);
});

it('of the class vm can move live unless it is said otherwise', () => {
  expect(isMovable(vm)).toBe(true);
  expect(isMovable({ ...vm, meta: meta({ 'allow-migrate': 'false' }) })).toBe(false);
  expect(isMovable(primitive('db'))).toBe(false);
});
