/** What the parameters of containers do, under the real runtimes of Debian 12. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { resourceId } from '../../src/core/model/ids.ts';
import type { OperationRequest, OperationResult } from '../../src/core/model/operation.ts';
import { codeOf, eventually } from '../agents/stage.ts';
import { openPlace, type Place } from './place.ts';
import { obstacle } from './room.ts';

const missing = obstacle();
if (missing !== undefined) console.warn(`left out: parameters of containers: ${missing}`);

type Parameters = Readonly<Record<string, string>>;
const runtimes = ['runc', 'nspawn', 'podman'] as const;
type Runtime = (typeof runtimes)[number];

let place: Place;
const ask = (
  operation: string,
  parameters: Parameters,
  rest: Partial<OperationRequest> = {},
): Promise<OperationResult> =>
  place.stage.run('container:container', operation, parameters, {
    // Each runtime has cgroups of its own making.
    resource: resourceId(`box-${parameters['runtime'] ?? 'podman'}`),
    timeoutMs: 40_000,
    ...rest,
  });
const watch = (parameters: Parameters): Promise<OperationResult> =>
  ask('monitor', parameters, { intervalMs: 1000 });
const started = async (parameters: Parameters): Promise<void> => {
  const { outcome, output } = await ask('start', parameters);
  expect({ ...outcome, output }).toMatchObject({ exitCode: 0, exitReason: '' });
};
const shell = (script: string): string => JSON.stringify(['/bin/sh', '-c', script]);
const forever = 'while :; do sleep 1; done';
const source = (runtime: Runtime): Parameters => ({
  runtime,
  ...(runtime === 'podman' ? { image: 'tiny' } : { root: place.root }),
});
/** Of the last container: what a test asks for is ended with the same parameters. */
let last: Parameters = {};
const of = (runtime: Runtime, rest: Parameters): Parameters =>
  (last = { ...source(runtime), command: shell(forever), ...rest });

