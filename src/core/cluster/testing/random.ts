/** Random values of the model for property tests: every field, every variant, ugly texts. */
import * as fc from 'fast-check';
import type {
  Configuration,
  Constraint,
  Primitive,
  Resource,
  ResourceSet,
} from '../../model/configuration.ts';
import { incarnation, nodeName, resourceId, wallMs } from '../../model/ids.ts';
import type { OperationOutcome } from '../../model/operation.ts';
import type { ActionKind, Plan, PlannedAction, PlannedOperation } from '../../model/plan.ts';
import type { AttributeBlock, Expression, Rule } from '../../model/rule.ts';
import type { Command, ReportedResult } from '../commands.ts';
import type { Mark } from '../marks.ts';
import type { FencingRequest } from '../state.ts';

/** A record of which the keys after the required ones may be absent. */
function partly<T extends object, R extends object>(
  required: { [K in keyof T]: fc.Arbitrary<T[K]> },
  optional: { [K in keyof R]: fc.Arbitrary<R[K]> },
): fc.Arbitrary<T & Partial<R>> {
  const requiredKeys = Object.keys(required) as (keyof (T & R))[];
  const options = { requiredKeys, noNullPrototype: true } as const;
  return fc.record({ ...required, ...optional }, options as never) as never;
}

const few = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(item, { maxLength: 3 });

export const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const word = fc.stringMatching(/^[a-z][a-z0-9:_-]{0,6}$/);
export const nodes = fc.constantFrom('n1', 'n2', 'n3').map(nodeName);
export const resources = fc.constantFrom('web', 'db', 'db:1', 'ip').map(resourceId);
const lives = fc.constantFrom('boot-1 1', 'boot-1 2', '').map(incarnation);
const times = fc.nat().map(wallMs);
const scores = fc.integer({ min: -1_000_000, max: 1_000_000 });
const flag = fc.boolean();
const texts = fc.dictionary(word, text, { maxKeys: 3, noNullPrototype: true });

const expressions: fc.Arbitrary<Expression> = fc.letrec<{ rule: Rule; expression: Expression }>(
  (tie) => ({
    rule: partly(
      {
        id: word,
        join: fc.constantFrom('and' as const, 'or' as const),
        expressions: fc.array(tie('expression'), { maxLength: 2 }),
      },
      { score: scores, scoreAttribute: word, role: word },
    ),
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      partly(
        {
          kind: fc.constant('attribute' as const),
          attribute: word,
          operation: fc.constantFrom('lt' as const, 'ne' as const, 'not_defined' as const),
          valueSource: fc.constantFrom('literal' as const, 'param' as const, 'meta' as const),
        },
        { value: text, valueType: fc.constantFrom('integer' as const, 'version' as const) },
      ),
      partly(
        { kind: fc.constant('date' as const), operation: fc.constant('in_range' as const) },
        {
          start: word,
          end: word,
          duration: partly({}, { months: fc.nat(), seconds: fc.nat() }),
          specification: partly({}, { hours: partly({}, { from: fc.nat(), to: fc.nat() }) }),
        },
      ),
      partly({ kind: fc.constant('resource' as const) }, { class: word, type: word }),
      partly({ kind: fc.constant('operation' as const), name: word }, { intervalMs: fc.nat() }),
      fc.record(
        { kind: fc.constant('rule' as const), rule: tie('rule') },
        { noNullPrototype: true },
      ),
    ),
  }),
).expression;

const rules: fc.Arbitrary<Rule> = partly(
  { id: word, join: fc.constant('or' as const), expressions: few(expressions) },
  { score: scores },
);

const blocks: fc.Arbitrary<AttributeBlock[]> = fc.array(
  partly({ id: word, score: scores, values: texts }, { rule: rules }),
  { maxLength: 1 },
);

const agents = partly({ class: word, type: word }, { provider: word });

