/** What goes wrong in one run, and when: drawn from the seed beforehand, so that it can be shrunk. */
import type { Means, Variant } from './configuration.ts';
import { drawFault, drawSpecial } from './draws.ts';
import type { Trick } from './machine.ts';
import { Random } from './random.ts';
import type { WatchdogSetting } from './watchdog.ts';

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
  | { readonly kind: 'shutdown'; readonly node: number; readonly forMs: number }
  | SpecialFault;

/** What is about fencing, watchdogs and marks. */
export type SpecialFault =
  /** What feeds the watchdog is held up between its questions and the feeding, for so much of what is left. */
  | { readonly kind: 'held-feeder'; readonly node: number; readonly percent: number }
  /** The same, of a node that is cut off right before. */
  | {
      readonly kind: 'starve';
      readonly node: number;
      readonly percent: number;
      readonly forMs: number;
    }
  | { readonly kind: 'kill-feeder'; readonly node: number }
  /** A node is lost and rebooted; before that is confirmed, it is wanted that lost nodes stay off. */
  | { readonly kind: 'want-off'; readonly node: number; readonly afterMs: number }
  /** Fencing is rehearsed. */
  | { readonly kind: 'rehearse'; readonly node: number; readonly forReal: boolean }
  /** Somebody sees that a machine is off, and says so. */
  | { readonly kind: 'confirm'; readonly node: number }
  | {
      readonly kind: 'maintain';
      readonly what: string;
      readonly node: number;
      readonly forMs: number;
    }
  /** What runs somewhere does not stop in its time, and is moved. */
  | { readonly kind: 'stuck'; readonly resource: string; readonly node: number }
  /**
   * Something ends. The one that leads decides what to do, and its machine stands still before its
   * order leaves it; the others go on and move that elsewhere; it comes back unfenced.
   */
  | {
      readonly kind: 'stale-order';
      readonly resource: string;
      readonly node: number;
      readonly forMs: number;
    }
  /** Something is marked until soon, then the clock of the one that leads leaps. */
  | { readonly kind: 'leap'; readonly node: number; readonly byMs: number };

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
  readonly means: Means;
  /** Absent: no machine has one. */
  readonly watchdog?: WatchdogSetting;
  readonly noQuorumPolicy: 'stop' | 'freeze' | 'demote';
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

/**
 * What is special has a chance of its own, and a third of all runs are without it: there a seed tells
 * the same story as ever.
 */
export function drawPlan(seed: number): Plan {
  const random = new Random(seed);
  const special = new Random(seed + 0x5eed_0000);
  const isPlain = special.below(3) === 0;
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
    ...(isPlain ? plainSetting : drawSetting(special, nodes)),
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
  for (let count = isPlain ? 0 : special.between(1, 4); count > 0; count -= 1) {
    const atMs = special.between(faultsMsMin + 2000, healAtMs);
    faults.push({ atMs, fault: drawSpecial(special, nodes, profile) });
  }
  faults.sort((left, right) => left.atMs - right.atMs);
  return { seed, nodes, profile, faults, healAtMs };
}

const plainSetting = { means: 'power', noQuorumPolicy: 'stop' } as const;

type Setting = Pick<Profile, 'means' | 'watchdog' | 'noQuorumPolicy'>;

/** What must not be counted on, as the only means, is rare: nothing is started there. */
function drawSetting(random: Random, nodes: number): Setting {
  const means = random.pick<Means>(
    nodes === 2
      ? ['power', 'plugs', 'plugs', 'both', 'both', 'watchdog']
      : ['power', 'plugs', 'watchdog', 'watchdog', 'both', 'both'],
  );
  const noQuorumPolicy = random.pick<Profile['noQuorumPolicy']>([
    ...(['stop', 'stop', 'stop', 'stop', 'stop', 'stop', 'stop', 'stop'] as const),
    'freeze',
    'demote',
  ]);
  if (means === 'power' || means === 'plugs') return { means, noQuorumPolicy };
  const watchdog = {
    timeoutMs: 1000 * random.between(2, 6),
    proofAgeMs: 1000 * random.pick([1, 1, 2, 3]),
    isVirtual: random.percent(means === 'both' ? 25 : 8),
  };
  return { means, noQuorumPolicy, watchdog };
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
