/** Random configurations for property tests: everything the model can say, names as odd as texts get. */
import * as fc from 'fast-check';
import type {
  Bundle,
  Clone,
  Configuration,
  Constraint,
  FenceDevice,
  FencingLevel,
  Group,
  NodeConfiguration,
  OperationConfiguration,
  Primitive,
  Resource,
  ResourceSet,
  Template,
} from '../../core/model/configuration.ts';
import { nodeName, resourceId } from '../../core/model/ids.ts';
import type { AttributeBlock, DateRange, Expression, Rule } from '../../core/model/rule.ts';

type Arb<T> = fc.Arbitrary<T>;

const plainName = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,11}$/);
const oddText = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom(
    '',
    '~',
    'null',
    'true',
    '010',
    '1.10',
    'a: b',
    '# x',
    '- y',
    'a\nb',
    "'",
    '"',
    '<<',
  ),
  fc.constantFrom(
    '*a',
    '&a',
    '!t',
    '@',
    '`',
    '%',
    '{',
    '[',
    'a,b',
    ' lead',
    'trail ',
    '\t',
    '2024-01-01',
  ),
);

const isUsable = (text: string): boolean => !(text in Object.prototype);
export const anyName: Arb<string> = fc
  .oneof({ weight: 4, arbitrary: plainName }, { weight: 1, arbitrary: oddText })
  .filter(isUsable);
export const anyText: Arb<string> = fc.oneof(plainName, oddText, fc.integer().map(String));

const idArb = anyName.map(resourceId);
const nodeArb = anyName.map(nodeName);
const valuesArb = fc.dictionary(anyName, anyText, { maxKeys: 3 });
const scoreArb = fc.oneof(
  fc.constantFrom(0, 1_000_000, -1_000_000),
  fc.integer({ min: -999_999, max: 999_999 }),
);
const durationArb = fc.oneof(
  fc.integer({ min: 0, max: 10_000_000 }),
  fc.integer({ min: 0, max: 1000 }).map((seconds) => seconds * 1000),
);

/** An object where each of the optional fields may be absent. */
function partial<T extends object, O extends object>(
  required: { [K in keyof T]: Arb<T[K]> },
  optional: { [K in keyof O]-?: Arb<Exclude<O[K], undefined>> },
): Arb<T & O> {
  const requiredKeys = Object.keys(required);
  return fc.record({ ...required, ...optional }, { requiredKeys: requiredKeys as never }) as Arb<
    T & O
  >;
}

const rangeArb: Arb<DateRange> = fc.oneof(
  fc.record({ from: fc.nat(9999), to: fc.nat(9999) }),
  fc.record({ from: fc.nat(9999) }),
  fc.record({ to: fc.nat(9999) }),
);

const expressionArb: Arb<Expression> = fc.oneof(
  partial<
    Pick<
      Extract<Expression, { kind: 'attribute' }>,
      'kind' | 'attribute' | 'operation' | 'valueSource'
    >,
    Pick<Extract<Expression, { kind: 'attribute' }>, 'value' | 'valueType'>
  >(
    {
      kind: fc.constant('attribute'),
      attribute: anyText,
      operation: fc.constantFrom('lt', 'gt', 'lte', 'gte', 'eq', 'ne', 'defined', 'not_defined'),
      valueSource: fc.constantFrom('literal', 'param', 'meta'),
    },
    { value: anyText, valueType: fc.constantFrom('string', 'integer', 'number', 'version') },
  ),
  fc.record(
    {
      kind: fc.constant('date' as const),
      operation: fc.constantFrom(
        'lt' as const,
        'gt' as const,
        'in_range' as const,
        'date_spec' as const,
      ),
      start: anyText,
      end: anyText,
      duration: fc.record(
        { years: fc.nat(99), hours: fc.nat(99), seconds: fc.nat(99) },
        { requiredKeys: [] },
      ),
      specification: fc.record(
        { hours: rangeArb, weekdays: rangeArb, moon: rangeArb },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ['kind', 'operation'] },
  ),
  fc.record(
    { kind: fc.constant('resource' as const), class: anyText, provider: anyText, type: anyText },
    { requiredKeys: ['kind'] },
  ),
  fc.record(
    { kind: fc.constant('operation' as const), name: anyText, intervalMs: durationArb },
    { requiredKeys: ['kind', 'name'] },
  ),
);

const { rule: ruleArb } = fc.letrec<{ rule: Rule; expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3 },
    expressionArb,
    tie('rule').map((rule): Expression => ({ kind: 'rule', rule })),
  ),
  rule: fc.record(
    {
      id: anyText,
      join: fc.constantFrom('and' as const, 'or' as const),
      expressions: fc.array(tie('expression'), { maxLength: 3 }),
      score: scoreArb,
      scoreAttribute: anyText,
      role: anyText,
    },
    { requiredKeys: ['id', 'join', 'expressions'] },
  ),
}));