const primitives: fc.Arbitrary<Primitive> = partly(
  {
    kind: fc.constant('primitive' as const),
    id: resources,
    meta: blocks,
    parameters: blocks,
    utilization: blocks,
    operations: fc.array(
      fc.record(
        {
          id: word,
          name: word,
          intervalMs: fc.nat(),
          attributes: texts,
          meta: blocks,
          parameters: blocks,
        },
        { noNullPrototype: true },
      ),
      { maxLength: 1 },
    ),
  },
  { agent: agents, template: word, description: text },
);

const groups = fc.record(
  {
    kind: fc.constant('group' as const),
    id: resources,
    meta: blocks,
    members: few(primitives),
    parameters: blocks,
  },
  { noNullPrototype: true },
);

const anyResource: fc.Arbitrary<Resource> = fc.oneof(
  primitives,
  groups,
  partly(
    {
      kind: fc.constant('clone' as const),
      id: resources,
      meta: blocks,
      child: fc.oneof(primitives, groups),
      parameters: blocks,
      promotable: flag,
    },
    { description: text },
  ),
  partly(
    {
      kind: fc.constant('bundle' as const),
      id: resources,
      meta: blocks,
      engine: fc.constantFrom('docker' as const, 'podman' as const),
      container: texts,
      network: texts,
      ports: few(texts),
      storage: few(texts),
    },
    { child: primitives },
  ),
);

const sets: fc.Arbitrary<ResourceSet[]> = fc.array(
  partly(
    { id: word, resources: few(resources), sequential: flag, requireAll: flag },
    {
      ordering: fc.constant('listed' as const),
      role: fc.constant('Promoted' as const),
      score: scores,
    },
  ),
  { maxLength: 2 },
);

const constraints: fc.Arbitrary<Constraint> = fc.oneof(
  partly(
    {
      kind: fc.constant('location' as const),
      id: word,
      target: fc.oneof(
        fc.record(
          { kind: fc.constant('resource' as const), resource: resources },
          { noNullPrototype: true },
        ),
        fc.record(
          { kind: fc.constant('pattern' as const), pattern: word, negated: flag },
          { noNullPrototype: true },
        ),
        fc.record({ kind: fc.constant('sets' as const), sets }, { noNullPrototype: true }),
      ),
      rules: fc.array(rules, { maxLength: 1 }),
      discovery: fc.constantFrom('always' as const, 'never' as const, 'exclusive' as const),
    },
    { node: nodes, score: scores, lifetime: rules, expiresAtWallMs: fc.nat() },
  ),
  partly(
    {
      kind: fc.constant('colocation' as const),
      id: word,
      dependent: resources,
      primary: resources,
      score: scores,
    },
    { influence: flag, dependentInstance: fc.nat(), nodeAttribute: word },
  ),
  partly(
    { kind: fc.constant('colocation-sets' as const), id: word, sets, score: scores },
    { influence: flag },
  ),
  partly(
    {
      kind: fc.constant('order' as const),
      id: word,
      first: resources,
      // oxlint-disable-next-line unicorn/no-thenable -- the field's own word
      then: resources,
      firstAction: fc.constantFrom('start' as const, 'promote' as const),
      orderKind: fc.constantFrom('Mandatory' as const, 'Serialize' as const),
      requireAll: flag,
    },
    { symmetrical: flag, thenInstance: fc.nat() },
  ),
  partly(
    {
      kind: fc.constant('order-sets' as const),
      id: word,
      sets,
      orderKind: fc.constant('Optional' as const),
    },
    { symmetrical: flag },
  ),
  partly(
    { kind: fc.constant('ticket' as const), id: word, ticket: word, sets },
    { resource: resources, lossPolicy: fc.constant('fence' as const) },
  ),
);

