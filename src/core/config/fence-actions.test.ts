import { expect, test } from 'vitest';

import { emptyConfiguration } from '../cluster/machine.ts';
import { resourceId } from '../model/ids.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';
import { checkFenceActions, checkUnfencing } from './fence-actions.ts';

const block = (values: Readonly<Record<string, string>>) => ({ id: 'b', score: 0, values });
const device = { ...plainFenceDevice, id: 'power', agent: 'fence_lab' };

test.each([
  ['says nothing of what it can do', [], []],
  ['can do all', ['on', 'off', 'reboot'], []],
  ['only switches off', ['off'], ['write "action: off"']],
  ['does nothing of the kind', ['monitor'], [expect.stringMatching(/^take an agent that can/)]],
])('an agent that %s', (_, actions, advice) => {
  const found = checkFenceActions(emptyConfiguration, device, new Set(actions));
  expect(found.map((each) => each.advice)).toEqual(advice);
});

test('an option of the cluster asks for what the agent has not', () => {
  const stays = { ...emptyConfiguration, options: [block({ 'fencing-action': 'off' })] };
  const found = checkFenceActions(stays, device, new Set(['reboot']));
  expect(found.map(({ advice }) => advice)).toEqual(['leave out the option "fencing-action"']);
  expect(checkFenceActions(stays, device, new Set(['off']))).toEqual([]);
});

test('nothing is said of unfencing where a device of a CIB provides it', () => {
  const disks = {
    kind: 'primitive',
    id: resourceId('disks'),
    agent: { class: 'stonith', type: 'fence_scsi' },
    meta: [block({ provides: 'unfencing' })],
    parameters: [],
    utilization: [],
    operations: [],
  } as const;
  const needed = { ...emptyConfiguration, resourceDefaults: [block({ requires: 'unfencing' })] };
  expect(checkUnfencing(needed)).toHaveLength(1);
  expect(checkUnfencing({ ...needed, resources: [disks] })).toEqual([]);
});
