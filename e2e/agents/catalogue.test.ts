/** All agents of Debian as they describe themselves. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createAgentCatalogue } from '../../src/agents/catalogue.ts';
import { defaultRunnerOptions } from '../../src/agents/runner.ts';
import { emptyConfiguration } from '../../src/core/cluster/machine.ts';
import { withUnfencing } from '../../src/core/config/unfencing.ts';
import { plainFenceDevice } from '../../src/core/model/testing/fence-device.ts';
import { agentText } from '../../src/core/model/value.ts';
import { createStartProcess } from '../../src/host/process/launch.ts';
import { createSpares } from '../../src/host/process/spare.ts';

const launcher = new URL('../../native/build/holdfast-launch', import.meta.url).pathname;
const startProcess = createStartProcess({ launchers: createSpares(launcher, [], 0) });
const catalogue = createAgentCatalogue({ startProcess }, defaultRunnerOptions);
const directory = mkdtempSync(join(tmpdir(), 'holdfast-catalogue-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Descriptions of all installed agents of a class. */
async function describeAll(agentClass: string) {
  const agents = (await catalogue.list()).filter((agent) => agent.class === agentClass);
  const knowledge = await catalogue.knowledge(agents);
  return agents.map((agent) => ({ ...knowledge.describe(agent), name: agentText(agent) }));
}

test('every OCF agent of Debian has metadata that can be read', async () => {
  const all = await describeAll('ocf');
  expect(all.length).toBeGreaterThanOrEqual(151);
  expect(all.filter((one) => one.parametersKnown !== true)).toEqual([]);
  expect(all.map((one) => one.name)).toEqual(
    expect.arrayContaining(['ocf:heartbeat:IPaddr2', 'ocf:pacemaker:Stateful']),
  );
  expect(all.some((one) => one.name.includes('.ocf-'))).toBe(false);
});

test('of the fence agents all but one', async () => {
  const all = await describeAll('stonith');
  expect(all.length).toBeGreaterThanOrEqual(84);
  expect(all.filter((one) => one.parametersKnown !== true).length).toBeLessThanOrEqual(1);
});

test.each([
  ['fence_scsi', 'own-node'],
  ['fence_mpath', 'own-node'],
  ['fence_brocade', 'any-node'],
  ['fence_ipmilan', undefined],
  ['fence_virsh', undefined],
])('%s gives access: %s', async (agent, unfencing) => {
  const knowledge = await catalogue.knowledge([{ class: 'stonith', type: agent }]);
  const fenceDevices = [{ ...plainFenceDevice, id: 'it', agent }];
  const learnt = withUnfencing({ ...emptyConfiguration, fenceDevices }, knowledge);
  expect(learnt.fenceDevices[0]?.unfencing).toBe(unfencing);
});

test('IPaddr2 in detail', async () => {
  const agent = { class: 'ocf', provider: 'heartbeat', type: 'IPaddr2' } as const;
  const description = await catalogue.describe(agent);
  expect(description?.title).toBe(
    'Manages virtual IPv4 and IPv6 addresses (Linux specific version)',
  );
  expect(description?.parameters.find((one) => one.name === 'ip')).toMatchObject({
    type: 'string',
    required: true,
    uniqueGroup: 'ip',
    title: 'IPv4 or IPv6 address',
  });
  expect(description?.operations).toEqual(
    expect.arrayContaining([
      { name: 'start', timeoutMs: 20_000 },
      { name: 'monitor', depth: 0, timeoutMs: 20_000, intervalMs: 10_000 },
    ]),
  );
});

test('agents that are not there, scripts and programs', async () => {
  expect(await catalogue.describe({ class: 'ocf', type: 'NoSuch' })).toBeUndefined();
  expect(await catalogue.describe({ class: 'stonith', type: 'fence_none' })).toBeUndefined();
  expect(await catalogue.describe({ class: 'systemd', type: 'nginx' })).toBeUndefined();
  expect(await catalogue.describe({ class: 'lsb', type: 'nginx' })).toMatchObject({
    parametersKnown: false,
  });
  expect((await catalogue.describe({ class: 'command', type: '' }))?.parameters).toContainEqual(
    expect.objectContaining({ name: 'stop_signal', default: 'TERM' }),
  );
});

test('an agent that was replaced is asked anew, others are not', async () => {
  const ocfRoot = join(directory, 'ocf');
  const path = join(ocfRoot, 'resource.d/own/Agent');
  mkdirSync(join(ocfRoot, 'resource.d/own'), { recursive: true });
  const write = (name: string, second: number) => {
    writeFileSync(
      path,
      `#!/bin/sh\necho asked >> ${directory}/asked\n` +
        `echo '<resource-agent name="a"><shortdesc>${name}</shortdesc></resource-agent>'\n`,
    );
    chmodSync(path, 0o755);
    utimesSync(path, second, second);
  };
  const own = createAgentCatalogue({ startProcess }, { ...defaultRunnerOptions, ocfRoot });
  const title = async () =>
    (await own.describe({ class: 'ocf', provider: 'own', type: 'Agent' }))?.title;
  write('one', 1000);
  expect([await title(), await title()]).toEqual(['one', 'one']);
  write('two', 2000);
  expect(await title()).toBe('two');
  writeFileSync(path, '#!/bin/sh\nexit 5\n');
  expect(await own.describe({ class: 'ocf', provider: 'own', type: 'Agent' })).toMatchObject({
    parametersKnown: false,
    description: 'its metadata cannot be had: exit code 5',
  });
});
