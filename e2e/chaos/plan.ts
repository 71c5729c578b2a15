/** What is done to the cluster: drawn from the seed round by round, so that rounds can be left out. */
import { Random } from '../../src/sim/random.ts';

export const faultKinds = [
  'kill-daemon',
  'kill-daemons',
  'kill-corosync',
  'kill-corosyncs',
  'kill-agent',
  'kill-launcher',
  'kill-supervisor',
  'kill-service',
  'stop-daemon',
  'stop-corosync',
  'restart-daemon',
  'leave',
  'power-off',
  'blackout',
  'power-switch',
  'cut',
  'drop',
  'drop-in',
  'drop-out',
  'flap',
  'full-disk',
  'configure',
  'move',
  'standby',
] as const;

/**
 * `kill-…`: SIGKILL, with an s to those of all nodes. `stop-…`: SIGSTOP, later SIGCONT. `restart-daemon`: SIGTERM, and it is started
 * again. `leave`: in good order. `blackout`: power-off of all. `power-switch`: no fence agent gets
 * an answer. `cut`: the node sees its link go down; `drop…`: frames vanish, both ways or one way.
 * There is no step of the clock: network, mount and pid namespaces share the machine's wall clock,
 * and time namespaces (time_namespaces(7)) have none of their own either.
 */
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** Index of the node. */
  readonly node: number;
  /** After the fault before it, or the begin of the round. */
  readonly afterMs: number;
  /** Until it is taken back, where there is something to take back. */
  readonly forMs: number;
  /** Strike while a transition is under way; one is begun if there is none. */
  readonly during: boolean;
  /** Chooses among processes, resources, nodes. */
  readonly pick: number;
}

export interface Round {
  readonly number: number;
  readonly faults: readonly Fault[];
  /** Wait until the cluster has recovered; else the next round meets what is left of this one. */
  readonly waits: boolean;
}

const seldom: readonly FaultKind[] = ['blackout', 'power-switch', 'kill-corosyncs'];

/** Done at once: what follows does not wait long for them. */
const momentary: readonly FaultKind[] = [
  'kill-daemon',
  'kill-daemons',
  'kill-agent',
  'kill-launcher',
  'kill-supervisor',
  'kill-service',
  'restart-daemon',
  'leave',
  'configure',
  'move',
];

/** Every round has its own stream of chance: it is the same with or without those before it. */
export function drawRound(seed: number, number: number, nodes: number): Round {
  const random = new Random((Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) | 0);
  // What happens within moments of each other is what nobody has thought of.
  const isStorm = random.percent(25);
  const count = isStorm ? random.between(4, 8) : random.pick([1, 2, 2, 3, 3, 4]);
  const faults = Array.from({ length: count }, () => drawFault(random, nodes, isStorm));
  return { number, faults, waits: random.percent(70) };
}

function drawFault(random: Random, nodes: number, isStorm: boolean): Fault {
  let kind = random.pick(faultKinds);
  if (seldom.includes(kind) && random.percent(50)) kind = random.pick(faultKinds);
  return {
    kind,
    node: random.below(nodes),
    afterMs: isStorm || random.percent(50) ? random.below(200) : random.below(3000),
    forMs: drawTime(random, kind),
    during: random.percent(75),
    pick: random.below(1000),
  };
}

function drawTime(random: Random, kind: FaultKind): number {
  if (momentary.includes(kind)) return random.below(500);
  if (random.percent(60)) return random.between(100, 2000);
  return random.between(2000, random.percent(75) ? 8000 : 15_000);
}

/** How many nodes, when nobody says it: 3 to 5. */
export function drawNodes(seed: number): number {
  return new Random(seed).between(3, 5);
}
