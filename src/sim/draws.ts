/** What goes wrong, how often among all, and how it is drawn. */
import { uniqueResources, variants } from './configuration.ts';
import type { Trick } from './machine.ts';
import { containable, holds } from './holds.ts';
import type { Fault, Profile, SpecialFault } from './fault.ts';
import type { Random } from './random.ts';

export function drawFault(random: Random, nodes: number): Fault {
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

/** Those of watchdogs only where there are any. */
export function drawSpecial(random: Random, nodes: number, profile: Profile): SpecialFault {
  const able = profile.watchdog === undefined ? specials : [...watchdogFaults, ...specials];
  return random.pick(able)(random, random.below(nodes));
}

type Draw = (random: Random, node: number, forMs: number, nodes: number) => Fault;

const resourceOf = (random: Random): string => random.pick([...uniqueResources, 'agent']);

const tricks: readonly Trick[] = ['fails', 'fails', 'fails-done', 'hangs', 'hangs-done', 'lies'];
const movable: readonly string[] = ['db', 'web', 'stack', 'vm', 'vm', 'guest', 'guest'];

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

type DrawSpecial = (random: Random, node: number) => SpecialFault;

/** Most of what is left: it shall be as late as it can. */
const drawPercent = (random: Random): number => random.between(80, 99);

const watchdogFaults: readonly DrawSpecial[] = [
  (random, node) => ({ kind: 'held-feeder', node, percent: drawPercent(random) }),
  (random, node) => ({
    kind: 'starve',
    node,
    percent: drawPercent(random),
    forMs: random.between(12_000, 30_000),
  }),
  (random, node) => ({
    kind: 'starve',
    node,
    percent: drawPercent(random),
    forMs: random.between(12_000, 30_000),
  }),
  (_random, node) => ({ kind: 'kill-feeder', node }),
];

const drawStuck: DrawSpecial = (random, node) => ({
  kind: 'stuck',
  resource: random.pick(['web', 'one', 'two', 'vm']),
  node,
});

const drawStaleOrder: DrawSpecial = (random, node) => ({
  kind: 'stale-order',
  resource: random.pick(['one', 'two', 'three', 'four']),
  node,
  forMs: random.between(5000, 10_000),
});

const specials: readonly DrawSpecial[] = [
  drawStuck,
  drawStuck,
  drawStaleOrder,
  drawStaleOrder,
  (random, node) => ({ kind: 'want-off', node, afterMs: random.between(500, 9000) }),
  (random, node) => ({ kind: 'want-off', node, afterMs: random.between(500, 9000) }),
  (random, node) => ({ kind: 'rehearse', node, forReal: random.percent(70) }),
  (_random, node) => ({ kind: 'confirm', node }),
  (random, node) => ({
    kind: 'maintain',
    what: random.pick(['node', ...movable]),
    node,
    forMs: random.between(12_000, 40_000),
  }),
  (random, node) => ({
    kind: 'maintain',
    what: random.pick(['node', ...movable]),
    node,
    forMs: random.between(12_000, 40_000),
  }),
  (random, node) => ({ kind: 'leap', node, byMs: random.between(60_000, 600_000) }),
];

/** Of what the run was drawn for. */
export function drawProvoked(
  random: Random,
  nodes: number,
  { contains, loopLimit, areMovesLong, pillDisks, means, watchdog }: Profile,
): SpecialFault {
  const able: readonly DrawProvoked[] = [
    drawForget,
    ...(contains === true ? [drawUnstoppable, drawUnstoppable] : []),
    ...(loopLimit === undefined ? [] : [drawLoop]),
    ...(areMovesLong === true ? [drawRecall, drawRecall] : []),
    ...(pillDisks === undefined ? [] : [drawLostDisks, drawLostDisks]),
    // What counts on nothing but the time must be as late as it can.
    ...(watchdog === undefined || means === 'both' ? [] : [drawLateFeeding, drawLateFeeding]),
  ];
  return random.pick(able)(random, random.below(nodes));
}

type DrawProvoked = (random: Random, node: number) => SpecialFault;

const drawLateFeeding: DrawProvoked = (random, node) => ({
  kind: 'starve',
  node,
  percent: random.between(92, 99),
  forMs: random.between(15_000, 30_000),
});

const drawForget: DrawProvoked = (random, node) => ({
  kind: 'forget',
  node,
  isOff: random.percent(60),
  afterMs: random.between(6000, 20_000),
  forMs: random.between(20_000, 40_000),
});

const drawUnstoppable: DrawProvoked = (random, node) => ({
  kind: 'unstoppable',
  resource: random.pick(containable),
  node,
  how: random.pick(holds),
  hangs: random.percent(40),
});

const drawLoop: DrawProvoked = (random, node) => ({
  kind: 'loop',
  node,
  count: random.between(2, 4),
});

const drawRecall: DrawProvoked = (random, node) => ({
  kind: 'recall',
  resource: random.pick(['guest', 'guest', 'vm']),
  node,
  afterMs: random.between(300, 4000),
});

const drawLostDisks: DrawProvoked = (random, node) => ({
  kind: 'lose-disks',
  node,
  count: random.between(1, 3),
  forMs: random.between(1000, 20_000),
});
