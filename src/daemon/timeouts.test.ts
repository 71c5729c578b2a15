import { expect, it } from 'vitest';

import type { AgentDescription } from '../agents/description.ts';
import type { OperationConfiguration, Primitive } from '../core/model/configuration.ts';
import { clone, configured, group, primitive } from '../core/view/testing/states.ts';
import { withTimeouts } from './timeouts.ts';

const description: AgentDescription = {
  agent: { class: 'ocf', provider: 'heartbeat', type: 'Dummy' },
  version: '',
  title: '',
  description: '',
  parameters: [],
  parametersKnown: true,
  operations: [
    { name: 'start', timeoutMs: 60_000 },
    { name: 'monitor', timeoutMs: 30_000, intervalMs: 10_000 },
    { name: 'monitor', timeoutMs: 40_000, role: 'Promoted' },
  ],
};
const describe = () => description;

const operation = (name: string, attributes = {}): OperationConfiguration => ({
  id: `web-${name}`,
  name,
  intervalMs: name === 'monitor' ? 10_000 : 0,
  attributes,
  meta: [],
  parameters: [],
});

function timeoutsOf(one: Primitive): readonly (readonly [string, string | undefined])[] {
  return one.operations.map(({ name, attributes }) => [name, attributes['timeout']]);
}

it('fills in what nobody wrote, deep inside too', () => {
  const inner = primitive('web', { operations: [operation('monitor')] });
  const { model } = configured([clone('all', group('both', [inner]))]);
  const [outer] = withTimeouts(model, describe).resources;
  const member = outer?.kind === 'clone' && outer.child.kind === 'group' && outer.child.members[0];
  expect(member && timeoutsOf(member)).toEqual([
    ['monitor', '30s'],
    ['start', '1min'],
  ]);
});

it('takes the monitor of the same role', () => {
  const operations = [operation('monitor', { role: 'Promoted' })];
  const { model } = configured([primitive('web', { operations })]);
  const [web] = withTimeouts(model, describe).resources;
  expect(web?.kind === 'primitive' && timeoutsOf(web)[0]).toEqual(['monitor', '40s']);
});

it('leaves what is written: for the operation, or for all', () => {
  const operations = [operation('start', { timeout: '5s' }), operation('stop')];
  const { model } = configured([primitive('web', { operations })]);
  const [web] = withTimeouts(model, describe).resources;
  expect(web?.kind === 'primitive' && timeoutsOf(web)).toEqual([
    ['start', '5s'],
    ['stop', undefined],
  ]);
  const defaults = { operationDefaults: [{ id: 'd', score: 0, values: { timeout: '9s' } }] };
  const all = configured([primitive('web')], defaults).model;
  expect(withTimeouts(all, describe)).toBe(all);
});
