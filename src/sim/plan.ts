/** What goes wrong in one run, and when: drawn from the seed beforehand, so that it can be shrunk. */
import type { Variant } from './configuration.ts';
import { uniqueResources, variants } from './configuration.ts';
import type { Trick } from './machine.ts';
import { Random } from './random.ts';

export type Fault =
  /** Nodes with different numbers do not reach each other for a while. */
  | { readonly kind: 'divide'; readonly parts: readonly number[]; readonly forMs: number }
  /** A node gets changes to make and is cut off before the others hear of them. */
  | {
      readonly kind: 'cut-off';
      readonly node: number;
      readonly count: number;
      readonly forMs: number;
    }
  /** Its link comes and goes. */
  | {
      readonly kind: 'flap';
      readonly node: number;
      readonly count: number;
      readonly everyMs: number;
    }
  /** It is heard and hears nobody: it disturbs the others. */
  | { readonly kind: 'one-way'; readonly node: number; readonly forMs: number }
  /** As a virtual machine that its host pauses: nothing of it moves; its clock may stand as well. */
  | {
      readonly kind: 'pause-machine';
      readonly node: number;
      readonly forMs: number;
      readonly clockStands: boolean;
    }
  /** As machines on one host that stands still; their engines may not miss each other. */
  | {
      readonly kind: 'pause-all';
      readonly forMs: number;
      readonly clockStands: boolean;
      readonly isMissed: boolean;
    }
  | { readonly kind: 'power-off'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'power-loss'; readonly forMs: number }
  | { readonly kind: 'kill-daemon'; readonly node: number; readonly forMs: number }
  /** As by SIGSTOP: nothing moves, nothing is lost. */
  | { readonly kind: 'stop-daemon'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'kill-engine'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'slow-disk'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'failing-disk'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'fencing'; readonly how: Fencing; readonly forMs: number }
  | { readonly kind: 'configure'; readonly node: number; readonly variant: Variant }
  | { readonly kind: 'resource-dies'; readonly resource: string; readonly isNoticed: boolean }
  /** The next operation of this kind on this resource there ends so. */
  | {
      readonly kind: 'agent';
      readonly node: number;
      readonly resource: string;
      readonly operation: string;
      readonly how: Trick;
    }
  | { readonly kind: 'clock'; readonly node: number; readonly byMs: number }
  | { readonly kind: 'repeated-result'; readonly node: number }
  | { readonly kind: 'slow-agents'; readonly forMs: number }
  | { readonly kind: 'ticket'; readonly node: number; readonly count: number }
  | { readonly kind: 'standby'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'move'; readonly resource: string; readonly node: number }
  | { readonly kind: 'restart'; readonly resource: string }
  | { readonly kind: 'cleanup' }
  | { readonly kind: 'shutdown'; readonly node: number; readonly forMs: number };

/**
 * `failing`: nothing happens. `slow`: it takes longer than anybody waits, and may happen after that.
 * `late`: it happens at once and is confirmed when the machine may be back already.
 */
export type Fencing = 'failing' | 'slow' | 'late';

export interface TimedFault {
  readonly atMs: number;
  readonly fault: Fault;
}

/** How quick the world is: what is slow is under way when something happens. */
export interface Profile {
  readonly isNetworkSlow: boolean;
  readonly areDisksSlow: boolean;
  readonly areAgentsSlow: boolean;
  /** Agents that one node runs at a time. */
  readonly operationsMax: number;
  /** One of the nodes runs the version before. */
  readonly isMixed: boolean;
  /** Between two changes that clients ask for. */
  readonly requestMs: readonly [number, number];
}

export interface Plan {
  readonly seed: number;
  readonly nodes: number;
  readonly profile: Profile;
  readonly faults: readonly TimedFault[];
  /** From here on nothing goes wrong any more. */
  readonly healAtMs: number;
}

/** The cluster has just got its configuration: everything is being started. */
const faultsMsMin = 8_050;
const faultsMsMax = 90_000;
const faultsMin = 20;

export function drawPlan(seed: number): Plan {
  const random = new Random(seed);
  const nodes = random.pick([3, 3, 3, 2, 5]);
  const healAtMs = random.between(30_000, faultsMsMax);
  const profile: Profile = {
    isNetworkSlow: random.percent(40),
    areDisksSlow: random.percent(40),
    areAgentsSlow: random.percent(40),
    operationsMax: random.pick([1, 2, 4]),
    isMixed: random.percent(25),
    requestMs: random.pick([
      [20, 200],
      [200, 1000],
      [2000, 10_000],
    ]),
  };
  const faults: TimedFault[] = [];
  const least = random.between(faultsMin, 28);
  while (faults.length < least) {
    // What happens within moments of each other is what nobody has thought of.
    const count = random.between(1, 4);
    let atMs = random.between(faultsMsMin, random.percent(20) ? 12_000 : healAtMs);
    for (let at = 0; at < count; at += 1) {
      faults.push({ atMs, fault: drawFault(random, nodes) });
      atMs = Math.min(healAtMs, atMs + random.between(1, random.pick([50, 500, 3000])));
    }
  }
  faults.sort((left, right) => left.atMs - right.atMs);
  return { seed, nodes, profile, faults, healAtMs };
}

