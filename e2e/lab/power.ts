import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { rmSync } from 'node:fs';
import type { Machine } from './machine.ts';
import { sleep } from './run.ts';

/** One thing that somebody asked of the switch; `atNs` is CLOCK_MONOTONIC. */
export interface PowerRequest {
  readonly atNs: bigint;
  readonly action: string;
  readonly node: string;
}

/** The remote power switch of all nodes: the answer to "is it really off?". */
export interface PowerSwitch {
  readonly socket: string;
  readonly requests: () => readonly PowerRequest[];
  /** The switch stops answering fence agents until it is called with false. */
  readonly setBroken: (broken: boolean) => void;
  /** From being asked until the power goes, as with a real one, whoever asked. Default 0. */
  readonly setSlow: (ms: number) => void;
  readonly close: () => Promise<void>;
}

/** What is at an outlet. */
type Outlet = Pick<Machine, 'name' | 'pid' | 'boot' | 'kill'>;

export interface PowerOptions {
  readonly socket: string;
  readonly nodes: readonly Outlet[];
  /** Called after the switch booted a node: what a real machine starts by itself. */
  readonly booted: (node: Outlet) => Promise<void>;
  /** Asked of every request, when given. */
  readonly password?: string | undefined;
}

/**
 * Listens on a Unix socket, which reaches into every network namespace that sees its folder.
 * Request: `ACTION<tab>NODE<tab>PASSWORD\n`; answer: `ok`, `on`, `off`, names, or `error …`.
 * `off` and `reboot` answer when the node's last process is gone; `reboot` then boots it.
 */
export async function createPowerSwitch(options: PowerOptions): Promise<PowerSwitch> {
  const requests: PowerRequest[] = [];
  const connections = new Set<Socket>();
  let broken = false;
  let slowMs = 0;
  const server = createServer((connection) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
    connection.on('error', () => {}); // The asker died; the act goes on.
    connection.once('data', (line: Buffer) => {
      const [action = '', node = '', password = ''] = line.toString('utf8').trimEnd().split('\t');
      requests.push({ atNs: process.hrtime.bigint(), action, node });
      if (broken) return; // The asker learns it by its own timeout, as with a dead switch.
      const isSlow = slowMs > 0 && ['off', 'reboot'].includes(action);
      void (isSlow ? sleep(slowMs) : Promise.resolve())
        .then(() => act(options, action, node, password))
        .then((answer) => connection.end(`${answer}\n`));
    });
  });
  rmSync(options.socket, { force: true });
  await listen(server, options.socket);
  return {
    socket: options.socket,
    requests: () => requests,
    setBroken: (value) => void (broken = value),
    setSlow: (ms) => void (slowMs = ms),
    close: () => closeServer(server, connections),
  };
}

async function act(
  options: PowerOptions,
  action: string,
  name: string,
  password: string,
): Promise<string> {
  if (options.password !== undefined && password !== options.password) return 'error password';
  if (action === 'list') return options.nodes.map((node) => node.name).join(' ');
  const node = options.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) return `error no node ${name}`;
  try {
    return await perform(options, action, node);
  } catch (error) {
    return `error ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function perform(options: PowerOptions, action: string, node: Outlet): Promise<string> {
  switch (action) {
    case 'status':
      return node.pid() === undefined ? 'off' : 'on';
    case 'off':
      await node.kill();
      return 'ok';
    case 'reboot':
      await node.kill();
      // As with a real one, the answer comes when the power is off; booting takes its own time.
      void powerOn(options, node).catch(() => {});
      return 'ok';
    case 'on':
      await powerOn(options, node);
      return 'ok';
    default:
      return `error no action ${action}`;
  }
}

async function powerOn(options: PowerOptions, node: Outlet): Promise<void> {
  if (node.pid() !== undefined) return;
  await node.boot();
  void options.booted(node).catch(() => {}); // It was switched off again while it started.
}

function listen(server: Server, socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  });
}

function closeServer(server: Server, connections: ReadonlySet<Socket>): Promise<void> {
  for (const connection of connections) connection.destroy();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
