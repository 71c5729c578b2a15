/** Containers of the class `container` under the real runtimes of Debian 12. */
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { OperationRequest, OperationResult } from '../../src/core/model/operation.ts';
import { codeOf, eventually, isAlive } from '../agents/stage.ts';
import { openPlace, type Place } from './place.ts';
import { obstacle } from './room.ts';

const missing = obstacle();
if (missing !== undefined) console.warn(`left out: containers: ${missing}`);

type Parameters = Readonly<Record<string, string>>;

const ADDRESS = '10.88.0.7';
const network = { networks: `br0,address=${ADDRESS}/24,gateway=10.88.0.1` };
/** Ends when it is asked to, with a code of its own. */
const SERVER = `trap 'exit 3' TERM; echo begun; httpd -f -h /srv & while :; do sleep 1 & wait $!; done`;
const serve = { command: JSON.stringify(['/bin/sh', '-c', SERVER]) };

const runtimes = ['runc', 'crun', 'nspawn', 'podman'] as const;

describe.skipIf(missing !== undefined).each(runtimes)('a container of %s', (runtime) => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace(runtime === 'crun' ? 'plain' : 'asItIs');
  }, 30_000);
  afterEach(async () => {
    await ask('stop', of(), { timeoutMs: 2000 });
  });
  afterAll(() => place.close());

  const of = (rest: Parameters = {}): Parameters => ({
    runtime,
    ...(runtime === 'podman' ? { image: 'tiny' } : { root: place.root }),
    ...serve,
    ...network,
    ...rest,
  });
  const ask = (
    operation: string,
    parameters: Parameters = of(),
    rest: Partial<OperationRequest> = {},
  ): Promise<OperationResult> =>
    place.stage.run('container:container', operation, parameters, rest);
  const watch = (parameters = of()) => ask('monitor', parameters, { intervalMs: 1000 });
  const fetched = (): Promise<string> => place.stage.call('get', `http://${ADDRESS}/`);
  /** The process of this name in the container. */
  const processOf = async (name: string): Promise<number> => {
    const all = (await place.stage.call('processes', 'test')) ?? [];
    const found = all.find((pid) => commandLine(pid).startsWith(name));
    if (found === undefined) throw new Error(`no ${name} in ${all.join(' ')}`);
    return found;
  };

  test('starts with its address, is looked at, ends when asked to, and nothing is left', async () => {
    const http = { http: `http://${ADDRESS}/` };
    expect(codeOf(await ask('monitor'))).toBe(7);
    expect(await ask('start', of(http))).toMatchObject({ outcome: { exitCode: 0 } });
    expect(await fetched()).toBe('well\n');
    expect(codeOf(await ask('monitor'))).toBe(0);
    expect(codeOf(await watch(of(http)))).toBe(0);
    expect(codeOf(await ask('start', of(http)))).toBe(0);
    expect((await ask('logs')).output).toContain('begun');
    const server = await processOf('httpd');
    const stopped = await ask('stop');
    expect(codeOf(stopped)).toBe(0);
    expect(stopped.outcome).not.toMatchObject({ exitReason: expect.stringContaining('killed') });
    expect(isAlive(server)).toBe(false);
    expect(codeOf(await ask('monitor'))).toBe(7);
    expect(await place.stage.call('processes', 'test')).toEqual([]);
    expect((await place.stage.inside('ip', 'netns', 'list')).trim()).toBe('');
    expect(await place.stage.inside('ip', '-o', 'link')).not.toContain('hf');
  });

  test('outlives the daemon, and its end is known at once', async () => {
    await ask('start', of({ tcp: '80' }));
    const server = await processOf('httpd');
    await place.restart();
    expect(codeOf(await ask('monitor'))).toBe(0);
    expect(await processOf('httpd')).toBe(server);
    process.kill(await processOf('/bin/sh'), 'SIGKILL');
    await eventually(() => Promise.resolve(expect(place.stage.exits).toHaveLength(1)));
    const seen = await watch();
    expect(codeOf(seen)).toBe(7);
    expect(isAlive(server)).toBe(false);
    if (runtime !== 'podman') return;
    expect(seen.output).toContain('begun');
  });

  test('is limited', async () => {
    await ask('start', of({ tcp: '80', memory: '48', cpus: '0.5', pids: '40' }));
    const pid = await processOf('httpd');
    expect(limitOf(pid, 'memory', ['memory.max', 'memory.limit_in_bytes'])).toBe('50331648');
    expect(limitOf(pid, 'cpu', ['cpu.max', 'cpu.cfs_quota_us'])).toMatch(/^50000\b/);
    expect(limitOf(pid, 'pids', ['pids.max', 'pids.max'])).toBe('40');
  });

  test('is killed when it does not hear, within the time, and it is said', async () => {
    const script = `trap '' TERM; httpd -h /srv; while :; do sleep 1; done`;
    const deaf = of({ command: JSON.stringify(['/bin/sh', '-c', script]), tcp: '80' });
    expect(codeOf(await ask('start', deaf))).toBe(0);
    const began = performance.now();
    const { outcome } = await ask('stop', deaf, { timeoutMs: 2500 });
    expect(performance.now() - began).toBeLessThan(2500);
    expect(outcome).toMatchObject({
      exitCode: 0,
      exitReason: expect.stringContaining('it was killed'),
    });
    expect(codeOf(await ask('monitor', deaf))).toBe(7);
  });

  test('is asked by a command of its own whether it is well', async () => {
    const asked = (path: string): Parameters => of({ monitor: `/bin/cat ${path}` });
    expect(await ask('start', asked('/srv/index.html'))).toMatchObject({
      outcome: { exitCode: 0 },
    });
    expect(codeOf(await watch(asked('/srv/index.html')))).toBe(0);
    const ill = await watch(asked('/srv/nothing'));
    expect(codeOf(ill)).toBe(1);
    expect(ill.output).toContain('/srv/nothing');
  });

  test('a start that fails shows what it printed, and leaves nothing', async () => {
    const failing = of({ command: '["/bin/sh", "-c", "echo no database; exit 4"]', tcp: '80' });
    const failed = await ask('start', failing);
    expect(codeOf(failed)).toBe(1);
    expect(failed.output).toContain('no database');
    expect((await place.stage.inside('ip', 'netns', 'list')).trim()).toBe('');
    const late = await ask('start', of({ tcp: '81' }), { timeoutMs: 1500 });
    expect(late.outcome.kind).toBe('timed-out');
    expect(late.output).toContain('begun');
    expect(codeOf(await ask('monitor'))).toBe(7);
  });

  test('is contained: all of it is killed, and that is proved', async () => {
    await ask('start', of({ tcp: '80' }));
    const server = await processOf('httpd');
    const { containment } = await ask('contain');
    expect(containment).toMatchObject({ isWhole: true, left: [], monitor: { exitCode: 7 } });
    expect(isAlive(server)).toBe(false);
    expect((await place.stage.inside('ip', 'netns', 'list')).trim()).toBe('');
  });

  test('that somebody has started is found, looked after, and ended', async () => {
    await byHand(place, runtime);
    const plain = { ...of(), networks: '' };
    expect(codeOf(await ask('monitor', plain))).toBe(0);
    expect(codeOf(await ask('stop', plain, { timeoutMs: 2000 }))).toBe(0);
    expect(codeOf(await ask('monitor', plain))).toBe(7);
    if (runtime === 'podman') await place.stage.inside('podman', 'rm', '--force', 'test');
  });

  test.each([
    ['a root that is missing', { root: '/nowhere/root' }, 5, '/nowhere/root is not there'],
    ['an image that is missing', { image: 'nowhere' }, 5, 'podman pull nowhere'],
    ['a bridge that is missing', { networks: 'br7,address=10.88.0.8/24' }, 5, 'no bridge br7'],
    ['a volume that is missing', { volumes: '/nowhere/v:/v' }, 5, '/nowhere/v is not there'],
    ['a parameter with a typo', { comand: 'x' }, 6, 'parameter comand is unknown'],
  ])('%s is a clear error', async (_what, wrong: Parameters, code, words) => {
    if ('image' in wrong && runtime !== 'podman') return;
    const { image: _image, ...rest } = of();
    const { outcome } = await ask('start', 'root' in wrong ? { ...rest, ...wrong } : of(wrong));
    expect(outcome).toMatchObject({ exitCode: code, exitReason: expect.stringContaining(words) });
  });
});

