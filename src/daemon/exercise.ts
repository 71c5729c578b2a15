/**
 * What a node does when another one is lost it has rarely done before, and what a process does for
 * the first time takes ten times as long. So the loss of nodes is exercised in the idle moments
 * after the start: three nodes in memory, a small configuration. Nothing of it touches the world.
 */
import type { EngineConfiguration, GroupMember, RingId } from '../core/model/engine.ts';
import { MAJORITY } from '../core/model/engine.ts';
import { monotonicMs, nodeName, nodeNumber, wallMs } from '../core/model/ids.ts';
import type { OperationRequest } from '../core/model/operation.ts';
import { step } from '../core/node/node.ts';
import type { NodeState } from '../core/node/state.ts';
import type { NodeEffect, NodeInput } from '../core/node/types.ts';
import { schedule } from '../core/scheduler/schedule.ts';
import type { RestoredStore } from '../core/store/types.ts';
import { checkClusterYaml } from '../offline/configuration.ts';
import { newNode } from './new-node.ts';
import type { DaemonOptions } from './options.ts';

const CONFIGURATION = `version: 1
cluster: exercise
nodes: { a: {}, b: {}, c: {} }
options: { fencing-loop-limit: 0 }
fencing: { devices: { power: { agent: fence_exercise, action: off } } }
resources:
  group:
    group:
      one: { agent: "ocf:heartbeat:Dummy", monitor: 1s }
      two: { agent: "ocf:heartbeat:Dummy", monitor: 1s }
`;

/** The first ones are slow, and those that follow show the compiler what is worth its while. */
const LOSSES = 16;
/** A play that goes on for longer is cut off. */
const INPUTS_MAX = 20_000;
const TURN_MS = 2;
const PAUSE_MS = 1;
/** Whoever has just seen a change may be amid a failover: then every millisecond counts. */
const QUIET_MS = 200;
/** V8's compilers go on for a while with what they were shown, and leave memory behind. */
const REST_MS = 5000;

/**
 * Begins a moment after the call, and goes on while nothing changes; `onEnd` is called in a quiet
 * moment some seconds after it. The answer ends it.
 */
export function exerciseWhenIdle(
  options: DaemonOptions,
  onChange: (listener: () => void) => () => void,
  onEnd: () => void,
): () => void {
  const turns = new Exercise(options).play();
  let changedAt = performance.now();
  const forget = onChange(() => {
    changedAt = performance.now();
  });
  let isOver = false;
  let restUntil = 0;
  let timer: NodeJS.Timeout;
  const after = (delayMs: number): void => {
    timer = setTimeout(turn, delayMs);
    timer.unref();
  };
  const turn = (): void => {
    const now = performance.now();
    const waitMs = Math.max(changedAt + QUIET_MS, restUntil) - now;
    if (waitMs > 0) {
      after(waitMs);
    } else if (isOver) {
      forget();
      onEnd();
    } else {
      isOver = !takeTurn(turns, now + TURN_MS);
      if (isOver) restUntil = now + REST_MS;
      after(PAUSE_MS);
    }
  };
  after(QUIET_MS);
  return () => {
    forget();
    clearTimeout(timer);
  };
}

/** Whether there is more to come. */
function takeTurn(turns: Generator<undefined, undefined>, end: number): boolean {
  try {
    while (performance.now() < end) if (turns.next().done === true) return false;
    return true;
  } catch {
    return false; // The play would meet the same in earnest, and say so there.
  }
}

interface Player {
  readonly member: GroupMember;
  readonly running: Set<string>;
  node: NodeState;
  isOn: boolean;
  disk: RestoredStore;
}

const MEMBERS: readonly GroupMember[] = ['a', 'b', 'c'].map((name, index) => ({
  node: nodeName(name),
  number: nodeNumber(index + 1),
  process: 1,
}));
const EMPTY: RestoredStore = { snapshot: undefined, records: [], findings: [] };

