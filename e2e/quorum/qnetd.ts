/**
 * A quorum device: corosync-qnetd on the machine beside the cluster, corosync-qdevice on each node,
 * with certificates made as the manual pages say (corosync-qdevice(8), "MODEL NET TLS CONFIGURATION").
 */
import { signal } from '../lab/host.ts';
import type { Lab } from '../lab/lab.ts';
import type { Machine } from '../lab/machine.ts';
import type { LabNode } from '../lab/node.ts';

/** Lines of `quorum { }`. Short times: with the usual ones a decision takes half a minute. */
export const deviceLines: readonly string[] = [
  'device {',
  '  model: net',
  '  votes: 1',
  '  timeout: 2000',
  '  sync_timeout: 6000',
  '  net {',
  '    host: 10.77.0.100',
  '    algorithm: ffsplit',
  '    tls: required',
  '  }',
  '}',
];

const server = '/etc/corosync/qnetd/nssdb';
const client = '/etc/corosync/qdevice/net/nssdb';

/** The server's certificate, the cluster's, and the latter's key on each node. */
export async function makeCertificates(lab: Lab): Promise<void> {
  const { observer, nodes } = lab;
  const [first, ...others] = nodes;
  await observer.ask(['corosync-qnetd-certutil', '-i', '-G']);
  await carry(observer, `${server}/qnetd-cacert.crt`);
  const ca = '/run/lab/qnetd-cacert.crt';
  for (const node of nodes) await node.ask(['corosync-qdevice-net-certutil', '-i', '-c', ca]);
  await first!.ask(['corosync-qdevice-net-certutil', '-r', '-n', 'lab']);
  await carry(first!, `${client}/qdevice-net-node.crq`);
  const request = '/run/lab/qdevice-net-node.crq';
  await observer.ask(['corosync-qnetd-certutil', '-s', '-c', request, '-n', 'lab']);
  await carry(observer, `${server}/cluster-lab.crt`);
  const certificate = '/run/lab/cluster-lab.crt';
  await first!.ask(['corosync-qdevice-net-certutil', '-M', '-c', certificate]);
  await carry(first!, `${client}/qdevice-net-node.p12`);
  const key = '/run/lab/qdevice-net-node.p12';
  for (const node of others) await node.ask(['corosync-qdevice-net-certutil', '-m', '-c', key]);
}

/** `scp` to the others: the folder that all machines see. */
const carry = (from: Machine, path: string): Promise<string> => from.ask(['cp', path, '/run/lab/']);

export async function startServer(lab: Lab): Promise<void> {
  await lab.observer.ask(['mkdir', '-p', '/run/corosync-qnetd']);
  const fast = 'heartbeat_interval_min=500,dpd_interval_coefficient=1.2';
  await lab.observer.launch(['corosync-qnetd', '-f', '-S', fast], { log: '/var/log/qnetd.log' });
}

/** False: it did not run. */
export function killServer(lab: Lab): boolean {
  return killNamed(lab.observer, 'corosync-qnetd');
}

function killNamed(machine: Machine, begin: string): boolean {
  const victims = machine.processes().filter(({ name }) => name.startsWith(begin));
  for (const { pid } of victims) signal(pid, 'SIGKILL');
  return victims.length > 0;
}

/** SIGKILL to the device's daemon on this node, which its service manager does not start again here. */
export function killDevice(node: LabNode): boolean {
  return killNamed(node, DEVICE);
}

export const runsDevice = (node: LabNode): boolean =>
  node.processes().some(({ name }) => name.startsWith(DEVICE));

/** The kernel's name for corosync-qdevice. */
const DEVICE = 'corosync-qdev';

export async function startDevice(node: LabNode): Promise<void> {
  await node.ask(['mkdir', '-p', '/run/corosync-qdevice']);
  await node.launch(['corosync-qdevice', '-f'], { log: '/var/log/qdevice.log' });
}