/** As an administrator would, with the name that the resource has. */
async function byHand({ stage, root }: Place, runtime: (typeof runtimes)[number]): Promise<void> {
  const words = `--detach --name test --network host tiny /bin/sleep 1000`.split(' ');
  switch (runtime) {
    case 'podman':
      await stage.inside('podman', 'run', ...words);
      return;
    case 'nspawn': {
      const options = `--register=no --keep-unit --quiet --machine=test --directory=${root}`;
      const line = `systemd-nspawn ${options} /bin/sleep 1000 >/dev/null 2>&1 </dev/null &`;
      await stage.inside('sh', '-c', line);
      await sleep(300);
      return;
    }
    case 'runc':
    case 'crun': {
      const bundle = `${stage.directory}/bundle`;
      const edit = `s/"terminal": true/"terminal": false/; s#"sh"#"/bin/sleep", "1000"#; s#"rootfs"#"${root}"#`;
      const make = `mkdir ${bundle}; cd ${bundle}; ${runtime} spec; sed -i '${edit}' config.json`;
      const run = `${runtime} run --detach test </dev/null >/dev/null 2>&1`;
      await stage.inside('sh', '-c', `${make}; ${run}`);
    }
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** In version 2, or where version 1 has the controller. */
function limitOf(pid: number, controller: string, [v2, v1]: readonly [string, string]): string {
  const lines = readFileSync(`/proc/${String(pid)}/cgroup`, 'utf8').split('\n');
  const at = (name: string) => lines.find((line) => line.split(':')[1] === name)?.split(':')[2];
  const path = at(controller);
  const directory = `/sys/fs/cgroup${path === undefined ? String(at('')) : `/${controller}${path}`}`;
  const file = readdirSync(directory).includes(v2) ? v2 : v1;
  return readFileSync(`${directory}/${file}`, 'utf8').trim();
}
