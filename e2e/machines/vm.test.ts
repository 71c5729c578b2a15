/** Machines of the `vm` class: real QEMU, real guests, two nodes with a bridge each. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OperationResult } from '../../src/core/model/operation.ts';
import { nodeName } from '../../src/core/model/ids.ts';
import { openQmp } from '../../src/agents/vm/qmp.ts';
import { codeOf, eventually, type Stage } from '../agents/stage.ts';
import { obstacle } from '../guest/archive.ts';
import { askMachine, controlOf, migrate as migrateFrom, type Parameters } from './acts.ts';
import { GUEST_ADDRESS, openPlaces, type Places } from './guest.ts';

const missing = obstacle();
if (missing !== undefined) console.warn(`left out: machines that run: ${missing}`);

const http = { http: `http://${GUEST_ADDRESS}/boot` };
const timeoutMs = 120_000;
let places: Places;

const ask = askMachine;

const well = { kind: 'exited', exitCode: 0, exitReason: expect.any(String) as string };
const expectWell = ({ outcome }: OperationResult): void => expect(outcome).toEqual(well);
const meta = { migrate_source: 'n1', migrate_target: 'n2' };

const migrate = (parameters: Parameters) => migrateFrom(places, parameters);

const monitor = (stage: Stage, parameters: Parameters, intervalMs = 0): Promise<OperationResult> =>
  ask(stage, 'monitor', parameters, { intervalMs, timeoutMs: 3000 });
/** The number that the guest wrote last. */
const numberOn = (image: string): number => Number(readFileSync(image, 'latin1').slice(0, 16));
/** Where it listens for a guest; for disks it does at a higher port. */
async function listener(stage: Stage): Promise<string> {
  const text = await stage.inside('ss', '-Hltn');
  return `tcp:${[...(text.match(/10\.77\.0\.2:(?:28|29)\d{3}/g) ?? [])].sort()[0] ?? ''}`;
}

const page = (name: string): Promise<string> =>
  places.n1.call('get', `http://${GUEST_ADDRESS}/${name}`);

