/** Agents that do what they should not, and the end of everything they started. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OperationRequest } from '../../src/core/model/operation.ts';
import { codeOf, eventually, isAlive, openStage, until, type Stage } from './stage.ts';

let stage: Stage;
let agents: string;
beforeAll(async () => {
  stage = await openStage();
  agents = join(stage.directory, 'ocf/resource.d/own');
  mkdirSync(agents, { recursive: true });
  await stage.crash(); // it has only made the directory
  stage = await openStage({ former: stage, words: [`ocf=${join(stage.directory, 'ocf')}`] });
});
afterAll(() => stage.close());

const write = (name: string, text: string, mode = 0o755) => {
  const path = join(agents, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
};
const run = (name: string, operation = 'start', rest: Partial<OperationRequest> = {}) =>
  stage.run(`ocf:own:${name}`, operation, { mark: join(stage.directory, name) }, rest);
/** Process ids that an agent wrote to its mark. */
const marked = (name: string) =>
  readFileSync(join(stage.directory, name), 'utf8').trim().split('\n').map(Number);

test('100 MB of output cost neither memory nor time', async () => {
  write('Talker', '#!/bin/sh\nhead -c 100000000 /dev/zero | tr "\\0" x\necho\necho end\n');
  const result = await run('Talker');
  expect(codeOf(result)).toBe(0);
  expect(Buffer.byteLength(result.output)).toBe(8192);
  expect(result.output.endsWith('x\nend\n')).toBe(true);
});

test('an exit code that OCF does not know is an error', async () => {
  write('Odd', '#!/bin/sh\nexit 255\n');
  expect((await run('Odd')).outcome).toEqual({
    kind: 'exited',
    exitCode: 1,
    exitReason: 'exit code 255, which OCF does not define',
  });
});

test('what cannot be executed says why', async () => {
  write('Plain', '#!/bin/sh\n', 0o644);
  expect((await run('Plain')).outcome).toMatchObject({ kind: 'not-run', exitCode: 4 });
  write('Lost', '#!/no/such/interpreter\n');
  expect((await run('Lost')).outcome).toMatchObject({
    kind: 'not-run',
    exitCode: 5,
    reason: expect.stringContaining('interpreter'),
  });
  write('Text', 'exit 0\n');
  expect((await run('Text')).outcome).toMatchObject({ kind: 'not-run', exitCode: 5 });
});

const detached =
  '#!/bin/bash\necho $$ >> $OCF_RESKEY_mark; trap "" TERM HUP\n' +
  '( setsid bash -c \'trap "" TERM; echo $$ >> $OCF_RESKEY_mark; ' +
  "(setsid sleep 1000 & echo $! >> $OCF_RESKEY_mark) ; sleep 1000' </dev/null >/dev/null 2>&1 & )\n" +
  'sleep 1000\n';

test('timed out means gone: double fork, setsid, detached, TERM ignored', async () => {
  write('Detached', detached);
  const result = await run('Detached', 'start', { timeoutMs: 400 });
  expect(result.outcome).toEqual({ kind: 'timed-out' });
  expect(result.durationMs).toBeLessThan(1500);
  expect(marked('Detached').length).toBe(3);
  expect(marked('Detached').filter(isAlive)).toEqual([]);
  expect(await stage.call('processes', 'test')).toEqual([]);
});

test('an agent that forks without end is gone, too', async () => {
  write(
    'Forker',
    '#!/bin/bash\nfork() { while :; do (sleep 1000 & sleep 0.02; fork) & sleep 0.02; done; }\n' +
      'echo $$ > $OCF_RESKEY_mark; fork\n',
  );
  const result = await run('Forker', 'start', { timeoutMs: 300 });
  expect(result.outcome).toEqual({ kind: 'timed-out' });
  await sleep(50);
  expect(await stage.call('processes', 'test')).toEqual([]);
});

/**
 * A frozen cgroup of version 1 holds a process as uninterruptible sleep does: SIGKILL waits for its
 * thaw. The hierarchy can be mounted wherever the kernel has it.
 */
test('what cannot be killed is named after five seconds, and nothing is said to be gone', async () => {
  const freezer = join(stage.directory, 'freezer');
  mkdirSync(freezer);
  execFileSync(mountProgram, ['-t', 'cgroup', '-o', 'freezer', 'cgroup', freezer]);
  const frozen = join(freezer, `holdfast-frozen-${String(process.pid)}`);
  mkdirSync(frozen);
  try {
    write(
      'Frozen',
      `#!/bin/bash\nsleep 1000 & echo $! > $OCF_RESKEY_mark\necho $! > ${frozen}/cgroup.procs\n` +
        `echo FROZEN > ${frozen}/freezer.state\nsleep 1000\n`,
    );
    const result = await run('Frozen', 'stop', { timeoutMs: 300 });
    expect(result.outcome).toEqual({ kind: 'unkillable', processes: marked('Frozen') });
    expect(result.durationMs).toBeGreaterThan(5000);
    expect(result.durationMs).toBeLessThan(7000);
  } finally {
    writeFileSync(join(frozen, 'freezer.state'), 'THAWED');
    await until(() => marked('Frozen').every((pid) => !isAlive(pid)));
    await eventually(() => Promise.resolve(rmdirSync(frozen)));
    execFileSync(unmountProgram, [freezer]);
  }
});
const mountProgram = '/bin/mount';
const unmountProgram = '/bin/umount';

