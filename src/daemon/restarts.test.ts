import { expect, it } from 'vitest';

import type { AgentDescription, ParameterDescription } from '../agents/description.ts';
import type { OperationConfiguration, Primitive } from '../core/model/configuration.ts';
import { clone, configured, primitive } from '../core/view/testing/states.ts';
import { withRestarts } from './restarts.ts';

const parameter = (name: string, reloadable: boolean): ParameterDescription => ({
  name,
  required: false,
  type: 'string',
  title: '',
  description: '',
  unique: false,
  reloadable,
  deprecated: false,
});
const description: AgentDescription = {
  agent: { class: 'ocf', provider: 'heartbeat', type: 'Dummy' },
  version: '',
  title: '',
  description: '',
  parameters: [parameter('state', false), parameter('level', true), parameter('port', false)],
  parametersKnown: true,
  operations: [{ name: 'reload-agent', timeoutMs: 20_000 }],
};

const told = (one: Primitive, known: AgentDescription): readonly OperationConfiguration[] => {
  const [first] = withRestarts(configured([clone('all', one)]).model, () => known).resources;
  return first?.kind === 'clone' && first.child.kind === 'primitive' ? first.child.operations : [];
};

it('writes down which parameters an agent cannot take over while its resource runs', () => {
  const [reload, ...others] = told(primitive('web'), description);
  expect(others).toEqual([]);
  expect(reload).toMatchObject({ name: 'reload-agent', intervalMs: 0 });
  expect(reload?.meta.map(({ values }) => values)).toEqual([{ 'force-restart': 'state port' }]);
});

it('anew each time: another version of the agent may say otherwise', () => {
  const operations = told(primitive('web'), description);
  const later = { ...description, parameters: description.parameters.slice(0, 2) };
  const [reload, ...others] = told(primitive('web', { operations }), later);
  expect(others).toEqual([]);
  expect(reload?.meta.map(({ values }) => values)).toEqual([{ 'force-restart': 'state' }]);
});

it.each([
  ['has no reload-agent', { ...description, operations: [] }],
  ['has nothing to reload', { ...description, parameters: [parameter('state', false)] }],
])('says nothing of an agent that %s', (_what, known) => {
  expect(told(primitive('web'), known)).toEqual([]);
});
