/** Fence devices that are asked whom they reach, what they said, and a node that is gone for good. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LabNode } from '../lab/node.ts';
import { daemonProcess } from '../lab/product.ts';
import { run, until } from '../lab/run.ts';
import { holdfast, untilStatus } from '../product/cluster.ts';
import { alarmsOf, createStage } from '../quorum/stage.ts';
import type { Stage } from '../quorum/stage.ts';

const PASSWORD = 'correct-horse-battery';

/** Of `strip` the switch has a plug of n1 alone; `power` reaches all by its own list. */
const YAML = `
version: 1
cluster: fencing
fencing:
  devices:
    strip:
      agent: fence_told
      parameters: { password: secret:switch }
      host-check: dynamic-list
      hosts: { n1: n1, n2: plug 8, n3: plug 9 }
      timeout: 5s
    power: { agent: fence_told, parameters: { password: secret:switch }, action: off, timeout: 5s }
resources:
  job: { agent: command, parameters: { command: /bin/sleep 86396 } }
`;

/** Says what it does, as many agents do, and its password, as some do. */
const TALKATIVE = `#!/bin/sh
asked=$(cat)
if [ -e "/run/lab/deaf-$(hostname)" ] && echo "$asked" | grep -q ^action=off; then
  echo "ERROR: no route to the switch" >&2
  exit 1
fi
secret=$(echo "$asked" | sed -n 's/^password=//p')
echo "logging in: password=$secret" >&2
echo "Authorization: Basic $(printf 'admin:%s' "$secret" | base64)" >&2
answer=$(echo "$asked" | fence_lab)
code=$?
if [ -n "$answer" ]; then echo "$answer"; else echo "the switch said $code"; fi
exit $code
`;

const files = mkdtempSync(join(tmpdir(), 'holdfast-fencing-'));
let stage: Stage;

beforeAll(async () => {
  // Laid over /usr/sbin of every machine.
  mkdirSync(join(files, 'sbin'));
  writeFileSync(join(files, 'sbin', 'fence_told'), TALKATIVE, { mode: 0o755 });
  const options = { nodes: 3, directory: files, powerPassword: PASSWORD };
  stage = await createStage(options, YAML, async ({ nodes }) => {
    await Promise.all(nodes.map(storeSecret));
  });
});
afterAll(async () => {
  await stage.close();
  rmSync(files, { recursive: true, force: true });
});

/** As it lies there after `holdfast secret set switch`. */
async function storeSecret(node: LabNode): Promise<void> {
  const folder = '/var/lib/holdfast/secrets';
  await node.ask(['install', '-d', '-m', '700', '/var/lib/holdfast', folder]);
  const write = `umask 077; printf %s ${PASSWORD} > ${folder}/switch`;
  await node.ask(['sh', '-c', write]);
}

const told = async (node: LabNode, ...words: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await holdfast(node, ...words);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout;
};

test('what one node cannot switch off another one does', async () => {
  const [first, second, third] = [stage.node(1), stage.node(2), stage.node(3)];
  const { quorum } = await untilStatus(first, 'it is at rest', ({ settled }) => settled);
  const leader = stage.nodes.find(({ name }) => name === quorum.dc)!;
  // One that only `power` reaches.
  const victim = leader === second ? third : second;
  const deaf = join(stage.lab.sharedDirectory, `deaf-${leader.name}`);
  writeFileSync(deaf, '');
  await victim.kill();
  const seen = await untilStatus(leader, 'it is off', ({ nodes, settled }) => {
    return settled && nodes.some(({ name, state }) => name === victim.name && state === 'down');
  });
  rmSync(deaf);
  const shot = seen.fencing.find(({ target }) => target === victim.name);
  expect(shot).toMatchObject({ device: 'power', ok: true, attempt: 2 });
  expect(shot?.executor).not.toBe(leader.name);
  const history = (await told(leader, 'fence', 'history')).replaceAll(/\s+/g, ' ');
  expect(history).toContain(`with power from ${leader.name} FAILED: no route to the switch`);
  await stage.restore();
}, 90_000);