const blockArb: Arb<AttributeBlock> = fc.record(
  { id: anyText, score: scoreArb, rule: ruleArb, values: valuesArb },
  { requiredKeys: ['id', 'score', 'values'] },
);
const blocksArb = fc.array(blockArb, { maxLength: 2 });

/** Blocks as the short form makes them. */
const shortBlocks = (base: string): Arb<readonly AttributeBlock[]> =>
  fc.oneof(
    blocksArb,
    valuesArb.map((values) => [{ id: base, score: 0, values }]),
  );

const roleArb = fc.constantFrom(
  'Stopped' as const,
  'Started' as const,
  'Unpromoted' as const,
  'Promoted' as const,
);
const actionArb = fc.constantFrom(
  'start' as const,
  'stop' as const,
  'promote' as const,
  'demote' as const,
);
const kindArb = fc.constantFrom('Mandatory' as const, 'Optional' as const, 'Serialize' as const);

const operationArb: Arb<OperationConfiguration> = fc
  .record({
    id: anyText,
    name: fc.oneof(fc.constantFrom('monitor', 'start', 'stop'), anyName),
    intervalMs: durationArb,
    attributes: fc.oneof(
      valuesArb,
      fc.record({ timeout: anyText, role: anyText, 'on-fail': anyText }, { requiredKeys: [] }),
    ),
    meta: blocksArb,
    parameters: blocksArb,
  })
  .chain((operation) =>
    fc.constantFrom(operation, { ...operation, attributes: {}, meta: [], parameters: [] }),
  );

const agentArb = fc.oneof(
  fc.record({ class: fc.constant('ocf'), provider: plainName, type: plainName }),
  fc.record({ class: fc.constantFrom('systemd', 'lsb', 'command', 'stonith'), type: anyText }),
  fc.record(
    { class: anyText, provider: anyText, type: anyText },
    { requiredKeys: ['class', 'type'] },
  ),
);

const partsArb = {
  agent: agentArb,
  description: anyText,
  parameters: blocksArb,
  meta: blocksArb,
  utilization: blocksArb,
  operations: fc.array(operationArb, { maxLength: 3 }),
};
const partKeys = ['parameters', 'meta', 'utilization', 'operations'] as const;

const primitiveWith = (id: Arb<Primitive['id']>): Arb<Primitive> =>
  fc
    .record(
      { kind: fc.constant('primitive' as const), id, template: anyText, ...partsArb },
      { requiredKeys: ['kind', 'id', 'agent', ...partKeys] },
    )
    .chain((made) =>
      shortBlocks(`${made.id}-instance_attributes`).map((parameters) => ({ ...made, parameters })),
    );

const templateArb: Arb<Template> = fc.record(
  { id: anyName, ...partsArb },
  { requiredKeys: ['id', ...partKeys] },
);

const primitiveArb = primitiveWith(idArb);
const unique = <T>(arb: Arb<T>, key: (item: T) => string, maxLength = 3): Arb<T[]> =>
  fc.uniqueArray(arb, { selector: key, maxLength });

const groupArb: Arb<Group> = fc.record(
  {
    kind: fc.constant('group' as const),
    id: idArb,
    description: anyText,
    members: unique(primitiveArb, ({ id }) => id),
    meta: blocksArb,
    parameters: blocksArb,
  },
  { requiredKeys: ['kind', 'id', 'members', 'meta', 'parameters'] },
);

const cloneArb: Arb<Clone> = fc.record({
  kind: fc.constant('clone' as const),
  id: idArb,
  child: fc.oneof(primitiveArb, groupArb),
  promotable: fc.boolean(),
  meta: blocksArb,
  parameters: blocksArb,
});