type Draw = (random: Random, node: number, forMs: number, nodes: number) => Fault;

const resourceOf = (random: Random): string => random.pick([...uniqueResources, 'agent']);

const tricks: readonly Trick[] = ['fails', 'fails', 'fails-done', 'hangs', 'hangs-done', 'lies'];
const movable: readonly string[] = ['db', 'web', 'stack', 'vm', 'vm'];

/** Mostly by less than what keeps a machine from joining. */
const drawClock: Draw = (random, node) => {
  const most = random.pick([5000, 50_000, 50_000, 600_000]);
  return { kind: 'clock', node, byMs: random.between(-most, most) };
};

/** Long enough for the others to go on without it, short enough for them to do little. */
const drawCutOff: Draw = (random, node) => ({
  kind: 'cut-off',
  node,
  count: random.between(1, 8),
  forMs: random.between(1500, 4000),
});

/** The first number says how often, among all. */
const draws: readonly (readonly [number, Draw])[] = [
  [
    6,
    (random, _node, forMs, nodes) => ({
      kind: 'divide',
      parts: Array.from({ length: nodes }, () => random.below(2)),
      forMs,
    }),
  ],
  [6, drawCutOff],
  [4, (_random, node, forMs) => ({ kind: 'power-off', node, forMs })],
  [2, (_random, _node, forMs) => ({ kind: 'power-loss', forMs })],
  [4, (_random, node, forMs) => ({ kind: 'kill-daemon', node, forMs })],
  [4, (_random, node, forMs) => ({ kind: 'stop-daemon', node, forMs })],
  [3, (_random, node, forMs) => ({ kind: 'kill-engine', node, forMs })],
  [3, (_random, node, forMs) => ({ kind: 'slow-disk', node, forMs })],
  [2, (_random, node, forMs) => ({ kind: 'failing-disk', node, forMs })],
  [
    3,
    (random, _node, forMs) => ({
      kind: 'fencing',
      how: random.pick(['failing', 'slow', 'late', 'late']),
      forMs,
    }),
  ],
  [
    2,
    (random, node) => ({
      kind: 'flap',
      node,
      count: random.between(2, 6),
      everyMs: random.between(300, 3000),
    }),
  ],
  [1, (_random, node, forMs) => ({ kind: 'one-way', node, forMs })],
  [
    3,
    (random, node, forMs) => ({
      kind: 'pause-machine',
      node,
      forMs,
      clockStands: random.percent(50),
    }),
  ],
  [
    2,
    (random, _node, forMs) => ({
      kind: 'pause-all',
      forMs,
      clockStands: random.percent(20),
      isMissed: random.percent(30),
    }),
  ],
  [2, (random, node) => ({ kind: 'configure', node, variant: random.pick(variants) })],
  [
    4,
    (random) => ({
      kind: 'resource-dies',
      resource: resourceOf(random),
      isNoticed: random.percent(50),
    }),
  ],
  [
    6,
    (random, node) => ({
      kind: 'agent',
      node,
      resource: resourceOf(random),
      operation: random.pick(['start', 'stop', 'monitor', 'migrate_to', 'migrate_from']),
      how: random.pick(tricks),
    }),
  ],
  [2, drawClock],
  [2, (_random, node) => ({ kind: 'repeated-result', node })],
  [2, (_random, _node, forMs) => ({ kind: 'slow-agents', forMs })],
  [4, (random, node) => ({ kind: 'ticket', node, count: random.between(1, 10) })],
  [2, (_random, node, forMs) => ({ kind: 'standby', node, forMs })],
  [2, (random, node) => ({ kind: 'move', resource: random.pick(movable), node })],
  [2, (random) => ({ kind: 'restart', resource: random.pick(movable) })],
  [1, () => ({ kind: 'cleanup' })],
  [1, (_random, node, forMs) => ({ kind: 'shutdown', node, forMs })],
];

function drawFault(random: Random, nodes: number): Fault {
  const total = draws.reduce((sum, [weight]) => sum + weight, 0);
  let at = random.below(total);
  const node = random.below(nodes);
  const forMs = random.percent(40) ? random.between(50, 3000) : random.between(3000, 30_000);
  for (const [weight, draw] of draws) {
    if (at < weight) return draw(random, node, forMs, nodes);
    at -= weight;
  }
  throw new Error('the weights do not add up');
}

/** `12.4 s  divide 0 0 1 for 5.2 s`. */
export function faultText({ atMs, fault }: TimedFault, names: readonly string[]): string {
  const { kind, ...rest } = fault;
  const words = Object.entries(rest).map(([key, value]: readonly [string, unknown]) => {
    if (key === 'node') return names[Number(value)] ?? '?';
    if (key === 'parts') return (value as readonly number[]).join('');
    return key.endsWith('Ms') ? `${key.slice(0, -2)} ${String(value)} ms` : String(value);
  });
  return `${(atMs / 1000).toFixed(3)} s  ${[kind, ...words].join(' ')}`;
}
