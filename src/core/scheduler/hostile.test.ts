/**
 * Pictures that nobody would write: circles, self references, giant numbers, depth, length. Each is
 * answered with a plan that can be carried out. Damaged files are in src/offline/hostile.test.ts,
 * damaged pictures of whole clusters by chance behind `./dev differ --hostile`.
 */
import { expect, test } from 'vitest';
import type { Configuration, Constraint, Resource } from '../model/configuration.ts';
import { nodeName, resourceId, wallMs } from '../model/ids.ts';
import type { OperationRecord, Picture } from '../model/picture.ts';
import type { Plan } from '../model/plan.ts';
import type { AttributeBlock, Rule } from '../model/rule.ts';
import { schedule } from './schedule.ts';
import { parsePicture } from './testing/notation.ts';

const NOW = wallMs(1_800_000_000_000);

const SMALL = `
  node n1 dc
  node n2
  device power
  primitive a monitor=10
  primitive b monitor=10
  primitive c monitor=10
  running a n1
  running b n1`;

/** Plans, and checks what holds for every plan. */
function plan(picture: Picture): Plan {
  const made = schedule(picture, NOW);
  expect(waitingForEver(made)).toEqual([]);
  expect(made.actions.map(({ id }) => id)).toEqual(made.actions.map((_, at) => at));
  return made;
}

/** Actions in a circle or behind one, by name: they would never be begun. */
function waitingForEver({ actions, order }: Plan): readonly string[] {
  const after = new Map<number, number[]>();
  const waits = actions.map(() => 0);
  for (const [first, then] of order) {
    after.set(first, [...(after.get(first) ?? []), then]);
    waits[then] = (waits[then] ?? 0) + 1;
  }
  const free = actions.filter(({ id }) => waits[id] === 0).map(({ id }) => id);
  for (let at = free.pop(); at !== undefined; at = free.pop()) {
    for (const then of after.get(at) ?? []) {
      waits[then] = (waits[then] ?? 0) - 1;
      if (waits[then] === 0) free.push(then);
    }
  }
  return actions.filter(({ id }) => (waits[id] ?? 0) > 0).map(({ name }) => name);
}

const names = (made: Plan): readonly string[] => made.actions.map(({ name }) => name);
const starts = (made: Plan): readonly string[] =>
  made.actions.flatMap(({ kind, resource }) => (kind === 'start' ? [resource ?? ''] : []));

function configured(
  text: string,
  change: (before: Configuration) => Partial<Configuration>,
): Picture {
  const picture = parsePicture(text);
  const { configuration } = picture;
  return { ...picture, configuration: { ...configuration, ...change(configuration) } };
}

const block = (values: Readonly<Record<string, string>>): AttributeBlock => ({
  id: 'hostile',
  score: 0,
  values,
});

/** The same meta attributes for all resources, members and instances included. */
function withMeta(picture: Picture, values: Readonly<Record<string, string>>): Picture {
  const { configuration } = picture;
  const resourceDefaults = [block(values), ...configuration.resourceDefaults];
  return { ...picture, configuration: { ...configuration, resourceDefaults } };
}

test.each([
  ['two orders in a circle', 'order a then b\norder b then a'],
  ['three orders in a circle', 'order a then b\norder b then c\norder c then a'],
  ['an order of something with itself', 'order a then a'],
  ['a serialized circle', 'order a then b Serialize\norder b then a Serialize'],
  ['two colocations in a circle', 'colocate a with b INFINITY\ncolocate b with a INFINITY'],
  ['contradicting colocations', 'colocate a with b INFINITY\ncolocate a with b -INFINITY'],
  ['a colocation with itself', 'colocate a with a INFINITY'],
  ['an anti-colocation with itself', 'colocate a with a -INFINITY'],
  [
    'orders and colocations against each other',
    'order a then b\ncolocate a with b INFINITY\norder b then c\ncolocate c with a -INFINITY',
  ],
  [
    'constraints on nothing',
    'order a then x\norder x then b\ncolocate x with a INFINITY\ncolocate a with y 5\nprefer z n1 5\nprefer a n9 INFINITY',
  ],
  ['a ticket for nothing', 'ticket T revoked x fence'],
])('%s', (_, lines) => {
  for (const state of ['', 'node n1 dc standby', 'node n1 dc lost', 'node n1 dc leaving']) {
    plan(parsePicture(`${SMALL}\n${state}\n${lines}`));
  }
});

