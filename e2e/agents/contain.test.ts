/** Containment on a real node: what is killed, and what is seen of it. What it proves: core/cluster. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { codeOf, isAlive, openStage, until, type Stage } from './stage.ts';

let stage: Stage;
let agents: string;
beforeAll(async () => {
  const first = await openStage();
  await first.crash(); // it has only made the directory
  agents = join(first.directory, 'ocf/resource.d/own');
  mkdirSync(agents, { recursive: true });
  stage = await openStage({ former: first, words: [`ocf=${join(first.directory, 'ocf')}`] });
});
afterEach(() => stage.call('kill', 'test'));
afterAll(() => stage.close());

/** A service of two detached processes that ignore TERM; its stop and monitor do as `stop`, `monitor` say. */
const agent = (name: string, stop: string, monitor: string) =>
  writeFileSync(
    join(agents, name),
    `#!/bin/bash
case $1 in
  start)
    setsid bash -c 'trap "" TERM; echo $$ >>$OCF_RESKEY_mark; (setsid sleep 1000 & echo $! >>$OCF_RESKEY_mark); while :; do sleep 1; done' </dev/null >/dev/null 2>&1 &
    until [ "$(wc -l <"$OCF_RESKEY_mark" 2>/dev/null)" = 2 ]; do sleep 0.01; done ;;
  stop) ${stop} ;;
  monitor) ${monitor} ;;
esac
`,
    { mode: 0o755 },
  );

/** A zombie has no program any more. */
const looksForIt = 'readlink /proc/$(head -1 "$OCF_RESKEY_mark")/exe >/dev/null && exit 0; exit 7';
const run = (name: string, operation: string, timeoutMs = 5000) =>
  stage.run(`ocf:own:${name}`, operation, { mark: join(stage.directory, name) }, { timeoutMs });
const processes = (name: string): readonly number[] =>
  readFileSync(join(stage.directory, name), 'utf8').trim().split('\n').map(Number);

test('a service whose stop hangs is killed as a whole, and its monitor finds nothing', async () => {
  agent('Hung', 'sleep 1000', looksForIt);
  expect(codeOf(await run('Hung', 'start'))).toBe(0);
  expect((await run('Hung', 'stop', 300)).outcome).toEqual({ kind: 'timed-out' });
  expect(processes('Hung').map(isAlive)).toEqual([true, true]);
  const { containment, durationMs } = await run('Hung', 'contain');
  expect(containment).toMatchObject({ isWhole: true, left: [], monitor: { exitCode: 7 } });
  expect(containment?.found).toBeGreaterThanOrEqual(2);
  expect(processes('Hung').map(isAlive)).toEqual([false, false]);
  expect(durationMs).toBeLessThan(2000);
});

test('so it is after the daemon has died and another one was started', async () => {
  agent('Older', 'exit 1', looksForIt);
  expect(codeOf(await run('Older', 'start'))).toBe(0);
  await stage.crash();
  stage = await openStage({ former: stage, words: [`ocf=${join(stage.directory, 'ocf')}`] });
  expect((await run('Older', 'contain')).containment).toMatchObject({ isWhole: true, left: [] });
  expect(processes('Older').map(isAlive)).toEqual([false, false]);
});

test('what its monitor still finds is told', async () => {
  agent('Elsewhere', 'exit 1', 'exit 0');
  expect(codeOf(await run('Elsewhere', 'start'))).toBe(0);
  expect((await run('Elsewhere', 'contain')).containment).toMatchObject({
    isWhole: true,
    left: [],
    monitor: { exitCode: 0 },
  });
});

test('what its monitor has started meanwhile is left, whatever it answers', async () => {
  const starts = `setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >>$OCF_RESKEY_mark; exit 7`;
  agent('Revived', 'exit 1', starts);
  expect(codeOf(await run('Revived', 'start'))).toBe(0);
  const { containment } = await run('Revived', 'contain');
  expect(containment).toMatchObject({ isWhole: true, monitor: { exitCode: 7 } });
  expect(containment?.left).toEqual(processes('Revived').slice(2));
});

test('a monitor that hangs says nothing, and leaves nothing', async () => {
  agent('Silent', 'exit 1', 'sleep 1000');
  expect(codeOf(await run('Silent', 'start'))).toBe(0);
  expect((await run('Silent', 'contain', 300)).containment).toMatchObject({
    isWhole: true,
    left: [],
    monitor: { kind: 'timed-out' },
  });
});

test('a service that somebody else has started is not known, though the monitor is content', async () => {
  agent('Foreign', 'exit 1', 'exit 7');
  const foreign = spawn('sleep', ['1000'], { stdio: 'ignore' });
  await until(() => foreign.pid !== undefined);
  expect((await run('Foreign', 'contain')).containment).toEqual({
    isWhole: false,
    found: 0,
    left: [],
    monitor: { kind: 'exited', exitCode: 7, exitReason: '' },
  });
  expect(isAlive(foreign.pid ?? 0)).toBe(true);
  foreign.kill('SIGKILL');
});

test('nor is what an operation that is no start has left', async () => {
  writeFileSync(
    join(agents, 'Helper'),
    '#!/bin/bash\n[ $1 = monitor ] && exit 7\nsetsid sleep 1000 </dev/null >/dev/null 2>&1 &\n',
    { mode: 0o755 },
  );
  expect(codeOf(await run('Helper', 'promote'))).toBe(0);
  expect((await run('Helper', 'contain')).containment).toMatchObject({
    isWhole: false,
    found: 1,
    left: [],
  });
});

test('a command that starts and stops: the same', async () => {
  const file = join(stage.directory, 'daemon');
  const parameters = {
    mode: 'start-stop',
    start: `sh -c "setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >${file}"`.replace(
      /^sh -c "(.*)"$/,
      (_all, script: string) => JSON.stringify(['sh', '-c', script]),
    ),
    stop: 'sleep 1000',
    monitor: JSON.stringify(['sh', '-c', `readlink /proc/$(cat ${file})/exe && exit 0; exit 7`]),
  };
  const ask = (operation: string, timeoutMs = 5000) =>
    stage.run('command:', operation, parameters, { timeoutMs });
  expect(codeOf(await ask('start'))).toBe(0);
  expect((await ask('stop', 300)).outcome).toEqual({ kind: 'timed-out' });
  expect((await ask('contain')).containment).toMatchObject({
    isWhole: true,
    found: 1,
    left: [],
    monitor: { exitCode: 7 },
  });
});
