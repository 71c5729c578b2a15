/** What runs on this node, or could, and could be a resource of the cluster. */

export interface Found {
  readonly kind: 'vm' | 'container';
  /** As whoever runs it calls it. */
  readonly name: string;
  readonly agent: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Two daemons of one host find the same machine: the same words here. */
  readonly identity: string;
  /** Defined here and not running. */
  readonly off: boolean;
  /** By which nodes know that what is defined on several of them is one machine. */
  readonly uuid?: string;
  /** What it is started from, by absolute path: each node needs a copy. */
  readonly files: readonly string[];
  /** What it reads and writes on this node, by absolute path. */
  readonly disks: readonly Disk[];
  /** Those that it was given, in lower case. */
  readonly macs: readonly string[];
  readonly operations: Operations;
  readonly memoryMib: number | undefined;
  readonly cpus: number | undefined;
  readonly autostart: Autostart;
  /** What starts it behind the cluster's back, and how that is switched off and on again. */
  readonly switches: readonly Switch[];
  /** What its administrator should know before it is adopted. */
  readonly notes: readonly string[];
}

export interface Disk {
  readonly path: string;
  /** Of a machine, and it writes there: nobody else may. */
  readonly own: boolean;
}

/** Would whoever runs it start it again with the next boot of the node? */
export type Autostart = boolean;

export interface Operations {
  readonly start: string;
  readonly stop: string;
  readonly monitor: string;
  /** Of what moves while it runs. */
  readonly migrate: string | undefined;
}

export type Switch =
  | {
      readonly kind: 'command';
      readonly what: string;
      readonly off: readonly [string, ...string[]];
      readonly on: readonly [string, ...string[]];
    }
  /** A drop-in that takes a unit from systemd: it neither starts, restarts nor stops anything. */
  | { readonly kind: 'unit'; readonly what: string; readonly unit: string };

/** A guest boots, shuts down and moves in its own time: rather too much than half a shutdown. */
export const machineOperations: Operations = {
  start: '120s',
  stop: '180s',
  monitor: '10s',
  migrate: '600s',
};

export const containerOperations: Operations = {
  start: '60s',
  stop: '40s',
  monitor: '10s',
  migrate: undefined,
};

/** `Web shop/1` → `web-shop-1`: an id as the configuration takes them, that is not taken yet. */
export function freeId(name: string, taken: ReadonlySet<string>): string {
  const plain = name.replaceAll(/[^\w.-]+/g, '-').replace(/^[^A-Za-z_]+/, '') || 'adopted';
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? plain : `${plain}-${String(number)}`;
    if (!taken.has(id)) return id;
  }
}
