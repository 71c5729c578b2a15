import { expect, test } from 'vitest';
import type { Configuration, Primitive, Resource } from '../model/configuration.ts';
import { nodeName, resourceId } from '../model/ids.ts';
import { checkAgents } from './agents.ts';
import type { AgentDescription } from './agents.ts';
import { checkConfiguration } from './check.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';

const block = (values: Record<string, string>) => [{ id: 'b', score: 0, values }];

function primitive(id: string, more: Partial<Primitive> = {}): Primitive {
  return {
    kind: 'primitive',
    id: resourceId(id),
    agent: { class: 'ocf', provider: 'pacemaker', type: 'Dummy' },
    parameters: [],
    meta: [],
    utilization: [],
    operations: [],
    ...more,
  };
}

const address = (id: string, ip: string, more: Record<string, string> = {}): Primitive =>
  primitive(id, {
    agent: { class: 'ocf', provider: 'heartbeat', type: 'IPaddr2' },
    parameters: block({ ip, ...more }),
  });

const machine = (id: string, parameters: Readonly<Record<string, string>>): Primitive =>
  primitive(id, { agent: { class: 'vm', type: '' }, parameters: block(parameters) });

const group = (id: string, members: readonly Primitive[]): Resource => ({
  kind: 'group',
  id: resourceId(id),
  members,
  meta: [],
  parameters: [],
});

const clone = (id: string, child: Primitive, meta: Record<string, string> = {}): Resource => ({
  kind: 'clone',
  id: resourceId(id),
  child,
  promotable: false,
  meta: block(meta),
  parameters: [],
});

/** Fencing is off unless a test is about it. */
function configuration(more: Partial<Configuration>): Configuration {
  return {
    options: block({ 'fencing-enabled': 'false' }),
    nodes: [],
    resources: [],
    templates: [],
    constraints: [],
    resourceDefaults: [],
    operationDefaults: [],
    tags: [],
    fenceDevices: [],
    fencingLevels: [],
    ...more,
  };
}

const order = (first: string, second: string, more = {}): Configuration['constraints'][number] => ({
  kind: 'order',
  id: `${first}-${second}`,
  first: resourceId(first),
  // oxlint-disable-next-line unicorn/no-thenable -- a string, and the field's own word
  then: resourceId(second),
  firstAction: 'start',
  orderKind: 'Mandatory',
  requireAll: true,
  ...more,
});

const codes = (own: Configuration): readonly string[] =>
  checkConfiguration(own).map(({ code, severity }) => `${severity} ${code}`);
const texts = (own: Configuration): readonly string[] =>
  checkConfiguration(own).map(({ text }) => text);

test('a sound configuration has no findings', () => {
  const resources = [
    group('web', [address('ip', '10.0.0.1'), primitive('nginx')]),
    primitive('db'),
  ];
  const constraints = [order('db', 'web')];
  expect(checkConfiguration(configuration({ resources, constraints }))).toEqual([]);
});

test('a reference that leads nowhere is an error with the nearest name', () => {
  const resources = [primitive('database'), primitive('web')];
  const constraints = [order('databse', 'web')];
  expect(texts(configuration({ resources, constraints }))).toEqual([
    'there is no resource "databse", did you mean "database"?',
  ]);
});

test('templates, tags and members of groups can be referred to', () => {
  const own = configuration({
    resources: [group('g', [primitive('a')]), primitive('b', { template: 't' })],
    templates: [{ ...primitive('x'), id: 't' }],
    tags: [{ id: 'all', references: ['a', 'b'] }],
    constraints: [order('a', 't'), order('t', 'all', { id: 'x', orderKind: 'Serialize' })],
  });
  expect(codes(own)).toEqual([]);
});

test('a member of two groups is named with both places', () => {
  const own = configuration({
    resources: [group('g', [primitive('a')]), group('h', [primitive('a')])],
  });
  expect(texts(own)).toEqual(['"a" is defined twice: in group "g" and in group "h"']);
});

