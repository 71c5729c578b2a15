/**
 * A fabric that takes access and not power, in real clusters: who gets access, when, and from where. Its agent keeps
 * a file for each node that has access; the service says so if it is started on a node that has none.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LabNode } from '../lab/node.ts';
import { until } from '../lab/run.ts';
import { holdfast, untilStatus } from '../product/cluster.ts';
import { alarmsOf, boot, createStage } from '../quorum/stage.ts';
import type { Stage } from '../quorum/stage.ts';

const YAML = `
version: 1
cluster: unfencing
fencing:
  devices:
    disks: { agent: fence_fabric, action: off, timeout: 5s }
resources:
  job: { agent: command, parameters: { command: /usr/sbin/needs_access } }
`;

const AGENT = `#!/bin/sh
while IFS='=' read -r key value; do
  case $key in action) action=$value ;; port) port=$value ;; esac
done
access=/run/lab/access-$port
case $action in
  metadata) cat <<'END'
<resource-agent name="fence_fabric" shortdesc="A fabric"><parameters/>
<actions><action name="on" on_target="1" automatic="1"/><action name="off"/><action name="status"/>
<action name="monitor"/><action name="list"/><action name="metadata"/></actions></resource-agent>
END
  ;;
  on)
    if [ -e "/run/lab/refuse-$port" ]; then echo "ERROR: no such disk" >&2; exit 1; fi
    sleep 0.5
    hostname > "$access" ;;
  off) rm -f "$access" ;;
  status) [ -e "$access" ] || exit 2 ;;
esac
`;

const SERVICE = `#!/bin/sh
[ -e "/run/lab/access-$(hostname)" ] || hostname >> /run/lab/without
exec /bin/sleep 86398
`;

const files = mkdtempSync(join(tmpdir(), 'holdfast-unfencing-'));
let stage: Stage;

beforeAll(async () => {
  // Laid over /usr/sbin of every machine.
  mkdirSync(join(files, 'sbin'));
  writeFileSync(join(files, 'sbin', 'fence_fabric'), AGENT, { mode: 0o755 });
  writeFileSync(join(files, 'sbin', 'needs_access'), SERVICE, { mode: 0o755 });
  stage = await createStage({ nodes: 3, directory: files }, YAML);
});
afterAll(async () => {
  await stage.close();
  rmSync(files, { recursive: true, force: true });
});

const shared = (name: string): string => join(stage.lab.sharedDirectory, name);
const hasAccess = (name: string): boolean => existsSync(shared(`access-${name}`));

/** What a command prints, in one line. */
async function said(node: LabNode, ...words: readonly string[]): Promise<string> {
  return (await holdfast(node, ...words)).stdout.replaceAll(/\s+/g, ' ');
}

/** The node that runs the job, and another one. */
async function placed(): Promise<readonly [LabNode, LabNode]> {
  const { resources } = await untilStatus(stage.node(1), 'it runs', ({ settled }) => settled);
  const where = resources[0]?.on[0]?.node;
  const [host, other] = [
    stage.nodes.find(({ name }) => name === where),
    stage.nodes.find(({ name }) => name !== where),
  ];
  if (host === undefined || other === undefined) throw new Error('the job runs nowhere');
  return [host, other];
}

test('every node gives itself its access, before the service is started', async () => {
  const [host] = await placed();
  for (const { name } of stage.nodes) {
    expect(readFileSync(shared(`access-${name}`), 'utf8')).toBe(`${name}\n`);
  }
  const history = await said(host, 'fence', 'history');
  expect(history).toMatch(
    /n2 \(on\) with disks from n2 in .* n2 has no access to the shared devices/,
  );
  expect(existsSync(shared('without'))).toBe(false);
}, 60_000);

test('one that was cut off loses its access, and gets it back when it has joined again', async () => {
  const [host, other] = await placed();
  await host.cut();
  const moved = await untilStatus(other, 'the job runs elsewhere', ({ resources, settled }) => {
    return settled && resources[0]?.on[0]?.node !== host.name;
  });
  expect(moved.fencing[0]).toMatchObject({ target: host.name, method: 'off', ok: true });
  expect(hasAccess(host.name)).toBe(false);
  await host.heal();
  await until('it has access again', () => hasAccess(host.name));
  const back = await untilStatus(other, 'it is back', ({ nodes, settled }) => {
    return settled && nodes.every(({ state }) => state === 'online');
  });
  expect(back.fencing[0]).toMatchObject({ target: host.name, method: 'on', executor: host.name });
}, 90_000);

test('one that gets no access starts nothing, which is said with the words of its device', async () => {
  const [host, other] = await placed();
  await host.kill();
  await untilStatus(other, 'the job runs elsewhere', ({ resources, settled }) => {
    return settled && resources[0]?.on[0]?.node !== host.name;
  });
  writeFileSync(shared(`refuse-${host.name}`), '');
  await boot(host);
  const refused = await untilStatus(other, 'it is said', (seen) =>
    alarmsOf(seen).includes(`Unfencing of ${host.name} failed: no such disk`),
  );
  expect(refused.nodes.find(({ name }) => name === host.name)).toMatchObject({ state: 'online' });
  const why = await said(other, 'why', 'job', '--node', host.name);
  expect(why).toMatch(/no access to the shared devices \(no such disk/);
  rmSync(shared(`refuse-${host.name}`));
  await until('it has access', () => hasAccess(host.name));
  await untilStatus(
    other,
    'all is well',
    (seen) => seen.settled && !alarmsOf(seen).includes('Unfencing'),
  );
  expect(existsSync(shared('without'))).toBe(false);
}, 90_000);