test('a node is shot by the list of the switch, not by a device that does not know it', async () => {
  const [first, second] = [stage.node(1), stage.node(2)];
  await until('the devices have said whom they reach', async () =>
    /strip +fence_told +n1 +its list +all/.test(await told(first, 'fence', 'devices')),
  );
  expect(await told(first, 'fence', 'devices')).toMatch(/power +fence_told +n1 n2 n3 +its list/);
  const proofs = await told(first, 'fence', 'proofs');
  expect(proofs).toMatch(/n1 +1 +strip/);
  expect(proofs).not.toMatch(/n[23] +\d +strip/);
  await second.kill();
  const seen = await untilStatus(first, 'n2 is off', ({ nodes, settled }) => {
    return settled && nodes.some(({ name, state }) => name === 'n2' && state === 'down');
  });
  const shots = seen.fencing.filter(({ target }) => target === 'n2');
  expect(shots).toMatchObject([{ device: 'power', attempt: 1, ok: true }]);
}, 60_000);

test('the history has who, why, when, with what, and what the agent said, without secrets', async () => {
  const full = await told(stage.node(1), 'fence', 'history', '--full');
  expect(full).toMatch(/^\d\d:\d\d:\d\d +n2 \(off\) with power from n\d in .*: /);
  expect(full).toMatch(
    /logging in: password=\[secret\]\n +Authorization: Basic YWRtaW46\[secret\]\n +the switch said 0\n/,
  );
  expect(full).not.toContain(PASSWORD);
});

/** As HTTP has it, but for the last letters, which depend on what follows. */
const IN_A_HEADER = Buffer.from(PASSWORD).toString('base64').slice(0, 24);

test('no secret of a fence device is in an incident, a log, a snapshot or the history', async () => {
  for (const node of [stage.node(1), stage.node(3)]) {
    const name = `incident-${node.name}.json.gz`;
    await told(node, 'report', '--incident', 'last', '--to', `/run/lab/${name}`);
    const file = gunzipSync(readFileSync(join(stage.lab.sharedDirectory, name))).toString();
    expect(file).toContain('secret:switch');
    expect(file).toContain('logging in: password=[secret]');
    expect(file).not.toContain(PASSWORD);
    expect(file).not.toContain(IN_A_HEADER);
    const places = ['/var/log', '/var/lib/holdfast', '/run/holdfast'];
    const found = await node.exec(['grep', '-rls', PASSWORD, ...places]);
    expect(found.stdout).toBe('/var/lib/holdfast/secrets/switch\n');
    expect((await node.exec(['grep', '-rls', IN_A_HEADER, ...places])).stdout).toBe('');
  }
});

test('a node is forgotten when it is off, and corosync.conf that names it is told of', async () => {
  const [first, third] = [stage.node(1), stage.node(3)];
  expect(await holdfast(first, 'node', 'forget', 'n3', '--yes')).toMatchObject({
    code: 7,
    stderr: expect.stringContaining('n3 is online'),
  });
  expect(await holdfast(first, 'node', 'forget', 'n2')).toMatchObject({ code: 7 });
  expect(await told(first, 'node', 'forget', 'n2', '--yes')).toContain('corosync.conf still names');
  const seen = await untilStatus(third, 'it is told', (all) => alarmsOf(all).includes('forgotten'));
  expect(seen.nodes.map(({ name }) => name)).toEqual(['n1', 'n3']);
  for (const { directory } of [first, third]) {
    const path = join(directory, 'etc-corosync', 'corosync.conf');
    writeFileSync(path, withoutNode(readFileSync(path, 'utf8'), 'n2'));
  }
  await first.ask(['corosync-cfgtool', '-R']);
  const after = await untilStatus(
    third,
    'it is mended',
    (all) => !alarmsOf(all).includes('forgotten'),
  );
  expect(after.nodes.map(({ name }) => name)).toEqual(['n1', 'n3']);
}, 60_000);

const withoutNode = (conf: string, name: string): string =>
  conf.replace(new RegExp(String.raw`\n\s*node \{[^}]*name: ${name}\n[^}]*\}`), '');

test('the last node goes by its own word, though there is no quorum', async () => {
  const [first, third] = [stage.node(1), stage.node(3)];
  await third.kill();
  await untilStatus(first, 'no quorum', ({ quorum }) => !quorum.acting);
  const before = daemonProcess(first)?.pid;
  expect(await told(first, 'node', 'stop', 'n1')).toContain('goes by its own word');
  // The lab starts it again, as systemd would after a crash.
  await until('it has ended', () => daemonProcess(first)?.pid !== before);
  const log = await run(['cat', join(first.directory, 'log/holdfast/holdfastd.log')]);
  expect(log.stdout).toContain('nothing of the cluster runs here');
}, 60_000);