export const configurations: fc.Arbitrary<Configuration> = fc.record(
  {
    options: blocks,
    nodes: fc.array(
      fc.record(
        {
          id: word,
          name: nodes,
          type: fc.constantFrom('member' as const, 'remote' as const),
          attributes: blocks,
          utilization: blocks,
        },
        { noNullPrototype: true },
      ),
      { maxLength: 1 },
    ),
    resources: few(anyResource),
    templates: fc.constant([]),
    constraints: few(constraints),
    resourceDefaults: blocks,
    operationDefaults: blocks,
    tags: few(fc.record({ id: word, references: few(word) }, { noNullPrototype: true })),
    fenceDevices: few(
      fc.record(
        {
          id: word,
          agent: word,
          parameters: texts,
          hosts: texts,
          action: fc.constantFrom('off' as const, 'reboot' as const),
          timeoutMs: fc.nat(),
          retries: fc.nat(),
          monitorIntervalMs: fc.nat(),
          delayMs: fc.nat(),
        },
        { noNullPrototype: true },
      ),
    ),
    fencingLevels: few(
      fc.record(
        {
          id: word,
          target: fc.oneof(
            fc.record(
              { kind: fc.constant('node' as const), node: nodes },
              { noNullPrototype: true },
            ),
            fc.record(
              { kind: fc.constant('attribute' as const), name: word, value: word },
              { noNullPrototype: true },
            ),
          ),
          index: fc.nat(9),
          devices: few(word),
        },
        { noNullPrototype: true },
      ),
    ),
  },
  { noNullPrototype: true },
);

const operations: fc.Arbitrary<PlannedOperation> = partly(
  {
    name: word,
    timeoutMs: fc.nat(),
    startDelayMs: fc.nat(),
    expectedExitCode: fc.nat(9),
    parameters: texts,
    meta: texts,
    onFail: word,
    digest: word,
  },
  { restartDigest: word, forceRestart: few(word), secureParameters: few(word) },
);

const kinds: readonly ActionKind[] = [
  'start',
  'stop',
  'promote',
  'demote',
  'monitor',
  'cancel',
  'notify',
  'migrate_to',
  'migrate_from',
  'reload',
  'delete-history',
  'clear-failcount',
  'fence',
  'shutdown',
  'pseudo',
];

const actions: fc.Arbitrary<Omit<PlannedAction, 'id'>> = partly(
  {
    kind: fc.constantFrom(...kinds),
    pseudo: fc.boolean(),
    name: text,
    intervalMs: fc.constantFrom(0, 10_000),
    reason: text,
    priority: fc.integer(),
  },
  {
    resource: resources,
    instance: resources,
    agent: agents,
    node: nodes,
    router: nodes,
    operation: operations,
    fenceMethod: fc.constantFrom('reboot' as const, 'off' as const, 'on' as const),
    of: word,
    when: fc.constantFrom('pre' as const, 'post' as const),
    migrateSource: nodes,
    migrateTarget: nodes,
  },
);

/** Acyclic: order pairs go from a lower id to a higher one. */
export const plans: fc.Arbitrary<Plan> = fc
  .tuple(
    fc.array(actions, { maxLength: 6 }),
    fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 6 }),
    partly(
      {
        placements: few(
          fc.record(
            { resource: resources, node: nodes, role: fc.constant('Started' as const) },
            { noNullPrototype: true },
          ),
        ),
        unplaced: few(partly({ resource: resources, reason: text }, { advice: text })),
        findings: few(fc.record({ code: word, about: text, text }, { noNullPrototype: true })),
      },
      { nextChangeAt: times },
    ),
  )
  .map(([list, pairs, rest]) => ({
    ...rest,
    actions: list.map((action, id) => ({ ...action, id })),
    order: pairs.filter(([first, then]) => first < then && then < list.length),
  }));

const outcomes: fc.Arbitrary<OperationOutcome> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('exited' as const),
      exitCode: fc.constantFrom(0, 1, 5, 7, 8, 9, -1, 190),
      exitReason: text,
    },
    { noNullPrototype: true },
  ),
  fc.constant({ kind: 'timed-out' as const }),
  fc.constant({ kind: 'cancelled' as const }),
  fc.record(
    { kind: fc.constant('unkillable' as const), processes: few(fc.nat()) },
    { noNullPrototype: true },
  ),
  fc.record(
    { kind: fc.constant('not-run' as const), exitCode: fc.nat(9), reason: text },
    { noNullPrototype: true },
  ),
);