test('a cycle of orders is named, once', () => {
  const resources = ['a', 'b', 'c', 'd'].map((id) => primitive(id));
  const constraints = [order('d', 'a'), order('a', 'b'), order('b', 'c'), order('c', 'a')];
  const findings = checkConfiguration(configuration({ resources, constraints }));
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({
    code: 'order-cycle',
    text: 'each of these waits for the one before it, in a circle: a → b → c → a',
    advice: 'remove one of the orders a-b, b-c, c-a',
  });
});

test('an order that promotes what cannot be promoted is named', () => {
  const resources = [clone('db', primitive('pg'), { promotable: 'true' }), primitive('web')];
  const findings = (more: object) =>
    checkConfiguration(configuration({ resources, constraints: [order('db', 'web', more)] }));
  expect(findings({ firstAction: 'promote', thenAction: 'start' })).toEqual([]);
  expect(findings({})).toEqual([]);
  expect(findings({ firstAction: 'promote' })).toMatchObject([
    { code: 'no-promotion', severity: 'warning', advice: 'write "start web"' },
  ]);
});

test('a cycle through a group and its order of members is found', () => {
  const resources = [group('g', [primitive('a'), primitive('b')]), primitive('x')];
  const own = configuration({ resources, constraints: [order('b', 'a')] });
  expect(texts(own)[0]).toContain('in a circle: a → b → a');
  const around = [order('g', 'x'), order('x', 'a')];
  expect(codes(configuration({ resources, constraints: around }))).toEqual(['error order-cycle']);
});

test('orders that only look like a cycle are none', () => {
  const resources = ['a', 'b'].map((id) => primitive(id));
  const stopFirst = [
    order('a', 'b', { symmetrical: false }),
    order('b', 'a', { id: 'other', firstAction: 'stop', thenAction: 'stop', symmetrical: false }),
  ];
  expect(codes(configuration({ resources, constraints: stopFirst }))).toEqual([]);
  const serialize = [order('a', 'b'), order('b', 'a', { orderKind: 'Serialize' })];
  expect(codes(configuration({ resources, constraints: serialize }))).toEqual([]);
});

test('a chain of 20 000 orders is looked through without recursion', () => {
  const resources = Array.from({ length: 20_000 }, (_, index) => primitive(`r${index}`));
  const constraints = resources.slice(1).map(({ id }, index) => order(`r${index}`, id));
  expect(codes(configuration({ resources, constraints }))).toEqual([]);
  const closed = [...constraints, order('r19999', 'r0')];
  expect(codes(configuration({ resources, constraints: closed }))).toEqual(['error order-cycle']);
});

test('one address on two resources is an error', () => {
  const own = configuration({ resources: [address('a', '10.0.0.1'), address('b', ' 10.0.0.1')] });
  expect(texts(own)).toEqual(['"a" and "b" have the same address 10.0.0.1']);
});

test.each([
  [{ disks: '/vm/a.raw /vm/b.raw' }, { disks: '/vm/b.raw,bus=scsi' }, 'the disk /vm/b.raw'],
  [
    { networks: 'br0,mac=52:54:00:00:00:0A' },
    { networks: '["br1,mac=52:54:00:00:00:0a"]' },
    'the MAC address 52:54:00:00:00:0a',
  ],
  [{ disks: '/vm/a.raw,readonly=on' }, { disks: '/vm/a.raw' }, 'the disk /vm/a.raw'],
  [{ command_line: '["-drive","file=/vm/a.raw"]' }, { disks: '/vm/a.raw' }, 'the disk /vm/a.raw'],
  [
    { command_line: '["-device","e1000,mac=52:54:00:00:00:0a"]' },
    { networks: 'br0,mac=52:54:00:00:00:0A' },
    'the MAC address 52:54:00:00:00:0a',
  ],
  [{ arguments: '-hdb /vm/a.raw' }, { disks: '/vm/a.raw' }, 'the disk /vm/a.raw'],
])('two machines do not have one part: %o, %o', (one, two, what) => {
  const resources = [machine('a', one), machine('b', two)];
  expect(texts(configuration({ resources }))).toEqual([`"a" and "b" both have ${what}`]);
});

