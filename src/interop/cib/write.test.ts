import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Configuration, Resource } from '../../core/model/configuration.ts';
import { configurationArbitrary } from '../../schema/testing/arbitrary.ts';
import { fenceDeviceOf, fenceDeviceResource } from '../fence-devices.ts';
import { readCib } from './read.ts';
import { SAMPLE_CIB } from './testing/sample.ts';
import { writeCib } from './write.ts';
import { plainFenceDevice } from '../../core/model/testing/fence-device.ts';

const RUNS = Number(process.env['HOLDFAST_RUNS'] ?? 100);

/** What a CIB can say: names of XML attributes, lists without commas, no devices of Holdfast's own. */
function forCib(configuration: Configuration): Configuration {
  return {
    ...configuration,
    fenceDevices: [],
    resources: configuration.resources.map(resourceForCib),
    templates: configuration.templates.map(({ agent, ...template }) => ({
      ...template,
      ...(agent && { agent: agent.provider === '' ? { class: 'a', type: 'b' } : agent }),
      operations: template.operations.map((it) => ({ ...it, attributes: names(it.attributes) })),
    })),
    constraints: configuration.constraints.map((constraint) =>
      constraint.kind === 'location' && constraint.target.kind === 'pattern'
        ? { ...constraint, target: { ...constraint.target, pattern: 'x' } }
        : constraint,
    ),
    fencingLevels: configuration.fencingLevels.map((level) => ({ ...level, devices: ['a', 'b'] })),
  };
}

function resourceForCib(resource: Resource): Resource {
  switch (resource.kind) {
    case 'primitive': {
      const operations = resource.operations.map((it) => ({
        ...it,
        attributes: names(it.attributes),
      }));
      if (resource.agent?.provider !== '') return { ...resource, operations };
      return { ...resource, operations, agent: { class: 'a', type: 'b' } };
    }
    case 'group':
      return {
        ...resource,
        members: resource.members.map((it) => resourceForCib(it) as typeof it),
      };
    case 'clone':
      return { ...resource, child: resourceForCib(resource.child) as typeof resource.child };
    case 'bundle':
      return {
        ...resource,
        container: names(resource.container),
        network: names(resource.network),
        ports: resource.ports.map((port) => ({ id: 'p', ...names(port) })),
        storage: resource.storage.map((own) => ({ id: 's', ...names(own) })),
        ...(resource.child && { child: resourceForCib(resource.child) as typeof resource.child }),
      };
  }
}

/** Ids of blocks, rules, operations and sets may have got a number. */
function withoutInnerIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutInnerIds);
  if (typeof value !== 'object' || value === null) return value;
  const isInner = ['values', 'expressions', 'intervalMs', 'sequential'].some((key) => key in value);
  const entries = Object.entries(value).filter(([key]) => !isInner || key !== 'id');
  return Object.fromEntries(entries.map(([key, own]) => [key, withoutInnerIds(own)]));
}

function names(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const taken = new Set(['id', 'name', 'interval', 'role', 'masters']);
  return Object.fromEntries(
    Object.entries(values).filter(([name]) => /^[a-z][a-z0-9.-]*$/.test(name) && !taken.has(name)),
  );
}

test(
  'what is written reads back to an equal configuration',
  { timeout: 60_000 + RUNS * 50 },
  () => {
    const property = fc.property(configurationArbitrary.map(forCib), (configuration) => {
      const result = readCib(writeCib({ configuration }));
      if ('error' in result) throw new Error(JSON.stringify(result.error));
      expect(withoutInnerIds(result.picture.configuration)).toEqual(withoutInnerIds(configuration));
    });
    fc.assert(property, { numRuns: RUNS });
  },
);

test('status and history read back, too', () => {
  const first = readCib(SAMPLE_CIB);
  if ('error' in first) throw new Error(first.error.text);
  const second = readCib(writeCib(first.picture));
  expect(withoutInnerIds(second)).toEqual(withoutInnerIds({ picture: first.picture }));
});

test('cluster options have the names that every version of Pacemaker knows', () => {
  const old = [
    ['stonith-enabled', 'false'],
    ['stonith-action', 'off'],
    ['stonith-timeout', '90s'],
    ['stonith-max-attempts', '3'],
    ['stonith-watchdog-timeout', '10s'],
    ['fence-reaction', 'panic'],
    ['stop-orphan-resources', 'false'],
    ['stop-orphan-actions', 'false'],
    ['join-integration-timeout', '3min'],
    ['no-quorum-policy', 'freeze'],
  ] as const;
  const pairs = old.map(
    ([name, value]) => `<nvpair id="o-${name}" name="${name}" value="${value}"/>`,
  );
  const read = readCib(
    `<cib><configuration><crm_config><cluster_property_set id="o">${pairs.join('')}</cluster_property_set></crm_config></configuration></cib>`,
  );
  if ('error' in read) throw new Error(read.error.text);
  expect(read.picture.configuration.options[0]?.values).toHaveProperty('fencing-enabled', 'false');
  const written = writeCib({ configuration: read.picture.configuration });
  expect(pairs.filter((pair) => !written.includes(pair))).toEqual([]);
});

test('every id of the document is given once', () => {
  const first = readCib(SAMPLE_CIB);
  if ('error' in first) throw new Error(first.error.text);
  const text = writeCib(first.picture).replace(/<status>[^]*/, '');
  const ids = [...text.matchAll(/<(?!resource_ref|obj_ref)[a-z_]+ id="([^"]*)"/g)].map(
    (match) => match[1],
  );
  expect(ids.length).toBeGreaterThan(40);
  // The remote node and the resource that connects to it have one name, as in Pacemaker.
  expect(ids.filter((id, at) => ids.indexOf(id) !== at && id !== 'r')).toEqual([]);
});

test('a fence device reads back from the resource it becomes', () => {
  const device = {
    id: 'power',
    agent: 'fence_ipmilan',
    parameters: { ip: '192.0.2.9', lanplus: '1' },
    hosts: { n1: '1', n2: 'second' },
    hostCheck: 'dynamic-list',
    action: 'off',
    timeoutMs: 90_000,
    retries: 3,
    monitorIntervalMs: 30_000,
    delayMs: 0,
    delaysMs: { n1: 5000, n2: 0 },
    delayMaxMs: 8000,
    timeoutsMs: { on: 20_000, status: 5000 },
    retriesFor: { on: 4 },
  } as const;
  const resource = fenceDeviceResource(device);
  expect(resource.agent).toEqual({ class: 'stonith', type: 'fence_ipmilan' });
  expect(fenceDeviceOf(resource, 'fence_ipmilan', resource.parameters)).toEqual({
    device,
    notes: [],
  });
});

test('what has no counterpart among fence devices is said', () => {
  const values = {
    pcmk_action_limit: '3',
    pcmk_host_list: 'n1 n2',
    pcmk_host_check: 'ask',
    ip: '192.0.2.9',
  };
  const resource = { ...fenceDeviceResource(DEVICE), parameters: [{ id: 'a', score: 0, values }] };
  const { device, notes } = fenceDeviceOf(resource, 'fence_x', resource.parameters);
  expect(device).toMatchObject({ hosts: { n1: 'n1', n2: 'n2' }, parameters: { ip: '192.0.2.9' } });
  expect(device).not.toHaveProperty('hostCheck');
  expect(notes).toEqual([
    'the parameter pcmk_action_limit has no counterpart',
    'the parameter pcmk_host_check has no counterpart',
  ]);
});

const DEVICE = {
  ...plainFenceDevice,
  id: 'x',
  agent: 'fence_x',
  retries: 2,
  monitorIntervalMs: 60_000,
} as const;
