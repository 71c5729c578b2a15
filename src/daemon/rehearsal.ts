/**
 * Before it takes part, the daemon plays a small cluster through once, in memory: what a process
 * does for the first time takes ten times as long, and the first time must not be the night in
 * which a node fails. Nothing of it touches the world.
 */
import { setFlagsFromString } from 'node:v8';

import { quorumView } from '../core/view/quorum.ts';
import { statusView } from '../core/view/status.ts';
import type { EngineEvent } from '../core/model/engine.ts';
import { MAJORITY } from '../core/model/engine.ts';
import { monotonicMs, nodeName, nodeNumber, wallMs } from '../core/model/ids.ts';
import type { OperationResult } from '../core/model/operation.ts';
import { step } from '../core/node/node.ts';
import type { NodeState } from '../core/node/state.ts';
import type { NodeEffect, NodeInput } from '../core/node/types.ts';
import { schedule } from '../core/scheduler/schedule.ts';
import { checkClusterYaml } from '../offline/configuration.ts';
import { newNode } from './new-node.ts';
import type { DaemonOptions } from './options.ts';

/** Enough for all that happens; a play that goes on for longer is cut off. */
const INPUTS_MAX = 400;

const CONFIGURATION = `version: 1
cluster: rehearsal
options: { fencing-enabled: "false" }
nodes: { stage: {} }
resources:
  group:
    group:
      one: { agent: "ocf:heartbeat:Dummy", monitor: 10s }
      two: { agent: "ocf:heartbeat:Dummy", parameters: { state: /nowhere } }
  clone:
    clone:
      three: { agent: "ocf:heartbeat:Dummy" }
constraints:
  - order: [group, clone]
  - location: group
    prefers: { stage: 5 }
`;

/** Takes some 100 ms. Whatever goes wrong here goes wrong quietly: it proves nothing. */
export function rehearse(options: DaemonOptions): void {
  // Code that was compiled stays so: V8 drops what was not run for a while.
  setFlagsFromString('--no-flush-bytecode');
  try {
    new Stage(options).play();
  } catch {
    // The play would meet the same in earnest, and say so there.
  }
}

const STAGE = { node: nodeName('stage'), number: nodeNumber(1) };
const RING = { sequence: 1, representative: STAGE.number };
const MEMBER = { ...STAGE, process: 1 };

class Stage {
  #node: NodeState;
  #inputs: NodeInput[] = [];
  #taken = 0;
  #timeMs = 1_000_000;
  /** What runs on the stage, for the probes. */
  readonly #running = new Set<string>();

  constructor(options: DaemonOptions) {
    const engine = {
      kind: 'simulated',
      clusterName: 'rehearsal',
      self: STAGE,
      nodes: [STAGE],
      quorumOptions: MAJORITY,
      messageBytesMax: 65_536,
    } as const;
    this.#node = newNode(options, engine, { snapshot: undefined, records: [], findings: [] });
  }

  play(): void {
    this.#hear({ kind: 'engine-view', ring: RING, members: [MEMBER], left: [] });
    this.#hear({ kind: 'engine-quorum', ring: RING, quorate: true, nodes: [STAGE.node] });
    this.#run();
    this.#configure();
    this.#run();
    this.#fail('one');
    this.#run();
    this.#look();
  }

  #configure(): void {
    const checked = checkClusterYaml(CONFIGURATION, 'rehearsal');
    if (checked.configuration === undefined) return;
    const { configuration } = checked;
    const command = { kind: 'configure', configuration, source: '', by: 'nobody' } as const;
    this.#inputs.push({ kind: 'request', tag: 'configure', command });
  }

  #fail(resource: string): void {
    this.#running.delete(resource);
    this.#timeMs += 20_000;
    this.#inputs.push({ kind: 'tick' });
  }

  #look(): void {
    const { cluster, view } = this.#node;
    quorumView(view);
    JSON.stringify(
      statusView(cluster, view, {
        clusterName: 'rehearsal',
        engine: 'simulated',
        self: STAGE.node,
        version: '',
        wallMs: wallMs(this.#timeMs),
        startedAt: wallMs(0),
        loopBlockMaxMs: 0,
        daemonGraceMs: 30_000,
        notes: [],
      }),
    );
  }

  #run(): void {
    for (let tick = 0; tick < 20; tick += 1) {
      this.#inputs.push({ kind: 'tick' });
      this.#timeMs += 100;
      for (let input = this.#inputs.shift(); input; input = this.#inputs.shift()) {
        if ((this.#taken += 1) > INPUTS_MAX) return;
        this.#take(input);
      }
    }
  }

  #take(input: NodeInput): void {
    const clocks = { nowMs: monotonicMs(this.#timeMs), wallMs: wallMs(this.#timeMs) };
    const { node, effects } = step(this.#node, input, clocks);
    this.#node = node;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: NodeEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#hear({ kind: 'engine-message', sender: MEMBER, text: effect.text });
        return;
      case 'append':
      case 'write-snapshot':
        this.#inputs.push({ kind: 'disk-done', ticket: effect.ticket });
        return;
      case 'decide': {
        const plan = schedule(effect.picture, effect.now);
        this.#inputs.push({ kind: 'decided', number: effect.number, plan });
        return;
      }
      case 'run-operation':
        this.#inputs.push({ kind: 'operation-ended', result: this.#operate(effect.request) });
        return;
      case 'run-fence':
      case 'cancel-operation':
      case 'abandon-decision':
      case 'reply':
      case 'wake':
      case 'log':
      case 'prove-health':
      case 'release-watchdog':
      case 'exit':
    }
  }

  #operate(request: Extract<NodeEffect, { kind: 'run-operation' }>['request']): OperationResult {
    const { operationId, operation, resource } = request;
    if (operation === 'start') this.#running.add(resource);
    if (operation === 'stop') this.#running.delete(resource);
    const down = operation === 'monitor' && !this.#running.has(resource);
    const outcome = { kind: 'exited', exitCode: down ? 7 : 0, exitReason: '' } as const;
    return { operationId, outcome, durationMs: 1, output: '' };
  }

  #hear(event: EngineEvent): void {
    this.#inputs.push({ kind: 'engine', event });
  }

  /** For its test: how the play ended. */
  get node(): NodeState {
    return this.#node;
  }
}

export { Stage };