test('machines that share a disk in words of their own are believed', () => {
  const shared = '["-drive","if=none,id=d,file=/vm/a.raw","-device","scsi-hd,drive=d,share-rw=on"]';
  const resources = [machine('a', { arguments: shared }), machine('b', { arguments: shared })];
  expect(texts(configuration({ resources }))).toEqual([]);
});

const container = (id: string, parameters: Readonly<Record<string, string>>): Primitive =>
  primitive(id, { agent: { class: 'container', type: '' }, parameters: block(parameters) });

test.each([
  [{ name: 'web' }, { name: 'web' }, 'the name web in podman'],
  [{ root: '/c/root', read_only: 'true' }, { root: '/c/root/' }, 'the root directory /c/root'],
  [
    { networks: 'br0,address=10.0.0.7/24' },
    { networks: 'br1,type=macvlan,address=10.0.0.7/16' },
    'the address 10.0.0.7',
  ],
  [
    { networks: 'br0,mac=52:54:00:00:00:0A' },
    { networks: 'br1,mac=52:54:00:00:00:0a' },
    'the MAC address 52:54:00:00:00:0a',
  ],
])('two containers do not have one part: %o, %o', (one, two, what) => {
  const resources = [container('a', one), container('b', two)];
  expect(texts(configuration({ resources }))).toEqual([`"a" and "b" both have ${what}`]);
});

test('containers that only read their root directory, or have other runtimes, get along', () => {
  const resources = [
    container('a', { name: 'web', runtime: 'runc', root: '/c/root', read_only: 'yes' }),
    container('b', { name: 'web', runtime: 'crun', root: '/c/root', read_only: 'yes' }),
  ];
  expect(texts(configuration({ resources }))).toEqual([]);
});

test('a disk that all machines only read belongs to all of them', () => {
  const shared = { disks: '/vm/tools.raw,readonly=on', networks: 'br0' };
  expect(texts(configuration({ resources: [machine('a', shared), machine('b', shared)] }))).toEqual(
    [],
  );
});

test('an address that only answers behind a load balancer may be elsewhere, too', () => {
  const resources = [address('a', '10.0.0.1'), address('b', '10.0.0.1', { nic: 'lo' })];
  expect(codes(configuration({ resources }))).toEqual([]);
});

test('a cloned address must be globally unique', () => {
  const resources = [clone('c', address('a', '10.0.0.1'))];
  expect(codes(configuration({ resources }))).toEqual(['error address-on-several-nodes']);
  const unique = [clone('c', address('a', '10.0.0.1'), { 'globally-unique': 'true' })];
  expect(codes(configuration({ resources: unique }))).toEqual([]);
});

test('fencing is on by default, and then a way to fence is needed', () => {
  const own = configuration({ options: [], resources: [primitive('db')] });
  expect(codes(own)).toEqual(['error no-fencing']);
  expect(checkConfiguration(own)[0]?.text).toContain('"db" could never be recovered');
  // Without any device the scheduler leaves everything as it is, whatever a resource requires.
  const quorum = [primitive('db', { meta: block({ requires: 'quorum' }) })];
  expect(codes({ ...own, resources: quorum })).toEqual(['error no-fencing']);
  expect(codes({ ...own, resources: [] })).toEqual(['warning no-fencing']);
  const inCib = [primitive('db'), primitive('f', { agent: { class: 'stonith', type: 'fence_x' } })];
  expect(codes({ ...own, resources: inCib })).toEqual(['error fence-resource', 'error no-fencing']);
  expect(codes({ ...own, options: block({ 'fencing-watchdog-timeout': '10s' }) })).toEqual([]);
});

