import { expect, test } from 'vitest';
import type { Configuration, Primitive } from '../model/configuration.ts';
import { resourceId } from '../model/ids.ts';
import { compareConfigurations } from './compare.ts';

function primitive(id: string, values: Record<string, string>, blockId = 'b'): Primitive {
  return {
    kind: 'primitive',
    id: resourceId(id),
    agent: { class: 'ocf', provider: 'heartbeat', type: 'IPaddr2' },
    parameters: [{ id: blockId, score: 0, values }],
    meta: [],
    utilization: [],
    operations: [],
  };
}

function configuration(resources: Configuration['resources']): Configuration {
  return {
    options: [],
    nodes: [],
    resources,
    templates: [],
    constraints: [],
    resourceDefaults: [],
    operationDefaults: [],
    tags: [],
    fenceDevices: [],
    fencingLevels: [],
  };
}

const texts = (before: Configuration, after: Configuration): readonly string[] =>
  compareConfigurations(before, after).map(({ kind, text }) => `${kind}: ${text}`);

test('nothing differs between equal configurations, whatever blocks are called', () => {
  const before = configuration([primitive('ip', { ip: '10.0.0.1' })]);
  const after = configuration([primitive('ip', { ip: '10.0.0.1' }, 'other')]);
  expect(texts(before, after)).toEqual([]);
});

test('a changed, an added and a removed value are one change each', () => {
  const before = configuration([primitive('ip', { ip: '10.0.0.1', nic: 'eth0' })]);
  const after = configuration([primitive('ip', { ip: '10.0.0.2', cidr_netmask: '24' })]);
  expect(texts(before, after)).toEqual([
    'removed: resources.ip.parameters.nic: eth0 is removed',
    'changed: resources.ip.parameters.ip: 10.0.0.1 → 10.0.0.2',
    'added: resources.ip.parameters.cidr_netmask: 24 is added',
  ]);
});

test('a resource that comes or goes is one change', () => {
  const one = configuration([primitive('a', { ip: '1' })]);
  const two = configuration([primitive('a', { ip: '1' }), primitive('b', { ip: '2' })]);
  expect(texts(one, two)).toEqual(['added: resources.b (ocf:heartbeat:IPaddr2) is added']);
  expect(texts(two, one)).toEqual(['removed: resources.b (ocf:heartbeat:IPaddr2) is removed']);
});

test('the order of resources, which breaks ties, is a change', () => {
  const [a, b] = [primitive('a', { ip: '1' }), primitive('b', { ip: '2' })];
  expect(texts(configuration([a, b]), configuration([b, a]))).toEqual([
    'changed: resources (order): a, b → b, a',
  ]);
});

test('a resource that moves into a group says so', () => {
  const ip = primitive('ip', { ip: '1' });
  const group = {
    kind: 'group',
    id: resourceId('web'),
    members: [ip],
    meta: [],
    parameters: [],
  } as const;
  expect(texts(configuration([ip]), configuration([group]))).toEqual([
    'added: resources.web (group) is added',
    'changed: resources.ip (place): at the top → in group web',
  ]);
});

test('secrets are not shown', () => {
  const before = configuration([primitive('db', { password: 'old' })]);
  const after = configuration([primitive('db', { password: 'new' })]);
  expect(texts(before, after)).toEqual([
    'changed: resources.db.parameters.password is changed (not shown)',
  ]);
  const named = (name: string): readonly string[] =>
    texts(
      configuration([primitive('db', { [name]: 'old' })]),
      configuration([primitive('db', { [name]: 'new' })]),
    );
  expect(named('apikey')).toEqual([
    'changed: resources.db.parameters.apikey is changed (not shown)',
  ]);
  expect(named('passwd_script')).toEqual([
    'changed: resources.db.parameters.passwd_script: old → new',
  ]);
});
