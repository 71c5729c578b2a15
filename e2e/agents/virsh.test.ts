/** The real fence_virsh, over a real sshd, against a real libvirt with a machine of QEMU. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FenceRequest } from '../../src/core/model/operation.ts';
import { obstacle, startHypervisor, type Hypervisor } from './hypervisor.ts';
import { openStage, startProcess, type Stage } from './stage.ts';

/** One answer takes fence_virsh a second or more, a reboot has several. */
const TIMEOUT_MS = 60_000;
/** The prompt that fence_virsh waits for; its own options, which these take the place of, have it too. */
const SHELL = String.raw`-t '/bin/bash -c "PS1=\\[EXPECT\\]# /bin/bash --noprofile --norc"'`;

const missing = obstacle();
if (missing !== undefined) console.warn(`left out: fence_virsh against libvirt: ${missing}`);

describe.skipIf(missing !== undefined)('a machine of libvirt', () => {
  let hypervisor: Hypervisor;
  let stage: Stage;

  beforeAll(async () => {
    hypervisor = await startHypervisor();
    const net = `/proc/${String(hypervisor.pid)}/ns/net`;
    stage = await openStage({ start: startProcess(['nsenter', `--net=${net}`, '--']) });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await stage.close();
    await hypervisor.close();
  });

  const ask = async (action: FenceRequest['action'], port = 'n1') => {
    const known = `-o UserKnownHostsFile=${join(hypervisor.files, 'known-hosts')}`;
    const parameters = {
      ip: '127.0.0.1',
      ipport: '2222',
      username: 'root',
      secure: '1',
      identity_file: join(hypervisor.files, 'key'),
      ssh_options: `${known} -o StrictHostKeyChecking=yes ${SHELL}`,
      login_timeout: '20',
    };
    const request = { agent: 'fence_virsh', action, port, parameters, timeoutMs: TIMEOUT_MS };
    return (await stage.fence(request)).outcome;
  };

  test(
    'is switched off, seen off, and rebooted: there is another QEMU then',
    async () => {
      const before = machines();
      expect(before).toHaveLength(1);
      expect(await ask('off')).toEqual({ kind: 'ok' });
      expect(machines()).toEqual([]);
      expect(await ask('status')).toEqual({ kind: 'status', power: 'off' });
      expect(await ask('reboot')).toEqual({ kind: 'ok' });
      expect(machines()).toHaveLength(1);
      expect(machines()).not.toEqual(before);
    },
    TIMEOUT_MS,
  );

  test('lists its machines by the names that it switches them by', async () => {
    const listed = await ask('list');
    expect(listed).toMatchObject({ kind: 'ok', hosts: [{ port: 'n1' }] });
  }, 60_000);

  test(
    'that libvirt does not know is a failure with words, and nothing is switched',
    async () => {
      const before = machines();
      expect(await ask('off', 'n7')).toMatchObject({
        kind: 'failed',
        reason: expect.stringContaining('fence_virsh off'),
      });
      expect(machines()).toEqual(before);
    },
    TIMEOUT_MS,
  );

  const machines = (): readonly number[] => hypervisor.machines('n1');
});