test('a node that no device reaches is an error', () => {
  const device = {
    id: 'power',
    agent: 'fence_ipmilan',
    parameters: { password: 'secret:ipmi' },
    hosts: { n1: '1' },
    action: 'reboot',
    timeoutMs: 60_000,
    retries: 2,
    monitorIntervalMs: 60_000,
    delayMs: 0,
  } as const;
  const nodes = ['n1', 'n2'].map((name) => ({
    id: name,
    name: nodeName(name),
    type: 'member' as const,
    attributes: [],
    utilization: [],
  }));
  const own = configuration({ options: [], nodes, fenceDevices: [device] });
  expect(codes(own)).toEqual(['error node-not-fenceable']);
  expect(codes({ ...own, fenceDevices: [{ ...device, hosts: {} }] })).toEqual([]);
  const plain = { ...device, hosts: {}, parameters: { password: 'abc' } };
  expect(codes({ ...own, fenceDevices: [plain] })).toEqual(['error plain-secret']);
});

test('a watchdog does not count where services go on without quorum', () => {
  const own = (policy: string, more: Partial<Configuration> = {}): Configuration =>
    configuration({
      options: block({ 'fencing-watchdog-timeout': '-1', 'no-quorum-policy': policy }),
      ...more,
    });
  expect(codes(own('stop'))).toEqual([]);
  expect(codes(own('freeze'))).toEqual(['error watchdog-policy']);
  const device = {
    ...plainFenceDevice,
    id: 'power',
    agent: 'fence_ipmilan',
    retries: 2,
    monitorIntervalMs: 60_000,
  } as const;
  expect(codes(own('ignore', { fenceDevices: [device] }))).toEqual(['warning watchdog-policy']);
});

test('containment is said of single agents that are nothing but processes', () => {
  const ofAgent = (type: string) =>
    primitive('a', {
      agent: { class: 'ocf', provider: 'heartbeat', type },
      meta: block({ containment: 'processes' }),
    });
  const own = (more: Partial<Configuration>) =>
    codes(configuration({ options: block({ 'fencing-enabled': 'false' }), ...more }));
  expect(own({ resources: [ofAgent('nginx')] })).toEqual([]);
  expect(own({ resources: [ofAgent('IPaddr2')] })).toEqual(['error more-than-processes']);
  expect(own({ resourceDefaults: block({ containment: 'processes' }) })).toEqual([
    'warning containment-place',
  ]);
});

test('the policies ignore and fence are named for what they do here; the others are what they say', () => {
  const own = (policy: string, watchdog = '0'): Configuration =>
    configuration({
      options: block({
        'no-quorum-policy': policy,
        'fencing-enabled': 'false',
        'fencing-watchdog-timeout': watchdog,
      }),
    });
  for (const policy of ['fence', 'suicide']) {
    expect(texts(own(policy))).toEqual([expect.stringContaining('nobody there may fence')]);
    expect(texts(own(policy, '-1'))).toEqual([]);
  }
  expect(texts(own('ignore'))).toEqual([expect.stringContaining('the same as "freeze"')]);
  for (const policy of ['stop', 'freeze', 'demote']) expect(texts(own(policy))).toEqual([]);
});

test('a mistyped option is an error, one unlike any other a warning', () => {
  const own = configuration({
    options: block({ 'fencing-enabled': 'false', 'no-qorum-policy': 'stop', redis_state: 'x' }),
    resources: [primitive('a', { meta: block({ 'resource-stickines': '1' }) })],
  });
  expect(texts(own)).toEqual([
    'unknown cluster option "no-qorum-policy", did you mean "no-quorum-policy"?',
    'unknown meta attribute "resource-stickines", did you mean "resource-stickiness"?',
    'unknown cluster option "redis_state": it has no effect',
  ]);
});

