/** Fence agents: Debian's fence_dummy, and agents that hang, lie and tell secrets. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isAlive, openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  const first = await openStage();
  await first.crash();
  const own = join(first.directory, 'sbin');
  mkdirSync(own);
  stage = await openStage({ former: first, words: [`fence=${own}:/usr/sbin`] });
});
afterAll(() => stage.close());

const agent = (name: string, text: string) =>
  writeFileSync(join(stage.directory, 'sbin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });

test("Debian's fence_dummy switches off and on", async () => {
  const parameters = { status_file: join(stage.directory, 'power') };
  const outcomes = [];
  for (const action of ['on', 'status', 'off', 'status', 'reboot', 'monitor'] as const) {
    const request = { agent: 'fence_dummy', action, port: 'n1', parameters, timeoutMs: 20_000 };
    outcomes.push((await stage.fence(request)).outcome);
  }
  expect(outcomes).toEqual([
    { kind: 'ok' },
    { kind: 'status', power: 'on' },
    { kind: 'ok' },
    { kind: 'status', power: 'off' },
    { kind: 'ok' },
    { kind: 'ok' },
  ]);
});

test('secrets go by standard input, and are nowhere else', async () => {
  const secrets = join(stage.directory, 'run/secrets');
  mkdirSync(secrets, { recursive: true, mode: 0o700 });
  writeFileSync(join(secrets, 'ipmi'), 'hunter2', { mode: 0o600 });
  const seen = join(stage.directory, 'seen');
  agent('fence_teller', `cat > ${seen}; cat ${seen} >&2; tr '\\0' ' ' < /proc/$$/cmdline; exit 1`);
  const result = await stage.fence({
    agent: 'fence_teller',
    action: 'off',
    port: 'plug 1',
    parameters: { password: 'secret:ipmi' },
  });
  expect(readFileSync(seen, 'utf8')).toBe('password=hunter2\nport=plug 1\naction=off\n');
  expect(result.outcome).toEqual({
    kind: 'failed',
    reason: 'password=[secret]; port=plug 1; action=off (fence_teller off ended with exit code 1)',
  });
  expect(result.output).toContain('password=[secret]');
  expect(JSON.stringify(result)).not.toContain('hunter2');
  const missing = { agent: 'fence_teller', parameters: { password: 'secret:no' } };
  expect((await stage.fence(missing)).outcome).toEqual({
    kind: 'failed',
    reason: 'parameter password: secret no is not on this node',
  });
});

test('an agent that hangs has failed, and is gone', async () => {
  const mark = join(stage.directory, 'hung');
  agent('fence_hung', `trap "" TERM; (setsid sleep 1000 & echo $! > ${mark}); sleep 1000`);
  const result = await stage.fence({ agent: 'fence_hung', action: 'off', timeoutMs: 300 });
  expect(result.outcome).toEqual({
    kind: 'failed',
    reason: 'fence_hung off had not answered after 0.3 s',
  });
  expect(isAlive(Number(readFileSync(mark, 'utf8')))).toBe(false);
});

test('a list is what the agent printed, without its complaints', async () => {
  agent('fence_lister', 'echo warning >&2; echo n1,; echo n2,');
  expect(await stage.fence({ agent: 'fence_lister', action: 'list' })).toMatchObject({
    outcome: { kind: 'ok' },
    output: 'n1,\nn2,\n',
  });
});

test('one device is used several times in one moment: two nodes are lost at once', async () => {
  agent('fence_quick', 'exit 0');
  const shots = Array.from({ length: 20 }, (_, at) =>
    stage.fence({ agent: 'fence_quick', action: 'off', port: `n${at}` }),
  );
  const outcomes = (await Promise.all(shots)).map(({ outcome }) => outcome);
  expect(outcomes).toEqual(shots.map(() => ({ kind: 'ok' })));
});

test('an agent that is not there', async () => {
  for (const name of ['fence_none', '../sh', 'sh']) {
    expect((await stage.fence({ agent: name, action: 'off' })).outcome).toEqual({
      kind: 'failed',
      reason: `${name} is not installed on this node`,
    });
  }
});

test('a device is a resource that runs where its monitor succeeds', async () => {
  agent('fence_fine', 'grep -q action=monitor');
  agent('fence_broken', 'echo no route >&2; exit 1');
  const outcome = async (name: string, operation: string, intervalMs = 0) =>
    (await stage.run(`stonith:${name}`, operation, {}, { intervalMs })).outcome;
  expect(await outcome('fence_fine', 'monitor')).toMatchObject({ exitCode: 7 });
  expect(await outcome('fence_fine', 'start')).toMatchObject({ exitCode: 0 });
  expect(await outcome('fence_fine', 'monitor', 10_000)).toMatchObject({ exitCode: 0 });
  expect(await outcome('fence_broken', 'start')).toEqual({
    kind: 'exited',
    exitCode: 1,
    exitReason: 'no route (fence_broken monitor ended with exit code 1)',
  });
  expect(await outcome('fence_broken', 'stop')).toMatchObject({ exitCode: 0 });
});