const results: fc.Arbitrary<ReportedResult> = partly(
  {
    resource: resources,
    operation: fc.constantFrom('start', 'stop', 'monitor', 'promote', 'cancel', 'notify', 'reload'),
    intervalMs: fc.constantFrom(0, 10_000),
    outcome: outcomes,
    durationMs: fc.nat(),
    output: text,
    callId: fc.nat(),
    endedAt: times,
  },
  { key: text.map((rest) => `start ${rest}`) },
);

const markCommon = { id: word, by: text, setAt: times };
const marks: fc.Arbitrary<Mark> = fc.oneof(
  partly(
    { ...markCommon, kind: fc.constant('node-standby' as const), node: nodes },
    { expiresAt: times },
  ),
  partly({ ...markCommon, kind: fc.constant('node-maintenance' as const), node: nodes }, {}),
  partly(
    { ...markCommon, kind: fc.constant('resource-maintenance' as const), resource: resources },
    { expiresAt: times },
  ),
  partly(
    {
      ...markCommon,
      kind: fc.constant('target-role' as const),
      resource: resources,
      role: fc.constantFrom('Started' as const, 'Stopped' as const),
    },
    {},
  ),
  partly(
    { ...markCommon, kind: fc.constant('move' as const), resource: resources },
    { to: nodes, away: nodes, expiresAt: times },
  ),
  partly({ ...markCommon, kind: fc.constant('restart' as const), resource: resources }, {}),
  partly(
    {
      ...markCommon,
      kind: fc.constant('node-attribute' as const),
      node: nodes,
      name: word,
      value: text,
    },
    {},
  ),
  partly(
    { ...markCommon, kind: fc.constant('cluster-attribute' as const), name: word, value: text },
    {},
  ),
);

const requests: fc.Arbitrary<FencingRequest> = fc.record(
  {
    id: word,
    target: nodes,
    incarnation: lives,
    method: fc.constantFrom('reboot' as const, 'off' as const, 'on' as const),
    device: word,
    executor: nodes,
    reason: text,
    begunAt: times,
    attempt: fc.nat(9),
  },
  { noNullPrototype: true },
);

const kind = <K extends string>(name: K): fc.Arbitrary<K> => fc.constant(name);

/** Every kind of command, as well-formed as a member of the cluster would send it. */
export const commands: fc.Arbitrary<Command> = fc.oneof(
  partly(
    { kind: kind('configure'), configuration: configurations, source: text, by: text },
    { expectedVersion: fc.nat(3) },
  ),
  partly({ kind: kind('set-mark'), mark: marks }, {}),
  partly({ kind: kind('clear-mark'), id: word, by: text }, {}),
  partly({ kind: kind('ticket'), ticket: word, by: text }, { granted: flag, standby: flag }),
  partly({ kind: kind('declare-lost'), node: nodes, incarnation: lives, reason: text }, {}),
  partly({ kind: kind('fence-begin'), request: requests }, {}),
  partly({ kind: kind('fence-end'), id: word, ok: flag, text, durationMs: fc.nat() }, {}),
  partly({ kind: kind('fence-confirm'), node: nodes, by: text }, {}),
  partly({ kind: kind('shutdown-request'), node: nodes, by: text }, {}),
  partly({ kind: kind('nodes-configured'), nodes: few(nodes) }, {}),
  partly({ kind: kind('node-leaves'), node: nodes, incarnation: lives }, {}),
  partly({ kind: kind('results'), node: nodes, incarnation: lives, results: few(results) }, {}),
  partly(
    {
      kind: kind('plan'),
      view: fc.constantFrom('1.1.1', '2.1.1'),
      wanted: fc.nat(9),
      changeCount: fc.nat(9),
      configurationVersion: fc.nat(2),
      plan: plans,
      because: text,
    },
    { failed: text },
  ),
  partly({ kind: kind('attribute'), node: nodes, name: word }, { value: text }),
  partly({ kind: kind('cleanup'), by: text }, { resource: resources, node: nodes }),
  partly({ kind: kind('time-passed'), until: times }, {}),
);
