/** A container on the nodes of a laboratory: their runtime, its root directory, its resource. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import * as product from '../lab/product.ts';
import { criu, unpacked } from './room.ts';

/** The node has runc, until it is switched off. */
export async function installRuntime(node: LabNode): Promise<void> {
  await node.ask(['mount', '-t', 'tmpfs', 'tmpfs', '/usr/local/bin']);
  await node.ask(['cp', `${unpacked}/usr/sbin/runc`, '/usr/local/bin/runc']);
}

/** The node has CRIU as well; what is asked of runc goes through `hook-…`, where such a program is there. */
export async function installCriu(node: LabNode): Promise<void> {
  await node.ask(['mv', '/usr/local/bin/runc', '/usr/local/bin/runc.real']);
  await program(node, 'runc', [
    'hook=/usr/local/bin/hook-$1',
    'if [ -x "$hook" ]; then exec "$hook" "$@"; fi',
    'exec /usr/local/bin/runc.real "$@"',
  ]);
  await node.ask(['ln', '-s', criu, '/usr/local/bin/criu']);
}

/** A shell script in /usr/local/bin of the node. */
export async function program(
  node: LabNode,
  name: string,
  lines: readonly string[],
): Promise<void> {
  const path = `/usr/local/bin/${name}`;
  const write = 'rm -f "$1"; printf "%s\\n" "$2" >"$1"; chmod 755 "$1"';
  await node.ask(['sh', '-c', write, 'sh', path, ['#!/bin/sh', ...lines].join('\n')]);
}

/** A configuration of three nodes that has these resources, as lines below `resources:`. */
export const clusterOf = (resources: string): string => `
version: 1
cluster: containers
nodes: { n1: {}, n2: {}, n3: {} }
fencing:
  devices:
    power: { agent: fence_lab, action: off, timeout: 2s }
resources:
${resources}`;

/** Daemons on all nodes, prepared so, with this configuration applied and carried out. */
export async function startCluster(
  lab: Lab,
  configuration: string,
  prepare: (node: LabNode) => Promise<void>,
  prepared: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  layRoot(lab);
  writeFileSync(join(lab.sharedDirectory, 'container.yaml'), configuration);
  await Promise.all(lab.nodes.map(prepare));
  await prepared();
  await lab.startCorosync();
  await Promise.all(lab.nodes.map((node) => product.startDaemon(node)));
  await product.untilSettled(lab.nodes);
  await product.holdfastAsk(lab.nodes[0]!, 'apply', '--yes', '-f', '/run/lab/container.yaml');
  await product.untilSettled(lab.nodes);
}

/** Busybox alone, where all nodes reach it. */
export function layRoot(lab: Lab): void {
  const root = join(lab.sharedDirectory, 'root');
  for (const name of ['bin', 'proc', 'sys', 'dev', 'tmp']) {
    mkdirSync(join(root, name), { recursive: true });
  }
  cpSync('/bin/busybox', join(root, 'bin/busybox'));
  for (const name of ['sh', 'httpd', 'echo']) symlinkSync('busybox', join(root, 'bin', name));
}

const script = [
  'mkdir -p /tmp/srv',
  'echo $HOLDFAST_NODE > /tmp/srv/index.html',
  'exec /bin/httpd -f -h /tmp/srv',
].join('; ');

/** A resource of this name: a web server that answers with the name of its node. */
export function containerText(name: string, address: string): string {
  return `  ${name}:
    agent: container
    parameters:
      runtime: runc
      root: /run/lab/root
      command: ${JSON.stringify(JSON.stringify(['/bin/sh', '-c', `/bin/busybox ${script}`]))}
      networks: br0,address=${address}/24
      stop_signal: KILL
      tcp: 80
    monitor: 1s
`;
}

/** Where the container below writes each of its ticks, below the shared root. */
export const ticksFile = (lab: Lab): string => join(lab.sharedDirectory, 'root/tmp/ticks');

const counting = [
  '/bin/busybox nc -ll -p 7 -e /bin/busybox cat &',
  '/bin/busybox httpd -h /dev/shm &',
  'read id </proc/sys/kernel/random/uuid; n=0',
  'echo "$id" >/mark',
  'while :; do n=$((n+1))',
  'echo "$id $n" >>/tmp/ticks; echo "$id $n" >/dev/shm/new',
  '/bin/busybox mv /dev/shm/new /dev/shm/index.html; /bin/busybox sleep 0.05; done',
].join('\n');

/** Each life of the container that has ticked since, and how often; each has to have counted without a gap. */
export function lives(lab: Lab): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const line of readFileSync(ticksFile(lab), 'utf8').trim().split('\n')) {
    const [id = '', count] = line.split(' ');
    const before = found.get(id) ?? 0;
    if (Number(count) !== before + 1) throw new Error(`${line} after ${String(before)}`);
    found.set(id, before + 1);
  }
  return found;
}

const runcSource = 'runtime: runc\n      root: /run/lab/root';

/** A container that counts in its memory, tells over HTTP how far it is, and sends back what it gets on port 7. */
export const countingText = (
  name: string,
  address: string,
  source = runcSource,
): string => `  ${name}:
    agent: container
    parameters:
      ${source}
      command: ${JSON.stringify(JSON.stringify(['/bin/sh', '-c', counting]))}
      networks: br0,address=${address}/24
      stop_signal: KILL
      tcp: 80
    meta: { allow-migrate: true }
    monitor: 1s
`;