test('values of the wrong type are errors', () => {
  const monitor = { id: 'm', name: 'monitor', intervalMs: 10_000, meta: [], parameters: [] };
  const own = configuration({
    options: block({ 'fencing-enabled': 'maybe', 'no-quorum-policy': 'stopp' }),
    resources: [
      primitive('a', {
        operations: [{ ...monitor, attributes: { timeout: 'soon', 'on-fail': 'restart' } }],
      }),
    ],
  });
  expect(texts(own)).toEqual(
    expect.arrayContaining([
      '"fencing-enabled" is "maybe", but must be true or false',
      '"no-quorum-policy" is "stopp", but must be one of stop, freeze, ignore, demote, fence, suicide, did you mean "stop"?',
      '"timeout" is "soon", but must be a time like 10s or 2min',
    ]),
  );
});

test('two monitors with one interval cannot be told apart', () => {
  const monitor = { name: 'monitor', intervalMs: 10_000, attributes: {}, meta: [], parameters: [] };
  const operations = [
    { id: 'm1', ...monitor },
    { id: 'm2', ...monitor },
  ];
  const own = configuration({ resources: [primitive('a', { operations })] });
  expect(codes(own)).toEqual(['error duplicate-operation']);
});

const IPADDR2: AgentDescription = {
  parametersKnown: true,
  parameters: [
    { name: 'ip', required: true, type: 'string' },
    { name: 'cidr_netmask', required: false, type: 'integer' },
    { name: 'lvs_support', required: false, type: 'boolean' },
  ],
};

const knowledge = {
  describe: ({ type }: { readonly type: string }) => (type === 'IPaddr2' ? IPADDR2 : undefined),
  known: ['ocf:heartbeat:IPaddr2'],
};
const agentTexts = (resource: Primitive): readonly string[] =>
  checkAgents(configuration({ resources: [resource] }), knowledge).map(({ text }) => text);

test('parameters are checked against the agent', () => {
  expect(agentTexts(address('ip', '10.0.0.1', { cidr_netmask: '24' }))).toEqual([]);
  expect(agentTexts(address('ip', '10.0.0.1', { cidr_netmaks: '24' }))).toEqual([
    'ocf:heartbeat:IPaddr2 has no parameter "cidr_netmaks", did you mean "cidr_netmask"?',
  ]);
  expect(agentTexts(address('ip', '10.0.0.1', { cidr_netmask: 'big', lvs_support: 'x' }))).toEqual([
    '"cidr_netmask" is "big", but must be a whole number',
    '"lvs_support" is "x", but must be true or false',
  ]);
  expect(agentTexts({ ...address('ip', ''), parameters: [] })).toEqual([
    '"ip" lacks the parameter "ip", which ocf:heartbeat:IPaddr2 needs',
  ]);
});

test('fence agents are not alike by what all of them begin with', () => {
  const known = ['stonith:fence_docker', 'stonith:fence_ipmilan'];
  const said = (type: string): readonly string[] => {
    const power = primitive('power', { agent: { class: 'stonith', type } });
    return checkAgents(configuration({ resources: [power] }), { ...knowledge, known }).map(
      ({ text, advice }) => `${text}${advice === undefined ? '' : `; ${advice}`}`,
    );
  };
  expect(said('fence_ipmlian')).toEqual([
    'there is no agent "stonith:fence_ipmlian", did you mean "stonith:fence_ipmilan"?',
  ]);
  expect(said('fence_nothere')).toEqual([
    'there is no agent "stonith:fence_nothere"; install it on every node; "holdfast agents" lists those that are there',
  ]);
});

test('an agent that is not there is an error with the nearest one', () => {
  const agent = { class: 'ocf', provider: 'heartbeat', type: 'IPadr2' };
  expect(agentTexts(primitive('ip', { agent }))).toEqual([
    'there is no agent "ocf:heartbeat:IPadr2", did you mean "ocf:heartbeat:IPaddr2"?',
  ]);
});
