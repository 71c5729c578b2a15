/** The real fence_virsh, over a real sshd, against a real libvirt with a machine of QEMU. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FenceRequest } from '../../src/core/model/operation.ts';
import { eventually, openStage, startProcess, until, type Stage } from './stage.ts';

/** One answer takes fence_virsh a second or more, a reboot has several. */
const TIMEOUT_MS = 60_000;
/** The prompt that fence_virsh waits for; its own options, which these take the place of, have it too. */
const SHELL = String.raw`-t '/bin/bash -c "PS1=\\[EXPECT\\]# /bin/bash --noprofile --norc"'`;
const UNPACKED = join(import.meta.dirname, '../../.cache/hypervisor');

const missing = obstacle();
if (missing !== undefined) console.warn(`left out: fence_virsh against libvirt: ${missing}`);

function obstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'it needs root';
  return existsSync(UNPACKED) ? undefined : 'libvirt is not unpacked: run ./dev setup';
}

describe.skipIf(missing !== undefined)('a machine of libvirt', () => {
  const files = mkdtempSync(join(tmpdir(), 'holdfast-virsh-'));
  let hypervisor: ChildProcess;
  let stage: Stage;

  beforeAll(async () => {
    hypervisor = startHypervisor(files);
    const ended = () => hypervisor.exitCode !== null;
    await until(() => existsSync(join(files, 'ready')) || ended(), TIMEOUT_MS);
    if (ended()) throw new Error(`the hypervisor ended with ${String(hypervisor.exitCode)}`);
    const net = `/proc/${String(await processOne(hypervisor))}/ns/net`;
    stage = await openStage({ start: startProcess(['nsenter', `--net=${net}`, '--']) });
  }, TIMEOUT_MS);

  // Process 1 of its namespace goes, and everything there with it.
  afterAll(async () => {
    await stage.close();
    hypervisor.kill('SIGKILL');
    await eventually(() => Promise.resolve(rmSync(files, { recursive: true })));
  });

  const ask = async (action: FenceRequest['action'], port = 'n1') => {
    const known = `-o UserKnownHostsFile=${join(files, 'known-hosts')}`;
    const parameters = {
      ip: '127.0.0.1',
      ipport: '2222',
      username: 'root',
      secure: '1',
      identity_file: join(files, 'key'),
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

  /** The process ids of QEMUs that write into this test's directory, as libvirt has started them. */
  const machines = (): readonly string[] => readdirSync('/proc').filter((pid) => isMachine(pid));
});

function startHypervisor(files: string): ChildProcess {
  mkdirSync(join(files, 'private'));
  const enter = 'unshare --mount --uts --net --ipc --pid --fork --kill-child --mount-proc';
  const script = join(import.meta.dirname, 'hypervisor.sh');
  const [program = '', ...words] = `${enter} --propagation private sh`.split(' ');
  return spawn(program, [...words, script, UNPACKED, files], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** The shell below unshare. */
function processOne({ pid = 0 }: ChildProcess): Promise<number> {
  return eventually(() => {
    const path = `/proc/${String(pid)}/task/${String(pid)}/children`;
    const child = Number(readFileSync(path, 'utf8').trim());
    return child > 0 ? Promise.resolve(child) : Promise.reject(new Error('no child yet'));
  });
}

function isMachine(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('\0guest=n1,');
  } catch {
    return false;
  }
}
