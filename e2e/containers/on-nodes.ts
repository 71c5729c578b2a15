/** A container on the nodes of a laboratory: their runtime, its root directory, its resource. */
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { unpacked } from './room.ts';

/** The node has runc, until it is switched off. */
export async function installRuntime(node: LabNode): Promise<void> {
  await node.ask(['mount', '-t', 'tmpfs', 'tmpfs', '/usr/local/bin']);
  await node.ask(['cp', `${unpacked}/usr/sbin/runc`, '/usr/local/bin/runc']);
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
