/** What is done to the cluster: drawn from the seed round by round, so that rounds can be left out. */
import { Random } from '../../src/sim/random.ts';

export const faultKinds = [
  'kill-daemon',
  'kill-daemons',
  'kill-corosync',
  'kill-corosyncs',
  'kill-agent',
  'kill-fence-agent',
  'kill-launcher',
  'kill-supervisor',
  'kill-service',
  'stop-daemon',
  'stop-corosync',
  'freeze',
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
  'partition',
  'clock',
  'full-disk',
  'configure',
  'move',
  'standby',
] as const;

/** What a cluster may have besides, with the faults that only it can have. */
export const equipmentKinds = {
  watchdog: ['kill-feeder'],
  qdevice: ['kill-qdevice', 'kill-qnetd', 'cut-qnetd'],
} as const;

export type Equipment = keyof typeof equipmentKinds;

/** All that can be struck in a cluster with this equipment. */
export const kindsWith = (equipment: readonly Equipment[]): readonly FaultKind[] => [
  ...faultKinds,
  ...equipment.flatMap((each): readonly FaultKind[] => equipmentKinds[each]),
];

/**
 * `kill-…`: SIGKILL, with an s to those of all nodes; the scheduler is a thread of the daemon, and
 * dies with it. `kill-fence-agent`: a node is cut off, and whoever shoots it dies at that; the switch does
 * what it was asked for, and nobody is told. `stop-…`: SIGSTOP, later SIGCONT. `freeze`: all processes of the machine stand still,
 * as when a virtual machine is paused. `restart-daemon`: SIGTERM, and it is started again. `leave`:
 * in good order. `blackout`: power-off of all. `power-switch`: no fence agent gets an answer. `cut`:
 * the node sees its link go down; `drop…`: frames vanish, both ways or one way. `partition`: the
 * network falls into two or more parts. `clock`: the machine's wall clock is set wrong, and right
 * again afterwards. `kill-feeder`: who feeds the machine's watchdog, and is started again at once. `cut-qnetd`: nobody reaches
 * the quorum device's server, which runs on.
 */
export type FaultKind =
  | (typeof faultKinds)[number]
  | (typeof equipmentKinds)[keyof typeof equipmentKinds][number];

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
  /** Chooses among processes, resources, nodes, parts, times. */
  readonly pick: number;
}

export interface Round {
  readonly number: number;
  readonly faults: readonly Fault[];
  /** Wait until the cluster has recovered; else the next round begins while this one's faults last. */
  readonly waits: boolean;
}

/** Done at once: what follows does not wait long for them. */
const momentary: readonly FaultKind[] = [
  'kill-daemon',
  'kill-daemons',
  'kill-agent',
  'kill-launcher',
  'kill-supervisor',
  'kill-service',
  'kill-feeder',
  'restart-daemon',
  'leave',
  'configure',
  'move',
];

/** What is to be struck lives for moments, and only while something is under way. */
const fleeting: readonly FaultKind[] = ['kill-agent'];

/**
 * Rounds of a seed, each the same with or without those before it. Kinds are dealt like cards: each
 * comes once before any comes again, so that none is rare in a long run. `kinds`: only these.
 */
export class Plan {
  readonly #seed: number;
  readonly #nodes: number;
  readonly #kinds: readonly FaultKind[];
  /** How many faults the rounds before have, by number of the round. */
  readonly #before: number[] = [0];

  constructor(seed: number, nodes: number, kinds: readonly FaultKind[] = faultKinds) {
    this.#seed = seed;
    this.#nodes = nodes;
    this.#kinds = kinds;
  }

  round(number: number): Round {
    const random = this.#chance(number);
    const { count, isStorm } = drawSize(random);
    const first = this.#faultsBefore(number);
    const faults = Array.from({ length: count }, (_, at) =>
      drawFault(random, this.#kind(first + at), this.#nodes, isStorm),
    );
    return { number, faults, waits: random.percent(60) };
  }

  #faultsBefore(number: number): number {
    for (let at = this.#before.length; at <= number; at += 1)
      this.#before.push((this.#before[at - 1] ?? 0) + drawSize(this.#chance(at - 1)).count);
    return this.#before[number] ?? 0;
  }

  /** The deck that this place lies in is shuffled by a chance of its own. */
  #kind(place: number): FaultKind {
    const deck = Math.floor(place / this.#kinds.length);
    const random = new Random(
      Math.imul(this.#seed + 1, 0x27d4eb2f) ^ Math.imul(deck + 1, 0x165667b1),
    );
    const keyed = this.#kinds.map((kind) => ({ kind, key: random.below(1_000_000) }));
    const shuffled = keyed.sort((a, b) => a.key - b.key);
    return shuffled[place % this.#kinds.length]?.kind ?? 'kill-daemon';
  }

  #chance(number: number): Random {
    return new Random(Math.imul(this.#seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
  }
}

/** What happens within moments of each other is what nobody has thought of. */
function drawSize(random: Random): { readonly count: number; readonly isStorm: boolean } {
  const isStorm = random.percent(25);
  return { isStorm, count: isStorm ? random.between(4, 8) : random.pick([1, 2, 3, 3, 4, 5]) };
}

function drawFault(random: Random, kind: FaultKind, nodes: number, isStorm: boolean): Fault {
  return {
    kind,
    node: random.below(nodes),
    afterMs: isStorm || random.percent(50) ? random.below(200) : random.below(1500),
    forMs: drawTime(random, kind),
    during: random.percent(75) || fleeting.includes(kind),
    pick: random.below(1000),
  };
}

function drawTime(random: Random, kind: FaultKind): number {
  if (momentary.includes(kind)) return random.below(500);
  if (random.percent(60)) return random.between(100, 2000);
  return random.between(2000, random.percent(80) ? 5000 : 12_000);
}

/** How many nodes, when nobody says it: 3 to 5. */
export function drawNodes(seed: number): number {
  return new Random(seed).between(3, 5);
}

/** Each in every other seed, when nobody says it. */
export function drawEquipment(seed: number): readonly Equipment[] {
  const random = new Random(Math.imul(seed + 1, 0x2c1b3c6d));
  return (['watchdog', 'qdevice'] as const).filter(() => random.percent(50));
}
