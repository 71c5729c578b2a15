import { expect, test } from 'vitest';

import { emptyConfiguration } from '../cluster/machine.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';
import type { AgentOperation } from './agents.ts';
import { withUnfencing } from './unfencing.ts';

const device = { ...plainFenceDevice, id: 'disks', agent: 'fence_told' } as const;

function learnt(on: Partial<AgentOperation> | undefined, unfencing?: 'none' | 'any-node') {
  const said = unfencing === undefined ? {} : { unfencing };
  const configuration = { ...emptyConfiguration, fenceDevices: [{ ...device, ...said }] };
  const operations = [
    { name: 'off', automatic: true as const },
    ...(on ? [{ name: 'on', ...on }] : []),
  ];
  const describe = () => ({ parameters: [], parametersKnown: true, operations });
  return withUnfencing(configuration, { describe }).fenceDevices[0]?.unfencing;
}

test('a device gives access as its agent says, unless the configuration says otherwise', () => {
  expect(learnt(undefined)).toBeUndefined();
  expect(learnt({})).toBeUndefined();
  expect(learnt({ automatic: true })).toBe('any-node');
  expect(learnt({ automatic: true, onTarget: true })).toBe('own-node');
  expect(learnt({ automatic: true, onTarget: true }, 'none')).toBe('none');
  expect(learnt({}, 'any-node')).toBe('any-node');
});
