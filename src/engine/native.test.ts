import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { native } from '../../native/holdfast.ts';

const addon = fileURLToPath(new URL('../../native/holdfast.ts', import.meta.url));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-native-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Runs a script with `n` as the addon in a process of its own; what it printed. */
function run(script: string, environment: Record<string, string> = {}): string {
  const source = `import { native } from '${addon}'; const n = native(); ${script}`;
  const argv = ['--input-type=module-typescript', '--eval', source];
  const result = spawnSync(process.execPath, argv, {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  });
  return result.stdout + result.stderr;
}

it('tells the time since boot in milliseconds', () => {
  expect(Math.abs(native().bootTimeMs() - uptime() * 1000)).toBeLessThan(1000);
  const first = native().bootTimeMs();
  expect(native().bootTimeMs()).toBeGreaterThan(first);
});

const receive = `
  use Socket;
  socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die;
  bind($s, pack_sockaddr_un($ARGV[0] =~ s/^@/\\0/r)) or die;
  $| = 1; print "ready\\n"; recv($s, my $m, 9999, 0); print $m;`;

it.each(['path', 'abstract'])('notifies the service manager at a socket by %s', async (kind) => {
  const name = join(directory, 'notify');
  const address = kind === 'path' ? name : `@${name}`;
  const receiver = spawn('perl', ['-e', receive, address], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(receiver.stdout, 'data');
  expect(run(`console.log(n.notify('READY=1\\nSTATUS=well'))`, { NOTIFY_SOCKET: address })).toBe(
    'true\n',
  );
  const [heard] = (await once(receiver.stdout, 'data')) as [Buffer];
  expect(heard.toString()).toBe('READY=1\nSTATUS=well');
});

it('notifies nobody where nobody asked for it, and says when the socket is gone', () => {
  expect(run(`console.log(n.notify('READY=1'))`, { NOTIFY_SOCKET: '' })).toBe('false\n');
  expect(run(`n.notify('READY=1')`, { NOTIFY_SOCKET: join(directory, 'gone') })).toContain(
    'NOTIFY_SOCKET: No such file',
  );
});

it('takes a lock that ends with its process', () => {
  const file = join(directory, 'lock');
  const other = run(`console.log(n.lockFile('${file}'))`);
  expect(other).toBe('true\n');
  expect(native().lockFile(file)).toBe(true);
  expect(run(`console.log(n.lockFile('${file}'))`)).toBe('false\n');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('knows who is at the other end of a socket', async () => {
  const server = createServer();
  server.listen(join(directory, 'socket'));
  await once(server, 'listening');
  const client = createConnection(join(directory, 'socket'));
  const [accepted] = (await once(server, 'connection')) as [Socket];
  const handles = accepted as unknown as Record<'_handle', { readonly fd: number }>;
  const { fd } = handles['_handle'];
  expect(native().peerCredentials(fd)).toEqual({
    pid: process.pid,
    uid: process.getuid?.(),
    gid: process.getgid?.(),
  });
  client.destroy();
  server.close();
  expect(() => native().peerCredentials(-1)).toThrow('SO_PEERCRED');
});

it('inherits orphans once it is a subreaper', () => {
  const script = `
    n.becomeSubreaper();
    const { spawnSync } = await import('node:child_process');
    const argv = ['-c', 'sh -c "sleep 0.1; ps -o ppid= -p \\\\$\\\\$" &'];
    console.log(process.pid, Number(spawnSync('sh', argv, { encoding: 'utf8' }).stdout));`;
  const [own, parent] = run(script).trim().split(' ');
  expect(parent).toBe(own);
});

const nice = (value: number): string => `
  n.schedule('other', ${value});
  const { spawnSync } = await import('node:child_process');
  const { getPriority } = await import('node:os');
  console.log(getPriority(), spawnSync('nice', { encoding: 'utf8' }).stdout.trim());`;

it('changes its own nice value', () => {
  expect(run(nice(5))).toMatch(/^5 /);
});

it.runIf(process.getuid?.() === 0)('gives a nice value below zero to nobody', () => {
  expect(run(nice(-5))).toBe('-5 0\n');
});

it('refuses arguments of another kind', () => {
  const wrong = native() as unknown as Record<string, (...values: unknown[]) => unknown>;
  expect(() => wrong['notify']?.()).toThrow(TypeError);
  expect(() => wrong['notify']?.(7)).toThrow(TypeError);
  expect(() => wrong['peerCredentials']?.('7')).toThrow(TypeError);
  expect(() => wrong['cpgSend']?.({}, 'x')).toThrow(TypeError);
});

it('gives the threads of the pool what a real-time caller has, and nothing otherwise', () => {
  const count = `
    await (await import('node:fs/promises')).readFile('/dev/null');
    console.log(n.schedulePool());`;
  expect(run(count)).toBe('0\n');
  const realTime = `
    try { n.schedule('round-robin', 1); } catch { console.log('refused'); process.exit(); }`;
  expect(run(realTime + count)).toMatch(/^([1-9]\d*|refused)\n$/);
});