export class Exercise {
  readonly #options: DaemonOptions;
  readonly #players: Player[];
  #inputs: { readonly player: Player; readonly input: NodeInput }[] = [];
  #taken = 0;
  #timeMs = 1_000_000;
  #sequence = 0;
  /** For its test: who lost the group to whom. */
  readonly losses: string[] = [];

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#players = MEMBERS.map((member) => ({
      member,
      running: new Set(),
      node: this.#begin(member, EMPTY),
      isOn: true,
      disk: EMPTY,
    }));
  }

  /** One input at a time, so that the caller may do something else between them. */
  *play(): Generator<undefined, undefined> {
    this.#regroup();
    yield* this.#run(10);
    this.#configure();
    yield* this.#run(50);
    for (let loss = 0; loss < LOSSES; loss += 1) {
      const victim = this.#players.find(({ running }) => running.has('two'));
      if (victim === undefined) return undefined;
      this.#lose(victim);
      yield* this.#run(5);
      const heir = this.#players.find(({ isOn, running }) => isOn && running.has('two'));
      this.losses.push(`${victim.member.node} ${heir?.member.node ?? 'nobody'}`);
      this.#return(victim);
      yield* this.#run(40);
    }
    return undefined;
  }

  #begin(self: GroupMember, disk: RestoredStore): NodeState {
    const engine: EngineConfiguration = {
      kind: 'simulated',
      clusterName: 'exercise',
      self,
      nodes: MEMBERS,
      quorumOptions: MAJORITY,
      messageBytesMax: 65_536,
    };
    return newNode(this.#options, engine, disk);
  }

  #configure(): void {
    const { configuration } = checkClusterYaml(CONFIGURATION, 'exercise');
    const [first] = this.#players;
    if (configuration === undefined || first === undefined) return;
    const command = { kind: 'configure', configuration, source: '', by: 'nobody' } as const;
    this.#inputs.push({ player: first, input: { kind: 'request', tag: 'configure', command } });
  }

  #lose(victim: Player): void {
    victim.isOn = false;
    victim.running.clear();
    this.#regroup([victim.member]);
  }

  #return(player: Player): void {
    player.isOn = true;
    player.node = this.#begin(player.member, player.disk);
    this.#regroup();
  }

  #regroup(left: readonly GroupMember[] = []): void {
    const on = this.#players.filter(({ isOn }) => isOn);
    const members = on.map(({ member }) => member);
    this.#sequence += 1;
    const ring: RingId = { sequence: this.#sequence, representative: nodeNumber(1) };
    const departures = left.map((member) => ({ member, reason: 'node-down' as const }));
    for (const player of on) {
      const view = { kind: 'engine-view', ring, members, left: departures } as const;
      const nodes = members.map(({ node }) => node);
      const quorum = { kind: 'engine-quorum', ring, quorate: true, nodes } as const;
      this.#inputs.push({ player, input: { kind: 'engine', event: view } });
      this.#inputs.push({ player, input: { kind: 'engine', event: quorum } });
    }
  }

  *#run(ticks: number): Generator<undefined, undefined> {
    for (let tick = 0; tick < ticks; tick += 1) {
      for (const player of this.#players) this.#inputs.push({ player, input: { kind: 'tick' } });
      this.#timeMs += 100;
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        if ((this.#taken += 1) > INPUTS_MAX) return undefined;
        if (next.player.isOn) this.#take(next.player, next.input);
        yield;
      }
    }
    return undefined;
  }

  #take(player: Player, input: NodeInput): void {
    const clocks = { nowMs: monotonicMs(this.#timeMs), wallMs: wallMs(this.#timeMs) };
    const { node, effects } = step(player.node, input, clocks);
    player.node = node;
    for (const effect of effects) this.#perform(player, effect);
  }

  #perform(player: Player, effect: NodeEffect): void {
    const hear = (input: NodeInput): unknown => this.#inputs.push({ player, input });
    switch (effect.kind) {
      case 'send':
        this.#deliver(player.member, effect.text);
        return;
      case 'append':
        player.disk = { ...player.disk, records: [...player.disk.records, ...effect.records] };
        hear({ kind: 'disk-done', ticket: effect.ticket });
        return;
      case 'write-snapshot':
        player.disk = { ...EMPTY, snapshot: effect.text };
        hear({ kind: 'disk-done', ticket: effect.ticket });
        return;
      case 'decide': {
        const plan = schedule(effect.picture, effect.now);
        hear({ kind: 'decided', number: effect.number, plan });
        return;
      }
      case 'run-operation':
        hear({ kind: 'operation-ended', result: operate(player, effect.request) });
        return;
      case 'run-fence': {
        const { requestId } = effect.request;
        const outcome = { kind: 'ok' } as const;
        hear({ kind: 'fence-ended', result: { requestId, outcome, durationMs: 1, output: '' } });
        return;
      }
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

  #deliver(sender: GroupMember, text: string): void {
    for (const player of this.#players) {
      if (!player.isOn) continue;
      this.#inputs.push({
        player,
        input: { kind: 'engine', event: { kind: 'engine-message', sender, text } },
      });
    }
  }
}

function operate({ running }: Player, { operationId, operation, resource }: OperationRequest) {
  if (operation === 'start') running.add(resource);
  if (operation === 'stop') running.delete(resource);
  const down = operation === 'monitor' && !running.has(resource);
  const outcome = { kind: 'exited', exitCode: down ? 7 : 0, exitReason: '' } as const;
  return { operationId, outcome, durationMs: 1, output: '' };
}