test('names of what every object has are names like others', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '']) {
    const text = `node n1 dc\nnode ${name || 'x'}\noption fencing-enabled=false\nprimitive ${name || 'x'}\nprefer ${name || 'x'} ${name || 'x'} 100`;
    expect(starts(plan(parsePicture(text)))).toEqual([name || 'x']);
  }
});

const NUMBERS = [
  '1e309',
  '-1e309',
  '99999999999999999999',
  '-99999999999999999999',
  'NaN',
  '-0',
  '',
  ' ',
  'INFINITY',
  '-INFINITY',
  '2147483648',
  '0x10',
  '1.9999999',
];

test.each(NUMBERS)('%j where a number is meant', (number) => {
  const keys = [
    'resource-stickiness',
    'priority',
    'migration-threshold',
    'failure-timeout',
    'clone-min',
    'promoted-max',
    'promoted-node-max',
    'shutdown-lock-limit',
    'remote-port',
    'target-role',
  ];
  const text = `${SMALL}
    clone many: c promotable=true notify=true interleave=true
    colocate a with b ${number || '0'}
    prefer b n2 ${number || '0'}
    failcount a n1 ${number || '0'}
    failed a n1 monitor 1`;
  for (const key of keys) plan(withMeta(parsePicture(text), { [key]: number }));
  plan(withMeta(parsePicture(text), Object.fromEntries(keys.map((key) => [key, number]))));
  const options = [
    'node-health-base',
    'priority-fencing-delay',
    'cluster-delay',
    'node-pending-timeout',
    'shutdown-lock-limit',
  ];
  plan(
    configured(text, () => ({
      options: [block(Object.fromEntries(options.map((key) => [key, number])))],
    })),
  );
});

test('utilization that no number holds', () => {
  for (const number of NUMBERS) {
    const capacity = [block({ cpu: number, memory: '1' })];
    const picture = configured(
      `${SMALL}\noption placement-strategy=balanced`,
      ({ nodes, resources }) => ({
        nodes: nodes.map((node) => ({ ...node, utilization: capacity })),
        resources: resources.map((entry) => ({
          ...entry,
          utilization: [block({ cpu: '99999999999999999999', memory: number })],
        })),
      }),
    );
    plan(picture);
  }
});

const nested = (levels: number, innermost: Rule['expressions'][number]): Rule => {
  let rule: Rule = { id: 'r0', join: 'and', expressions: [innermost], score: 100 };
  for (let level = 1; level <= levels; level += 1) {
    rule = {
      id: `r${level}`,
      join: level % 2 === 0 ? 'and' : 'or',
      expressions: [{ kind: 'rule', rule }],
      score: 100,
    };
  }
  return rule;
};

function ruledLocation(rule: Rule): Constraint {
  const target = { kind: 'resource', resource: resourceId('c') } as const;
  return { kind: 'location', id: 'ruled', target, rules: [rule], discovery: 'always' };
}

test('rules count at 64 levels, and a hundred thousand do not end the scheduler', () => {
  const uname = {
    kind: 'attribute',
    attribute: '#uname',
    operation: 'eq',
    value: 'n2',
    valueSource: 'literal',
  } as const;
  const placed = (levels: number): readonly (string | undefined)[] => {
    const constraints = [ruledLocation(nested(levels, uname))];
    const made = plan(
      configured('node n1 dc\nnode n2\noption fencing-enabled=false\nprimitive c', () => ({
        constraints,
      })),
    );
    return made.actions.filter(({ kind }) => kind === 'start').map(({ node }) => node);
  };
  expect(placed(64)).toEqual(['n2']);
  expect(placed(100_000)).toHaveLength(1);
});

