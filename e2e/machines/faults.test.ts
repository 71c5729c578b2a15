/** What can go wrong with a machine that moves: it stays where it was, and the reason is said. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OperationResult } from '../../src/core/model/operation.ts';
import { asRecord, openQmp } from '../../src/agents/vm/qmp.ts';
import { codeOf, eventually, type Stage } from '../agents/stage.ts';
import { obstacle } from '../guest/archive.ts';
import { makeCertificates } from './certificates.ts';
import { arrive, askMachine, controlOf, migrate, prepare, send, type Parameters } from './acts.ts';
import { openPlaces, type Places } from './guest.ts';

const missing = obstacle();

let places: Places;
const ask = (stage: Stage, operation: string, parameters: Parameters, timeoutMs = 30_000) =>
  askMachine(stage, operation, parameters, { timeoutMs });

/** Without network and disk: what is tested here needs none, and it boots sooner. */
const small = (rest: Parameters = {}, words = ''): Parameters => {
  const { networks: _, ...guest } = places.guest({ memory: '96', ...rest }, words);
  return guest;
};

/** It has begun to write to its memory, if it does. */
async function booted(parameters: Parameters): Promise<void> {
  await eventually(async () => {
    expect((await ask(places.n1, 'logs', parameters)).output).toContain('guest: up');
  }, 80_000);
}

/** A guest that writes goes on at the second place, and what it has there still comes from the first. */
async function movedBeforeAllIsThere(): Promise<Parameters> {
  const busy = small(
    { migration_bandwidth: '6', migration_auto_converge: 'no', migration_postcopy: 'yes' },
    'dirty=8',
  );
  await ask(places.n1, 'start', busy);
  await booted(busy);
  const moved = await migrate(places, busy);
  expect(moved.map(codeOf)).toEqual([0, 0, 0]);
  expect(moved[1]?.output).toContain('the rest is fetched');
  return busy;
}

async function staysAtSource(parameters: Parameters, ended: OperationResult): Promise<void> {
  expect(codeOf(ended)).toBe(1);
  expect(codeOf(await ask(places.n1, 'monitor', parameters))).toBe(0);
}