describe.skipIf(missing !== undefined)('a machine', () => {
  beforeAll(async () => {
    places = await openPlaces();
  });
  beforeEach(() => places.reconnect());
  afterEach(async () => {
    for (const stage of [places.n1, places.n2]) {
      const stop = () =>
        ask(stage, 'stop', { ...places.guest(), append: 'x' }, { timeoutMs: 2000 });
      await eventually(async () => expectWell(await stop()));
    }
  });
  afterAll(() => places.close());

  test('boots, answers, is looked at, and shuts itself down when it is asked to', async () => {
    const guest = places.guest(http);
    expect(codeOf(await monitor(places.n1, guest))).toBe(7);
    expect(await ask(places.n1, 'start', guest)).toMatchObject({ outcome: { exitCode: 0 } });
    expect(codeOf(await ask(places.n1, 'start', guest))).toBe(0);
    expect(codeOf(await monitor(places.n1, guest, 1000))).toBe(0);
    // What QEMU has told once it does not tell again: it is kept.
    for (let again = 0; again < 2; again += 1)
      expect((await ask(places.n1, 'logs', guest)).output).toContain('guest: up');
    const before = performance.now();
    const stopped = await ask(places.n1, 'stop', guest);
    expect(performance.now() - before).toBeLessThan(timeoutMs / 2);
    expect(stopped.outcome).toEqual({ kind: 'exited', exitCode: 0, exitReason: '' });
    expect(codeOf(await monitor(places.n1, guest))).toBe(7);
  });

  test('is well while it answers to ping', async () => {
    const guest = places.guest({ ping: GUEST_ADDRESS });
    expectWell(await ask(places.n1, 'start', guest));
    expectWell(await monitor(places.n1, guest, 1000));
    const silent = await monitor(places.n1, { ...guest, ping: '10.77.0.251' }, 1000);
    const exitReason = '10.77.0.251 does not answer to ping';
    expect(silent.outcome).toEqual({ kind: 'exited', exitCode: 1, exitReason });
  });

  test('moves to another node, and its memory comes along', async () => {
    const guest = places.guest({ ...http, disks: places.image('shared.raw') });
    await ask(places.n1, 'start', guest);
    const boot = await page('boot');
    const answers = await migrate(guest);
    expect(answers.map(codeOf)).toEqual([0, 0, 0]);
    expect(answers[1]?.output).toMatch(/^moved in \d+ ms, stood still for \d+ ms, \d+ MiB sent$/m);
    expect(await page('boot')).toBe(boot);
    expect(codeOf(await monitor(places.n1, guest))).toBe(7);
    expect(codeOf(await monitor(places.n2, guest, 1000))).toBe(0);
  });

  test('does not run at its new place before it is told to', async () => {
    const guest = places.guest(http);
    await ask(places.n1, 'start', guest);
    await places.n1.inside('busybox', 'ping', '-c', '1', '-w', '2', GUEST_ADDRESS);
    const n2 = { node: nodeName('n2'), meta };
    expectWell(await ask(places.n2, 'migrate_prepare', guest, n2));
    expectWell(await ask(places.n1, 'migrate_to', guest, { meta }));
    const [here, there] = [await monitor(places.n1, guest), await monitor(places.n2, guest)];
    expect([codeOf(here), codeOf(there)]).toEqual([7, 7]);
    const echo = (): Promise<string> =>
      places.n1.inside('busybox', 'ping', '-c', '1', '-w', '1', GUEST_ADDRESS);
    await expect(echo()).rejects.toThrow('Command failed');
    // Nobody goes on: what was sent is given up, and both places are free for a boot.
    expectWell(await ask(places.n1, 'start', guest));
    expectWell(await ask(places.n2, 'stop', guest));
  });

  test('takes its disk along where nobody else has it, and the old image is never booted', async () => {
    const [old, fresh] = [places.image('old.raw'), `${places.n2.directory}/new.raw`];
    const on = (path: string): Parameters =>
      places.guest({ ...http, disks: `${path},size=16M`, migration_storage: 'copy' });
    await ask(places.n1, 'start', on(old));
    const boot = await page('boot');
    const n2 = { node: nodeName('n2'), meta };
    expectWell(await ask(places.n2, 'migrate_prepare', on(fresh), n2));
    expectWell(await ask(places.n1, 'migrate_to', on(old), { meta }));
    expect(existsSync(`${old}.stale`)).toBe(true);
    await ask(places.n2, 'migrate_from', on(fresh), { node: nodeName('n2'), meta });
    expect(await page('boot')).toBe(boot);
    const last = numberOn(old);
    await eventually(async () => expect(Number(await page('number'))).toBeGreaterThan(last));
    await ask(places.n1, 'stop', on(old));
    expect((await ask(places.n1, 'start', on(old))).outcome).toMatchObject({
      exitCode: 5,
      exitReason: expect.stringContaining('old.raw is stale'),
    });
    await ask(places.n2, 'stop', on(fresh));
    expect(numberOn(fresh)).toBeGreaterThan(last);
    expect(numberOn(old)).toBe(last);
  });

  test('a copy that broke off is never booted, and one that is complete is', async () => {
    const on = (path: string): Parameters =>
      places.guest({ ...http, disks: `${path},size=16M`, migration_storage: 'copy' });
    const [old, fresh] = [on(places.image('old2.raw')), on(`${places.n2.directory}/new2.raw`)];
    const n2 = { node: nodeName('n2'), meta };
    await ask(places.n1, 'start', old);
    expectWell(await ask(places.n2, 'migrate_prepare', fresh, n2));
    expectWell(await ask(places.n2, 'migrate_abandon', fresh, n2));
    expect((await ask(places.n2, 'start', fresh)).outcome).toMatchObject({
      exitCode: 5,
      exitReason: expect.stringContaining('is not complete'),
    });
    expectWell(await ask(places.n2, 'migrate_prepare', fresh, n2));
    expectWell(await ask(places.n1, 'migrate_to', old, { meta }));
    expectWell(await ask(places.n2, 'stop', fresh)); // before it is told to run
    expectWell(await ask(places.n2, 'start', fresh));
    expect(codeOf(await monitor(places.n2, fresh, 1000))).toBe(0);
  });

  test('goes on where it was when its target dies, and moves at the next attempt', async () => {
    const guest = places.guest({ ...http, migration_bandwidth: '8' });
    await ask(places.n1, 'start', guest);
    const boot = await page('boot');
    const n2 = { node: nodeName('n2'), meta };
    expectWell(await ask(places.n2, 'migrate_prepare', guest, n2));
    const moving = ask(places.n1, 'migrate_to', guest, { meta, timeoutMs: 6000 });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await ask(places.n2, 'stop', guest);
    expect((await moving).outcome.kind).not.toBe('cancelled');
    expect(codeOf(await moving)).not.toBe(0);
    expect(codeOf(await monitor(places.n1, guest, 1000))).toBe(0);
    expect(await page('boot')).toBe(boot);
    const fast = places.guest(http);
    expect((await migrate(fast)).map(codeOf)).toEqual([0, 0, 0]);
    expect(await page('boot')).toBe(boot);
  });

  test('is cut off when it does not hear, and said to be so', async () => {
    const deaf = places.guest(http, 'deaf=yes');
    await ask(places.n1, 'start', deaf);
    const stopped = await ask(places.n1, 'stop', deaf, { timeoutMs: 4000 });
    expect(stopped.outcome).toMatchObject({
      exitCode: 0,
      exitReason: expect.stringContaining('its power was cut'),
    });
  });

  test.each([
    ['an image that is missing', { disks: '/nowhere/web.raw' }, 5, '/nowhere/web.raw'],
    ['a bridge that is missing', { networks: 'br7' }, 5, 'no bridge br7'],
    ['an unknown type of machine', { machine: 'pc-i440fx-99' }, 1, 'unsupported machine type'],
    ['an option with a typo', { disks: '/x,fromat=raw' }, 6, 'did you mean format?'],
  ])('%s is a clear error', async (_what, wrong, code, words) => {
    const { outcome } = await ask(places.n1, 'start', places.guest(wrong));
    expect(outcome).toMatchObject({ exitCode: code, exitReason: expect.stringContaining(words) });
  });

  test('two machines do not share an image', async () => {
    const guest = places.guest({ disks: places.image('one.raw') });
    await ask(places.n1, 'start', guest);
    expect((await ask(places.n2, 'start', guest)).outcome).toMatchObject({
      exitCode: 1,
      exitReason: expect.stringContaining('lock'),
    });
  });

  test('is called back when nobody carries its migration on any more, its disk too', async () => {
    const image = places.image('called-back.raw');
    const guest = places.guest({ disks: image, migration_storage: 'copy' });
    const fresh = places.guest({
      disks: `${places.n2.directory}/called-back.raw,size=16M`,
      migration_storage: 'copy',
    });
    await ask(places.n1, 'start', guest);
    await ask(places.n2, 'migrate_prepare', fresh, { node: nodeName('n2'), meta });
    const qmp = await openQmp(controlOf(places.n1), AbortSignal.timeout(timeoutMs));
    const on = (capability: string) => ({ capability, state: true });
    await qmp.ask('migrate-set-capabilities', { capabilities: [on('pause-before-switchover')] });
    await qmp.ask('migrate', { uri: await listener(places.n2) });
    await eventually(async () => {
      expect(await qmp.ask('query-status')).toMatchObject({ status: 'finish-migrate' });
    });
    qmp.close();
    writeFileSync(`${image}.stale`, 'the daemon died right after this\n');
    expectWell(await monitor(places.n1, guest, 1000));
    expectWell(await monitor(places.n1, guest));
    expect(existsSync(`${image}.stale`)).toBe(false);
  });
});