test('ids given twice, and things inside themselves', () => {
  const picture = configured(SMALL, ({ resources, nodes }) => {
    const [first] = resources;
    if (first?.kind !== 'primitive') throw new Error('no primitive');
    const group: Resource = {
      kind: 'group',
      id: resourceId('a'),
      members: [first, first],
      meta: [],
      parameters: [],
    };
    const clone: Resource = {
      kind: 'clone',
      id: resourceId('a'),
      child: group,
      meta: [],
      parameters: [],
      promotable: true,
    };
    const empty: Resource = { ...group, id: resourceId('empty'), members: [] };
    return {
      resources: [...resources, ...resources, group, clone, empty],
      nodes: [...nodes, ...nodes],
      tags: [
        { id: 'a', references: ['a', 'tag'] },
        { id: 'tag', references: ['a', 'tag'] },
      ],
      constraints: [
        {
          kind: 'colocation-sets',
          id: 's',
          score: 5,
          sets: [
            {
              id: 's1',
              resources: [resourceId('a'), resourceId('a')],
              sequential: true,
              requireAll: false,
            },
          ],
        },
        {
          kind: 'order-sets',
          id: 'o',
          orderKind: 'Mandatory',
          sets: [
            {
              id: 'o1',
              resources: [resourceId('a'), resourceId('tag')],
              sequential: true,
              requireAll: false,
            },
            { id: 'o2', resources: [resourceId('a')], sequential: false, requireAll: false },
            { id: 'o3', resources: [], sequential: false, requireAll: false },
          ],
        },
      ],
    };
  });
  const twice = {
    ...picture,
    status: { ...picture.status, nodes: [...picture.status.nodes, ...picture.status.nodes] },
  };
  expect(plan(twice).findings.some(({ code }) => code === 'duplicate-id')).toBe(true);
});

test('a guest that is its own machine, or runs in its own guest', () => {
  for (const lines of [
    'primitive g remote-node=g',
    'primitive g remote-node=n1',
    'primitive g remote-node=h\nprimitive h remote-node=g',
    'primitive g remote-node=h\nprimitive k remote-node=h\nprefer k h INFINITY\nprefer g h INFINITY',
    'primitive g container=g\nprimitive h container=k\nprimitive k container=h',
  ]) {
    plan(parsePicture(`${SMALL}\n${lines}`));
    plan(parsePicture(`${SMALL}\n${lines}\nrunning g n1\nfailed g n1 monitor 7`));
  }
});

test('a bundle of no replicas', () => {
  for (const replicas of ['0', '-5', 'many', '3']) {
    const bundle: Resource = {
      kind: 'bundle',
      id: resourceId('box'),
      engine: 'podman',
      container: {
        image: 'x',
        replicas,
        'replicas-per-host': '999999999',
        'promoted-max': '9',
      },
      network: { 'ip-range-start': '255.255.255.254', 'control-port': '99999999' },
      ports: [],
      storage: [],
      meta: [],
      child: {
        kind: 'primitive',
        id: resourceId('in'),
        agent: { class: 'ocf', type: 'x' },
        parameters: [],
        utilization: [],
        operations: [],
        meta: [],
      },
    };
    plan(configured(SMALL, ({ resources }) => ({ resources: [...resources, bundle] })));
  }
});

test.each(['2147483648', '99999999999999999999'])('a clone of %s instances', (count) => {
  const made = plan(parsePicture(`${SMALL}\nclone many: c clone-max=${count} clone-node-max=9`));
  expect(made.findings).toContainEqual(
    expect.objectContaining({ code: 'too-many-instances', about: 'many' }),
  );
  expect(made.unplaced.length).toBeLessThan(1000);
});