describe.skipIf(missing !== undefined)('a machine that moves', () => {
  let directory: string;

  beforeAll(async () => {
    places = await openPlaces();
    directory = mkdtempSync(join(tmpdir(), 'holdfast-faults-'));
  });
  beforeEach(() => places.reconnect());
  afterEach(async () => {
    for (const stage of [places.n1, places.n2]) await ask(stage, 'stop', small(), 800);
  });
  afterAll(async () => {
    await places.close();
    rmSync(directory, { recursive: true });
  });

  test('stays where its target has another type of machine', async () => {
    await ask(places.n1, 'start', small());
    await prepare(places, small({ machine: 'q35' }));
    await staysAtSource(small(), await send(places, small(), { timeoutMs: 8000 }));
  });

  test('stays where its target has less memory available, and comes where that is meant', async () => {
    const told = join(directory, 'meminfo');
    writeFileSync(told, 'MemTotal: 262144 kB\nMemFree: 90000 kB\nMemAvailable: 97000 kB\n');
    await ask(places.n1, 'start', small());
    await places.n2.inside('mount', '--bind', told, '/proc/meminfo');
    try {
      expect((await prepare(places, small())).outcome).toMatchObject({
        exitCode: 1,
        exitReason: expect.stringMatching(
          /^it may use 96 MiB of memory, and 94 MiB are available here; /,
        ),
      });
      expect(codeOf(await ask(places.n2, 'monitor', small()))).toBe(7);
      expect(codeOf(await ask(places.n1, 'monitor', small()))).toBe(0);
      const meant = small({ migration_overcommit: 'yes' });
      expect((await migrate(places, meant)).map(codeOf)).toEqual([0, 0, 0]);
    } finally {
      await places.n2.inside('umount', '/proc/meminfo');
    }
  });

  test('stays where another machine is waited for', async () => {
    const here = { ...small(), uuid: '00000000-0000-4000-a000-000000000001' };
    const there = { ...small(), uuid: '00000000-0000-4000-a000-000000000002' };
    await ask(places.n1, 'start', here);
    await prepare(places, there);
    const refused = await send(places, here, { timeoutMs: 8000 });
    await staysAtSource(here, refused);
    expect(codeOf(await ask(places.n2, 'monitor', there))).toBe(7);
    await ask(places.n2, 'migrate_abandon', there);
  });

  test('stays where the network breaks in the middle, and moves when it is whole', async () => {
    const slow = small({ migration_bandwidth: '1' });
    await ask(places.n1, 'start', slow);
    await prepare(places, slow);
    const sending = send(places, slow, { timeoutMs: 4000 });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await places.n1.inside('ip', 'link', 'set', 'cable1', 'down');
    const ended = await sending;
    await places.n1.inside('ip', 'link', 'set', 'cable1', 'up');
    await staysAtSource(slow, ended);
    await ask(places.n2, 'migrate_abandon', slow);
    await eventually(() => places.n1.inside('busybox', 'ping', '-c', '1', '-w', '1', '10.77.0.2'));
    expect((await migrate(places, small())).map(codeOf)).toEqual([0, 0, 0]);
  });

  test('stays where the network breaks while its disk is copied, and writes on', async () => {
    const [here, there] = [places.image('cut.raw'), `${places.n2.directory}/cut.raw`];
    writeFileSync(here, Buffer.alloc(48 << 20, 'holdfast'));
    const on = (image: string): Parameters =>
      small({
        memory: '96',
        disks: `${image},size=48M`,
        migration_storage: 'copy',
        migration_bandwidth: '1',
      });
    const number = (): number => Number.parseInt(readFileSync(here, 'latin1').slice(0, 16)) || 0;
    const writesOn = async (): Promise<void> => {
      const before = number();
      await eventually(async () => expect(number()).toBeGreaterThan(before), 80_000);
    };
    await ask(places.n1, 'start', on(here));
    await writesOn();
    await prepare(places, on(there));
    const sending = send(places, on(here), { timeoutMs: 12_000 });
    await eventually(async () => expect(statSync(there).blocks).toBeGreaterThan(2048));
    await places.n1.inside('ip', 'link', 'set', 'cable1', 'down');
    const ended = await sending;
    await staysAtSource(on(here), ended);
    await writesOn();
    await places.n1.inside('ip', 'link', 'set', 'cable1', 'up');
    expect(existsSync(`${here}.stale`)).toBe(false);
    await ask(places.n2, 'migrate_abandon', on(there));
    expect(readFileSync(`${there}.stale`, 'utf8')).toContain('is not complete');
  });

  test('moves encrypted; to a side with other certificates it does not, and stays', async () => {
    const [own, others] = ['own', 'others'].map((name) =>
      makeCertificates(join(directory, name), '10.77.0.2'),
    );
    const secure = small({ migration_tls: own! });
    await ask(places.n1, 'start', secure);
    await prepare(places, small({ migration_tls: others! }));
    await staysAtSource(secure, await send(places, secure, { timeoutMs: 8000 }));
    await ask(places.n2, 'migrate_abandon', secure);
    expect((await migrate(places, secure)).map(codeOf)).toEqual([0, 0, 0]);
  });

  test('copies its disk encrypted, and not to a side with other certificates', async () => {
    const [own, others] = ['own2', 'others2'].map((name) =>
      makeCertificates(join(directory, name), '10.77.0.2'),
    );
    const on = (image: string, certificates: string): Parameters =>
      small({
        disks: `${image},size=16M`,
        migration_storage: 'copy',
        migration_tls: certificates,
      });
    const here = on(places.image('secret.raw'), own!);
    const there = `${places.n2.directory}/secret.raw`;
    await ask(places.n1, 'start', here);
    await prepare(places, on(there, others!));
    const refused = await send(places, here, { timeoutMs: 8000 });
    expect(refused.outcome).toMatchObject({ exitReason: expect.stringContaining('blockdev-add') });
    await staysAtSource(here, refused);
    await ask(places.n2, 'migrate_abandon', here);
    expect(codeOf(await prepare(places, on(there, own!)))).toBe(0);
    expect(codeOf(await send(places, here))).toBe(0);
    expect(codeOf(await arrive(places, on(there, own!)))).toBe(0);
  });

  test('that writes faster than the network is slowed down until it is through', async () => {
    const busy = small({ migration_bandwidth: '16', migration_downtime: '200' }, 'dirty=8');
    await ask(places.n1, 'start', busy);
    await booted(busy);
    const watch = controlOf(places.n1).replace(/control$/, 'watch');
    const qmp = await openQmp(watch, AbortSignal.timeout(60_000));
    const moving = migrate(places, busy);
    const over = moving.then(() => true);
    const later = () =>
      new Promise<boolean>((resolve) => {
        setTimeout(() => resolve(false), 100);
      });
    let slowed = 0;
    while (!(await Promise.race([over, later()]))) {
      const told = asRecord(await qmp.ask('query-migrate').catch(() => undefined));
      slowed = Math.max(slowed, Number(told['cpu-throttle-percentage'] ?? 0));
    }
    qmp.close();
    expect((await moving).map(codeOf)).toEqual([0, 0, 0]);
    expect(slowed).toBeGreaterThan(0);
  });

  test('may go on before all of its memory is there, and dies where the rest is lost', async () => {
    const busy = await movedBeforeAllIsThere();
    expect(codeOf(await ask(places.n1, 'monitor', busy))).toBe(7);
    expect(codeOf(await ask(places.n2, 'monitor', busy))).toBe(0);
    expect(codeOf(await ask(places.n1, 'stop', busy, 400))).toBe(0); // too soon
    // It waits for memory that nobody has; executed in software it does not even talk then.
    await eventually(async () => {
      expect(codeOf(await ask(places.n2, 'monitor', busy, 1000))).not.toBe(0);
    });
    expect(codeOf(await ask(places.n2, 'stop', busy, 5000))).toBe(0);
  });

  test('goes on before all of its memory is there, and the source does not end before', async () => {
    const busy = await movedBeforeAllIsThere();
    expect(codeOf(await ask(places.n1, 'stop', busy))).toBe(0);
    expect(codeOf(await ask(places.n2, 'monitor', busy))).toBe(0);
    const button = await ask(places.n2, 'stop', busy, 60_000); // all of it works: it shuts down when it is asked
    expect(button.outcome).toMatchObject({ exitCode: 0, exitReason: '' });
  });

  test('that stands still is not well, and boots anew', async () => {
    await ask(places.n1, 'start', small());
    const watch = controlOf(places.n1).replace(/control$/, 'watch');
    const qmp = await openQmp(watch, AbortSignal.timeout(10_000));
    await qmp.ask('stop');
    qmp.close();
    const looked = await ask(places.n1, 'monitor', small());
    expect(looked.outcome).toMatchObject({
      exitCode: 1,
      exitReason: expect.stringContaining('paused'),
    });
    expect(codeOf(await ask(places.n1, 'stop', small(), 6000))).toBe(0);
    expect(codeOf(await ask(places.n1, 'start', small()))).toBe(0);
  });

  test('whose QEMU does not talk is not well, and its power is cut when it is to stop', async () => {
    await ask(places.n1, 'start', small());
    const other = connect(controlOf(places.n1));
    await new Promise((resolve) => other.once('data', resolve));
    const looked = await ask(places.n1, 'monitor', small(), 1000);
    expect(looked.outcome).toEqual({ kind: 'timed-out' });
    const stopped = await ask(places.n1, 'stop', small(), 6000);
    other.destroy();
    expect(stopped.outcome).toMatchObject({
      exitCode: 0,
      exitReason: 'QEMU did not talk; its power was cut',
    });
  });

  test('that its node has no memory for does not start, and it is said', async () => {
    const { outcome } = await ask(places.n1, 'start', small({ memory: '16000000' }));
    expect(outcome).toMatchObject({
      exitCode: 1,
      exitReason: expect.stringMatching(/memory/i) as string,
    });
  });
});
