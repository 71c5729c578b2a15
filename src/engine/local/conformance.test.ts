import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, it } from 'vitest';

import { nodeName } from '../../core/model/ids.ts';
import { conformance, runPoint } from '../conformance.ts';
import type { ConformanceCluster, ConformanceNode } from '../conformance.ts';
import { MemberDaemon, memberProgram, settle } from '../testing/daemon.ts';
import { clusterFile, lockFile } from './configuration.ts';
import { heal, partition, tellNodeDown } from './control.ts';

const limitMs = 10_000;

let directory: string;
let nodes: readonly [LocalNode, LocalNode, LocalNode];

class LocalNode implements ConformanceNode {
  readonly name: string;
  readonly #lives: MemberDaemon[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get histories() {
    return this.#lives.map((daemon) => daemon.events);
  }

  async startDaemon(): Promise<void> {
    const daemon = this.#spawn();
    this.#lives.push(daemon);
    const reason = await daemon.started();
    if (reason !== null) throw new Error(reason);
  }

  async startSecondDaemon(): Promise<string | null> {
    const daemon = this.#spawn();
    const reason = await daemon.started();
    await daemon.kill();
    return reason;
  }

  async send(texts: readonly string[]): Promise<number> {
    return this.#present.send(texts);
  }

  async leave(): Promise<void> {
    await this.#present.close();
  }

  async killDaemon(): Promise<void> {
    await this.#present.kill();
  }

  async killNode(): Promise<void> {
    this.#present.freeze();
    await tellNodeDown(directory, nodeName(this.name));
    await this.#present.kill();
  }

  async killEngine(): Promise<void> {
    process.kill(busProcess(), 'SIGKILL');
  }

  async destroy(): Promise<void> {
    await Promise.all(this.#lives.map((daemon) => daemon.kill()));
  }

  get #present(): MemberDaemon {
    const daemon = this.#lives.at(-1);
    if (daemon === undefined) throw new Error(`${this.name} was never started`);
    return daemon;
  }

  #spawn(): MemberDaemon {
    const argv = [memberProgram, 'local', directory, this.name];
    return new MemberDaemon(spawn(process.execPath, argv, { stdio: 'pipe' }));
  }
}

/** The process that holds the lock, as the kernel tells it (proc(5), /proc/locks). */
function busProcess(): number {
  const inode = String(statSync(lockFile(directory)).ino);
  for (const line of readFileSync('/proc/locks', 'utf8').split('\n')) {
    const [, kind, , , pid, file] = line.split(/\s+/);
    if (kind === 'FLOCK' && file?.endsWith(`:${inode}`)) return Number(pid);
  }
  throw new Error('no bus runs');
}

function endBus(): void {
  try {
    process.kill(busProcess(), 'SIGKILL');
  } catch {
    // A point ended it.
  }
}

const cluster: ConformanceCluster = {
  get nodes() {
    return nodes;
  },
  cut: async (node) => {
    await partition(directory, [[nodeName(node.name)]]);
  },
  merge: async () => {
    await heal(directory);
  },
  settle: (what, reached) => settle(what, reached, limitMs),
};

describe('local engine', { timeout: 30_000 }, () => {
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'holdfast-bus-'));
    const names = ['a', 'b', 'c'];
    const file = {
      clusterName: 'test',
      nodes: names.map((name, index) => ({ name, number: index + 1 })),
    };
    writeFileSync(clusterFile(directory), JSON.stringify(file));
    nodes = [new LocalNode('a'), new LocalNode('b'), new LocalNode('c')];
    await Promise.all(nodes.map((node) => node.startDaemon()));
  });

  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.destroy()));
    endBus();
    rmSync(directory, { recursive: true, maxRetries: 20 });
  });

  it.each(conformance)('$name', async (point) => {
    await runPoint(point, cluster);
  });
});
