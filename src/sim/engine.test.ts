import { beforeEach, describe, test } from 'vitest';
import type { EngineEvent } from '../core/model/engine.ts';
import type { NodeName } from '../core/model/ids.ts';
import type { ConformanceCluster, ConformanceNode } from '../engine/conformance.ts';
import { conformance, runPoint } from '../engine/conformance.ts';
import { SimulatedEngine } from './engine.ts';
import { Random } from './random.ts';
import { Timers } from './timers.ts';

const names = ['a', 'b', 'c'];
const times = {
  detectionMs: [300, 1000],
  mergeMs: [50, 300],
  orderMs: [0.1, 2],
  deliveryMs: [0.05, 3],
} as const;

class Member implements ConformanceNode {
  readonly name: string;
  readonly histories: EngineEvent[][] = [];
  readonly #engine: SimulatedEngine;

  constructor(name: string, engine: SimulatedEngine) {
    this.name = name;
    this.#engine = engine;
  }

  async startDaemon(): Promise<void> {
    this.#engine.start(this.name);
    const history: EngineEvent[] = [];
    const reason = this.#engine.join(this.name, (event) => {
      history.push(event);
      if (event.kind === 'engine-message' && event.text.startsWith('ping ')) {
        this.#engine.send(this.name, `pong ${event.text.slice(5)}`);
      }
    });
    if (reason !== undefined) throw new Error(reason);
    this.histories.push(history);
  }

  async send(texts: readonly string[]): Promise<number> {
    const refused = texts.findIndex((text) => !this.#engine.send(this.name, text));
    return refused === -1 ? texts.length : refused;
  }

  async leave(): Promise<void> {
    this.#engine.end(this.name, 'leave');
  }

  async killDaemon(): Promise<void> {
    this.#engine.end(this.name, 'process-down');
  }

  async killNode(): Promise<void> {
    this.#engine.kill(this.name, 'node');
  }

  async killEngine(): Promise<void> {
    this.#engine.kill(this.name, 'engine');
  }

  async startSecondDaemon(): Promise<string | null> {
    return this.#engine.join(this.name, () => undefined) ?? null;
  }
}

let cluster: ConformanceCluster;

async function makeCluster(seed: number): Promise<ConformanceCluster> {
  const timers = new Timers();
  const majority = (nodes: readonly NodeName[]): boolean => nodes.length >= 2;
  const engine = new SimulatedEngine(names, majority, times, timers, new Random(seed));
  const [a, b, c] = names.map((name) => new Member(name, engine));
  if (a === undefined || b === undefined || c === undefined) throw new Error('three members');
  for (const node of [a, b, c]) await node.startDaemon();
  return {
    nodes: [a, b, c],
    cut: async (node) => {
      engine.divide(names.map((name) => (name === node.name ? 1 : 0)));
    },
    merge: async () => {
      engine.divide([0, 0, 0]);
    },
    settle: async (what, reached) => {
      for (let passed = 0; passed < 60_000; passed += 5) {
        if (reached()) return;
        timers.runUntil(timers.nowMs + 5);
      }
      throw new Error(`not reached: ${what}`);
    },
  };
}

describe.each([1, 2, 3, 4, 5])('simulated engine, seed %i', (seed) => {
  beforeEach(async () => {
    cluster = await makeCluster(seed);
  });

  test.each(conformance)('$name', async (point) => {
    await runPoint(point, cluster);
  });
});