test('histories of other clusters', () => {
  const operations = [
    'start',
    'stop',
    'monitor',
    'promote',
    'demote',
    'migrate_to',
    'migrate_from',
    'notify',
    'reload',
    'x',
    '',
  ];
  const records = operations.flatMap((operation, at): OperationRecord[] =>
    [-1, 0, 7, 8, 193, 99_999].map((exitCode) => ({
      id: `${operation}-${exitCode}`,
      operation,
      intervalMs: at % 2 === 0 ? 0 : -1,
      callId: at === 0 ? Number.MAX_SAFE_INTEGER : -exitCode,
      status:
        (['pending', 'done', 'error-fatal', 'unknown'] as const)[(at + exitCode) & 3] ?? 'done',
      exitCode,
      migrateSource: nodeName('n2'),
      migrateTarget: nodeName('nowhere'),
      lastChangeAt: wallMs(at % 3 === 0 ? -1 : Number.MAX_SAFE_INTEGER),
    })),
  );
  for (let cut = 1; cut <= records.length; cut += 3) {
    const picture = parsePicture(`${SMALL}\nclone many: c promotable=true clone-max=1`);
    const agent = { class: 'ocf', provider: 'heartbeat', type: 'Dummy' };
    const known = ['a', 'a:0', 'c:7', 'c:99999999999', ':', '', 'gone', 'a:b:c', 'many'];
    const nodes = picture.status.nodes.map((node) => ({
      ...node,
      history: known.map((resource) => ({
        resource: resourceId(resource),
        agent,
        operations: records.slice(cut - 1, cut + 6),
      })),
    }));
    plan({ ...picture, status: { ...picture.status, nodes } });
  }
});

const COUNT = 10_000;

test('ten thousand resources in one order of two long rows', () => {
  const ids = Array.from({ length: COUNT }, (_, at) => `r${at}`);
  const row = (from: number) => ids.slice(from, from + COUNT / 2).join(' ');
  const text = `node n1 dc\nnode n2\noption fencing-enabled=false enable-startup-probes=false\n${ids.map((id) => `primitive ${id}`).join('\n')}\norder sets ${row(0)} then ${row(COUNT / 2)}`;
  const made = plan(parsePicture(text));
  expect(starts(made)).toHaveLength(COUNT);
  expect(made.order.length).toBeLessThan(10 * COUNT);
});

test('ten thousand resources in one chain of orders and colocations', () => {
  const ids = Array.from({ length: COUNT }, (_, at) => `r${at}`);
  const constraints = ids.slice(1).flatMap((id, at): Constraint[] => [
    {
      kind: 'colocation',
      id: `c${at}`,
      dependent: resourceId(id),
      primary: resourceId(`r${at}`),
      score: 1_000_000,
    },
    {
      kind: 'order',
      id: `o${at}`,
      first: resourceId(`r${at}`),
      // oxlint-disable-next-line unicorn/no-thenable -- a string, and the model's own word
      then: resourceId(id),
      firstAction: 'start',
      orderKind: 'Mandatory',
      requireAll: true,
    },
  ]);
  const text = `node n1 dc\nnode n2\noption fencing-enabled=false enable-startup-probes=false\n${ids.map((id) => `primitive ${id}`).join('\n')}`;
  const made = plan(configured(text, () => ({ constraints })));
  expect(starts(made)).toHaveLength(COUNT);
  expect(new Set(made.placements.map(({ node }) => node)).size).toBe(1);
});

test('a group of ten thousand', () => {
  const ids = Array.from({ length: COUNT }, (_, at) => `r${at}`);
  const text = `node n1 dc\nnode n2\noption fencing-enabled=false enable-startup-probes=false\n${ids.map((id) => `primitive ${id}`).join('\n')}\ngroup g: ${ids.join(' ')}`;
  expect(starts(plan(parsePicture(text)))).toHaveLength(COUNT);
});

test('a star: ten thousand that all need the same', () => {
  const ids = Array.from({ length: COUNT }, (_, at) => `r${at}`);
  const constraints = ids.slice(1).map((id, at): Constraint => ({
    kind: 'colocation',
    id: `c${at}`,
    dependent: resourceId(id),
    primary: resourceId('r0'),
    score: at % 2 === 0 ? 1_000_000 : -7,
  }));
  const text = `node n1 dc\nnode n2\nnode n3\noption fencing-enabled=false enable-startup-probes=false\n${ids.map((id) => `primitive ${id}`).join('\n')}`;
  const made = plan(configured(text, () => ({ constraints })));
  expect(starts(made)).toHaveLength(COUNT);
  expect(names(made).length).toBeLessThan(4 * COUNT);
});