const bundleArb: Arb<Bundle> = fc.record(
  {
    kind: fc.constant('bundle' as const),
    id: idArb,
    engine: fc.constantFrom('docker' as const, 'podman' as const, 'rkt' as const),
    container: valuesArb,
    network: valuesArb,
    ports: fc.array(valuesArb, { maxLength: 2 }),
    storage: fc.array(valuesArb, { maxLength: 2 }),
    child: primitiveArb,
    meta: blocksArb,
  },
  { requiredKeys: ['kind', 'id', 'engine', 'container', 'network', 'ports', 'storage', 'meta'] },
);

const resourceArb: Arb<Resource> = fc.oneof(primitiveArb, groupArb, cloneArb, bundleArb);

const setArb: Arb<ResourceSet> = fc.record(
  {
    id: anyText,
    resources: fc.array(idArb, { maxLength: 4 }),
    sequential: fc.boolean(),
    requireAll: fc.boolean(),
    ordering: fc.constantFrom('group' as const, 'listed' as const),
    action: actionArb,
    role: roleArb,
    score: scoreArb,
    orderKind: kindArb,
  },
  { requiredKeys: ['id', 'resources', 'sequential', 'requireAll'] },
);
const setsArb = fc.array(setArb, { maxLength: 2 });
const instanceArb = fc.integer({ min: 0, max: 9 });

const locationArb: Arb<Constraint> = fc.record(
  {
    kind: fc.constant('location' as const),
    id: anyText,
    target: fc.oneof(
      fc.record({ kind: fc.constant('resource' as const), resource: idArb }),
      fc.record({ kind: fc.constant('pattern' as const), pattern: anyText, negated: fc.boolean() }),
      fc.record({ kind: fc.constant('sets' as const), sets: setsArb }),
    ),
    node: nodeArb,
    score: scoreArb,
    rules: fc.array(ruleArb, { maxLength: 2 }),
    role: roleArb,
    discovery: fc.constantFrom('always' as const, 'never' as const, 'exclusive' as const),
    lifetime: ruleArb,
  },
  { requiredKeys: ['kind', 'id', 'target', 'rules', 'discovery'] },
);

/** As `prefers` and `avoids` make them, so that the short form is met, and ids that collide. */
const preferenceArb: Arb<Constraint> = fc
  .record({
    resource: fc.constantFrom('a', 'b'),
    node: fc.constantFrom('n1', 'n2', '7'),
    score: scoreArb,
  })
  .map(({ resource, node, score }) => ({
    kind: 'location' as const,
    id: `location-${resource}-${node}`,
    target: { kind: 'resource' as const, resource: resourceId(resource) },
    node: nodeName(node),
    score,
    rules: [],
    discovery: 'always' as const,
  }));

const colocationArb: Arb<Constraint> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('colocation' as const),
      id: anyText,
      dependent: idArb,
      primary: idArb,
      score: scoreArb,
      dependentRole: roleArb,
      primaryRole: roleArb,
      dependentInstance: instanceArb,
      primaryInstance: instanceArb,
      nodeAttribute: anyText,
      influence: fc.boolean(),
      lifetime: ruleArb,
    },
    { requiredKeys: ['kind', 'id', 'dependent', 'primary', 'score'] },
  ),
  fc.record(
    {
      kind: fc.constant('colocation-sets' as const),
      id: anyText,
      sets: setsArb,
      score: scoreArb,
      influence: fc.boolean(),
    },
    { requiredKeys: ['kind', 'id', 'sets', 'score'] },
  ),
);

const orderArb: Arb<Constraint> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('order' as const),
      id: anyText,
      first: idArb,
      // oxlint-disable-next-line unicorn/no-thenable -- a string, and the field's own word
      then: idArb,
      firstAction: actionArb,
      thenAction: actionArb,
      firstInstance: instanceArb,
      thenInstance: instanceArb,
      orderKind: kindArb,
      symmetrical: fc.boolean(),
      requireAll: fc.boolean(),
    },
    { requiredKeys: ['kind', 'id', 'first', 'then', 'firstAction', 'orderKind', 'requireAll'] },
  ),
  fc.record(
    {
      kind: fc.constant('order-sets' as const),
      id: anyText,
      sets: setsArb,
      orderKind: kindArb,
      symmetrical: fc.boolean(),
    },
    { requiredKeys: ['kind', 'id', 'sets', 'orderKind'] },
  ),
);

