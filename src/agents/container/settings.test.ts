import { expect, test } from 'vitest';
import { parseContainerSettings } from './settings.ts';

const parse = (parameters: Record<string, string>) => {
  const result = parseContainerSettings(parameters);
  return result.kind === 'settings' ? result.settings : result.reason;
};

test('an image is of podman, a root directory of any runtime that is said', () => {
  expect(parse({ image: 'docker.io/library/nginx:1' })).toMatchObject({
    runtime: 'podman',
    source: { kind: 'image', image: 'docker.io/library/nginx:1', pull: 'never' },
    stopSignal: 'SIGTERM',
    cards: [],
  });
  expect(parse({ root: '/c/web/', runtime: 'nspawn' })).toMatchObject({
    source: { kind: 'root', directory: '/c/web' },
    command: [],
  });
});

test('address, limits, volumes and check are read', () => {
  const networks =
    'br0,address=192.0.2.7/24,gateway=192.0.2.1 eth1,type=macvlan,address=fd00::7/64';
  const all = { image: 'web', networks, memory: '64', cpus: '0.5', pids: '10', tcp: '80' };
  expect(
    parse({ ...all, volumes: '/srv/web:/data:ro /srv/log', stop_signal: 'quit' }),
  ).toMatchObject({
    cards: [
      { kind: 'veth', link: 'br0', address: '192.0.2.7/24', gateway: '192.0.2.1' },
      { kind: 'macvlan', link: 'eth1', address: 'fd00::7/64', mac: undefined },
    ],
    limits: { memoryMib: 64, cpuMillis: 500, processes: 10 },
    volumes: [
      { source: '/srv/web', target: '/data', readOnly: true },
      { source: '/srv/log', target: '/srv/log', readOnly: false },
    ],
    check: { kind: 'tcp', host: '192.0.2.7', port: 80 },
    stopSignal: 'SIGQUIT',
  });
  expect(parse({ image: 'web', tcp: '80' })).toMatchObject({ check: { host: 'localhost' } });
});

test.each([
  [{}, 'parameter image is missing: a container needs an image, or root, a directory'],
  [{ root: '/c' }, 'parameter runtime is missing: for a root directory say runc, crun,'],
  [{ runtime: 'runc', image: 'web' }, 'parameter image goes with podman; runc needs root'],
  [{ image: 'web', root: '/c', runtime: 'podman' }, 'parameter root stands beside image'],
  [
    { runtime: 'crun', root: '/c' },
    'parameter command is missing: crun has to be told what to run',
  ],
  [{ runtime: 'docker', image: 'web' }, 'parameter runtime is docker; it can be podman, runc'],
  [{ runtime: 'runc', root: 'c', command: 'x' }, 'parameter root is c; expected an absolute path'],
  [{ image: 'web', networks: 'br0' }, 'parameter networks gives no address on br0'],
  [{ image: 'web', networks: 'br0,address=192.0.2.7' }, 'expected one with its prefix'],
  [{ image: 'web', networks: 'br0,adress=192.0.2.7/24' }, 'did you mean address?'],
  [{ image: 'web', networks: 'br0,address=10.0.0.7/24,type=ipvlan' }, 'can be veth or macvlan'],
  [{ image: 'web', volumes: 'data:/data' }, 'parameter volumes has data:/data'],
  [{ image: 'web', cpus: '0' }, 'parameter cpus is 0'],
  [{ image: 'web', memory: '1' }, 'parameter memory is 1; expected a whole number from 4'],
  [{ image: 'web', tcp: '80', monitor: 'true' }, 'one check is enough'],
  [{ image: 'web', ping: '192.0.2.7', tcp: '80' }, 'one check is enough'],
  [{ image: 'web', ping: '-f' }, 'parameter ping is -f; expected an address'],
  [{ image: 'web', stop_signal: 'NO' }, 'parameter stop_signal is NO: no signal'],
  [{ image: 'web', imagine: 'x' }, 'parameter imagine is unknown'],
  [{ runtime: 'runc', root: '/c', command: 'x', user: 'www' }, 'expected numbers: 1000'],
  [{ runtime: 'runc', root: '/c', command: 'x', arguments: '--x' }, 'runc takes none'],
  [{ image: 'web', name: '-rf' }, 'parameter name is "-rf"'],
  [{ image: '--privileged' }, 'parameter image is "--privileged"'],
])('%o is refused with words', (parameters: Record<string, string>, words) => {
  expect(parse(parameters)).toContain(words);
});