test('cancelling ends all of it as well', async () => {
  write('Endless', detached);
  const running = run('Endless', 'monitor', { operationId: 'to-cancel' });
  await until(() => {
    try {
      return marked('Endless').length === 3;
    } catch {
      return false;
    }
  });
  await stage.call('cancel', 'to-cancel');
  expect((await running).outcome).toEqual({ kind: 'cancelled' });
  expect(marked('Endless').filter(isAlive)).toEqual([]);
});

test('what a start leaves behind is the service, outside of the operation and undisturbed', async () => {
  write(
    'Starter',
    "#!/bin/bash\n(setsid bash -c 'echo $$ > $OCF_RESKEY_mark; while sleep 0.05; do echo tick; done' &)\n" +
      'while ! [ -s $OCF_RESKEY_mark ]; do sleep 0.01; done\nexit 0\n',
  );
  expect(codeOf(await run('Starter'))).toBe(0);
  const [service = 0] = marked('Starter');
  // It prints into the pipe of an operation that is over, and a failed monitor is no matter of its.
  write('Starter', '#!/bin/sh\nsleep 1000\n');
  expect((await run('Starter', 'monitor', { timeoutMs: 200 })).outcome.kind).toBe('timed-out');
  await sleep(200);
  expect(isAlive(service)).toBe(true);
  const cgroup = cgroupOf(service);
  expect(cgroup).toContain('/test.resource/op-');
  expect(await stage.call('kill', 'test')).toEqual([]);
  expect(isAlive(service)).toBe(false);
  write('Starter', '#!/bin/sh\nexit 0\n');
  expect(existsSync(cgroup)).toBe(true);
  await run('Starter', 'monitor');
  expect(existsSync(cgroup)).toBe(false);
});

/** Its directory in the hierarchy of version 2. */
function cgroupOf(pid: number): string {
  const path = /^0::(.*)$/m.exec(readFileSync(`/proc/${String(pid)}/cgroup`, 'utf8'))?.[1] ?? '';
  const hybrid = '/sys/fs/cgroup/unified';
  return `${existsSync(hybrid) ? hybrid : '/sys/fs/cgroup'}${path}`;
}

test('a daemon that dies leaves services, but no operation', async () => {
  write(
    'Keeper',
    '#!/bin/bash\ncase $1 in start) (setsid sleep 1000 >/dev/null 2>&1 & echo $! > $OCF_RESKEY_mark);;\n' +
      '*) trap "" TERM; (setsid sleep 1000 & echo $! > $OCF_RESKEY_mark.monitor); sleep 1000;; esac\n',
  );
  expect(codeOf(await run('Keeper', 'start', { operationId: 'first' }))).toBe(0);
  const [service = 0] = marked('Keeper');
  run('Keeper', 'monitor').catch(() => undefined);
  await until(() => {
    try {
      return marked('Keeper.monitor').length === 1;
    } catch {
      return false;
    }
  });
  await stage.crash();
  stage = await openStage({ former: stage, words: [`ocf=${join(stage.directory, 'ocf')}`] });
  write('Quick', '#!/bin/sh\nexit 0\n');
  expect(codeOf(await run('Quick'))).toBe(0); // nothing runs before the rest is gone
  expect(marked('Keeper.monitor').filter(isAlive)).toEqual([]);
  expect(isAlive(service)).toBe(true);
  expect(await stage.call('processes', 'test')).toContain(service);
  // The new daemon counts its operations anew: the same id is another operation.
  const again = { operationId: 'first', timeoutMs: 300 };
  expect((await run('Keeper', 'monitor', again)).outcome.kind).toBe('timed-out');
  expect(isAlive(service)).toBe(true);
  await stage.call('kill', 'test');
});

test('the launcher itself killed: the operation is ended and the result is no success', async () => {
  write('Orphan', `#!/bin/bash\necho $PPID > $OCF_RESKEY_mark; ${detached.slice(12)}`);
  const running = run('Orphan', 'start');
  await until(() => {
    try {
      return marked('Orphan').length === 4;
    } catch {
      return false;
    }
  });
  const [launcher = 0, ...rest] = marked('Orphan');
  process.kill(launcher, 'SIGKILL');
  expect((await running).outcome).toMatchObject({ exitCode: 1, exitReason: 'ended by SIGKILL' });
  expect(rest.filter(isAlive)).toEqual([]);
});