describe.skipIf(missing !== undefined)('a container', () => {
  beforeAll(async () => {
    place = await openPlace('asItIs');
    await makeNeighbour(place);
  }, 60_000);
  afterEach(async () => {
    await ask('stop', last, { timeoutMs: 2000 });
  });
  afterAll(() => place.close());

  test.each(runtimes)('of %s has an address by macvlan, and one of IPv6', async (runtime) => {
    const networks = 'm0,type=macvlan,address=10.99.0.7/24 br0,address=fd88::7/64';
    const serve = `httpd -f -p [::]:80 -h /srv`;
    const both = of(runtime, { networks, command: shell(serve), tcp: '[fd88::7]:80' });
    await started(both);
    expect(await place.stage.call('get', 'http://[fd88::7]/')).toBe('well\n');
    expect(await neighbour('busybox', 'wget', '-q', '-O', '-', 'http://10.99.0.7/')).toBe('well\n');
    expect(codeOf(await watch(both))).toBe(0);
    expect(codeOf(await ask('stop', both, { timeoutMs: 2000 }))).toBe(0);
    await expect(neighbour('ping', '-c', '1', '-W', '1', '10.99.0.7')).rejects.toThrow('ping -c 1');
  });

  test.each(runtimes)('of %s is looked at by ping', async (runtime) => {
    const networks = 'br0,address=10.88.0.8/24';
    await started(of(runtime, { networks, ping: '10.88.0.8' }));
    expect(codeOf(await watch(last))).toBe(0);
    const deaf = await watch({ ...last, ping: '10.88.0.9' });
    expect(deaf.outcome).toMatchObject({
      exitCode: 1,
      exitReason: expect.stringContaining('10.88.0.9'),
    });
  });

  test.each(runtimes)('of %s only reads its files, but for its volumes', async (runtime) => {
    const data = join(place.stage.directory, 'data');
    mkdirSync(data, { recursive: true });
    const writes = (path: string): string => shell(`echo x >${path}`);
    const volumes = `${data}:/srv ${data}:/root:ro`;
    for (const readOnly of ['true', 'false']) {
      const one = { read_only: readOnly, volumes, monitor: '/bin/true' };
      await started(of(runtime, one));
      expect(codeOf(await watch({ ...last, monitor: writes('/srv/written') }))).toBe(0);
      expect(existsSync(join(data, 'written'))).toBe(true);
      const refused = await watch({ ...last, monitor: writes('/root/written') });
      expect(refused.output).toContain('Read-only file system');
      const own = await watch({ ...last, monitor: writes('/etc/written') });
      expect([readOnly, codeOf(own)]).toEqual([readOnly, readOnly === 'true' ? 1 : 0]);
      expect(codeOf(await ask('stop', last, { timeoutMs: 2000 }))).toBe(0);
    }
    rmSync(join(place.root, 'etc/written'), { force: true });
  });

  test.each(runtimes)('of %s has its environment, which nobody else sees', async (runtime) => {
    const secrets = join(place.stage.directory, 'run/secrets');
    mkdirSync(secrets, { recursive: true, mode: 0o700 });
    writeFileSync(join(secrets, 'box'), 'LANG=C GREETING="good morning" TOKEN=hush-hush\n', {
      mode: 0o600,
    });
    const script = `echo "$LANG says $GREETING, knows $TOKEN"; ${forever}`;
    const seen = watchArguments('hush-hush');
    await started(of(runtime, { environment: 'secret:box', command: shell(script) }));
    const logs = await eventually(async () => {
      const { output } = await ask('logs', last);
      expect(output).toContain('knows');
      return output;
    });
    expect(seen.end()).toEqual([]);
    expect(logs).toBe('C says [secret], knows [secret]\n');
  });

  test('of podman runs the files below a directory', async () => {
    last = { runtime: 'podman', root: place.root, command: shell(`httpd -f -h /srv`) };
    last = { ...last, networks: 'br0,address=10.88.0.8/24', http: 'http://10.88.0.8/' };
    await started(last);
    expect(await place.stage.call('get', 'http://10.88.0.8/')).toBe('well\n');
    expect(codeOf(await watch(last))).toBe(0);
    expect(codeOf(await ask('stop', last, { timeoutMs: 2000 }))).toBe(0);
    expect(codeOf(await ask('monitor', last))).toBe(7);
    expect(existsSync(join(place.root, 'srv/index.html'))).toBe(true);
  });

  test('of nspawn boots the init in its root, and shuts it down', async () => {
    const root = join(place.stage.directory, 'system');
    cpSync(place.root, root, { recursive: true, verbatimSymlinks: true });
    mkdirSync(join(root, 'sbin'));
    // systemd, and so nspawn, asks an init to halt by SIGRTMIN+3.
    const init = ["trap 'echo halts; exit 0' 37", 'echo booted as $$', 'httpd -h /srv'];
    const lines = ['#!/bin/sh', ...init, 'while :; do sleep 1 & wait $!; done'];
    writeFileSync(join(root, 'sbin/init'), `${lines.join('\n')}\n`, { mode: 0o755 });
    last = { runtime: 'nspawn', root, networks: 'br0,address=10.88.0.8/24', tcp: '80' };
    await started(last);
    expect(await place.stage.call('get', 'http://10.88.0.8/')).toBe('well\n');
    expect((await ask('logs', last)).output).toContain('booted as 1');
    const { outcome } = await ask('stop', last, { timeoutMs: 20_000 });
    expect(outcome).toMatchObject({ exitCode: 0 });
    expect(outcome).not.toMatchObject({ exitReason: expect.stringContaining('killed') });
    expect(codeOf(await ask('monitor', last))).toBe(7);
  });

  test('whose image cannot be fetched says what to do', async () => {
    last = { image: 'localhost:1/nowhere', pull: 'missing' };
    const { outcome } = await ask('start', last);
    expect(outcome).toMatchObject({
      exitCode: 5,
      exitReason: expect.stringMatching(/could not be fetched.*connection refused.*podman pull/),
    });
    expect(codeOf(await ask('monitor', last))).toBe(7);
  });

  test('that has to stay where it is says why, and runs on', async () => {
    const networks = 'br0,address=10.88.0.8/24';
    const meta = { migrate_source: 'n1', migrate_target: 'n2' };
    const whyItStays = async (): Promise<unknown> => {
      const { outcome } = await ask('migrate_to', last, { meta });
      expect(codeOf(await ask('monitor', last))).toBe(0);
      expect(codeOf(await ask('stop', last, { timeoutMs: 2000 }))).toBe(0);
      return outcome;
    };
    await started(of('podman', { networks, arguments: '--volume named:/data' }));
    expect(await whyItStays()).toMatchObject({
      exitCode: 1,
      exitReason: 'it has data in volumes of podman on this node (/data)',
    });
    const words = '--detach --name box-podman --network host tiny /bin/sleep 1000'.split(' ');
    await place.stage.inside('podman', 'run', ...words);
    of('podman', { networks });
    expect(await whyItStays()).toMatchObject({ exitReason: 'it was not started by Holdfast' });
    await place.stage.inside('podman', 'rm', '--force', 'box-podman');
    await place.stage.inside('podman', 'run', '--label', 'holdfast.resource=box-podman', ...words);
    expect(await whyItStays()).toMatchObject({
      exitReason: expect.stringContaining('an earlier release of Holdfast has started it'),
    });
  });
});

/** A machine beyond the interface m0. */
async function makeNeighbour({ stage }: Place): Promise<void> {
  const lines = [
    'netns add neighbour',
    'link add m0 type veth peer name m1 netns neighbour',
    'link set m0 up',
    '-n neighbour address add 10.99.0.1/24 dev m1',
    '-n neighbour link set m1 up',
    'address add fd88::1/64 dev br0 nodad',
  ];
  for (const line of lines) await stage.inside('ip', ...line.split(' '));
}

const neighbour = (...argv: readonly string[]): Promise<string> =>
  place.stage.inside('ip', 'netns', 'exec', 'neighbour', ...argv);

/** Which programs have this among their arguments meanwhile. */
function watchArguments(word: string): { readonly end: () => readonly string[] } {
  const seen = new Set<string>();
  const look = (): void => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const line = argumentsOf(pid);
      if (line.includes(word)) seen.add(line.replaceAll('\0', ' '));
    }
  };
  const timer = setInterval(look, 20);
  return {
    end: () => {
      clearInterval(timer);
      look();
      return [...seen];
    },
  };
}

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
