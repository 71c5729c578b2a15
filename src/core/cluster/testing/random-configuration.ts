/** Random configurations for property tests: every field, every variant, ugly texts. */
import * as fc from 'fast-check';
import type {
  Configuration,
  Constraint,
  Primitive,
  Resource,
  ResourceSet,
} from '../../model/configuration.ts';
import type { AttributeBlock, Expression, Rule } from '../../model/rule.ts';
import { partly, few, text, word, nodes, resources, scores, flag, texts } from './random-values.ts';

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

export const agents = partly({ class: word, type: word }, { provider: word });

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