const ticketArb: Arb<Constraint> = fc.record(
  {
    kind: fc.constant('ticket' as const),
    id: anyText,
    ticket: anyText,
    lossPolicy: fc.constantFrom(
      'stop' as const,
      'demote' as const,
      'fence' as const,
      'freeze' as const,
    ),
    resource: idArb,
    role: roleArb,
    sets: setsArb,
  },
  { requiredKeys: ['kind', 'id', 'ticket', 'sets'] },
);

const constraintArb = fc.oneof(locationArb, preferenceArb, colocationArb, orderArb, ticketArb);

const nodeConfigurationArb: Arb<NodeConfiguration> = fc.record({
  id: anyText,
  name: nodeArb,
  type: fc.constantFrom('member' as const, 'remote' as const, 'ping' as const),
  attributes: blocksArb,
  utilization: blocksArb,
});

const ownNameArb = anyName.map((name) => ({ [name]: name }));
const simpleDeviceArb: Arb<FenceDevice> = fc.record({
  id: anyName,
  agent: anyText,
  parameters: valuesArb,
  hosts: fc.oneof(valuesArb, ownNameArb),
  action: fc.constantFrom('off' as const, 'reboot' as const),
  timeoutMs: durationArb,
  retries: fc.nat(9),
  monitorIntervalMs: durationArb,
  delayMs: durationArb,
});

const deviceArb: Arb<FenceDevice> = fc
  .record({
    device: simpleDeviceArb,
    delays: fc.option(fc.dictionary(anyName, durationArb, { minKeys: 1, noNullPrototype: true })),
    more: fc.record({
      delayMaxMs: durationArb,
      hostCheck: fc.constantFrom('static-list', 'dynamic-list', 'status', 'none'),
      unfencing: fc.constantFrom('own-node', 'any-node', 'none'),
      timeoutsMs: fc.record({ off: durationArb, status: durationArb }),
      retriesFor: fc.record({ on: fc.nat(9) }),
    }),
  })
  .map(({ device, delays, more }) =>
    delays === null ? { ...device, ...more } : { ...device, delayMs: 0, delaysMs: delays, ...more },
  );

const levelTargetArb: Arb<FencingLevel['target']> = fc.oneof(
  fc.record({ kind: fc.constant('node' as const), node: nodeArb }),
  fc.record({ kind: fc.constant('pattern' as const), pattern: anyText }),
  fc.record({ kind: fc.constant('attribute' as const), name: anyName, value: anyText }),
);

const levelArb: Arb<FencingLevel> = fc
  .record({
    id: anyText,
    target: levelTargetArb,
    index: fc.integer({ min: 0, max: 9 }),
    devices: fc.array(anyText, { maxLength: 3 }),
  })
  .chain((level) =>
    fc.constantFrom(
      level,
      ...(level.target.kind === 'node'
        ? [{ ...level, id: `fencing-${level.target.node}-1`, index: 1 }]
        : []),
    ),
  );

export const configurationArbitrary: Arb<Configuration> = fc.record({
  options: shortBlocks('cib-bootstrap-options').chain((blocks) =>
    fc.constantFrom(blocks, [
      {
        id: 'cib-bootstrap-options',
        score: 0,
        values: { 'cluster-name': 'web', 'stop-all-resources': 'no' },
      },
    ]),
  ),
  nodes: unique(nodeConfigurationArb, ({ name }) => name),
  resources: unique(resourceArb, ({ id }) => id),
  templates: unique(templateArb, ({ id }) => id, 2),
  constraints: fc.array(constraintArb, { maxLength: 4 }),
  resourceDefaults: shortBlocks('rsc_defaults-options').chain((blocks) =>
    fc.constantFrom(blocks, [
      { id: 'rsc_defaults-options', score: 0, values: { 'resource-stickiness': '1' } },
    ]),
  ),
  operationDefaults: shortBlocks('op_defaults-options'),
  tags: unique(
    fc.record({ id: anyName, references: fc.array(anyText, { maxLength: 3 }) }),
    ({ id }) => id,
    2,
  ),
  fenceDevices: unique(deviceArb, ({ id }) => id, 2),
  fencingLevels: fc.array(levelArb, { maxLength: 3 }),
});
