/** Chance for the world: actions chosen by fast-check, and the time in between. */
import * as fc from 'fast-check';
import type { Choose } from './network.ts';
import type { Daemon, World } from './world.ts';

export type Action =
  | { readonly kind: 'steps'; readonly seed: number; readonly count: number }
  | { readonly kind: 'submit'; readonly node: number; readonly durable: boolean }
  | {
      readonly kind: 'crash';
      readonly node: number;
      readonly withNode: boolean;
      readonly seed: number;
    }
  | { readonly kind: 'start'; readonly node: number; readonly seed: number }
  | { readonly kind: 'divide'; readonly parts: readonly number[]; readonly seed: number }
  | { readonly kind: 'stop'; readonly node: number; readonly stopped: boolean }
  | { readonly kind: 'disk-fails'; readonly node: number; readonly seed: number }
  | { readonly kind: 'wait'; readonly ms: number };

/** A small generator (mulberry32): the same seed gives the same choices. */
export function chooser(seed: number): Choose {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const seed = fc.integer({ min: 0, max: 1 << 20 });

export function actions(nodes: number, length: number): fc.Arbitrary<readonly Action[]> {
  const node = fc.nat({ max: nodes - 1 });
  const parts = fc.array(fc.nat({ max: 1 }), { minLength: nodes, maxLength: nodes });
  const each = fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({
        kind: fc.constant('steps' as const),
        seed,
        count: fc.integer({ min: 1, max: 60 }),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('submit' as const), node, durable: fc.boolean() }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('crash' as const),
        node,
        withNode: fc.boolean(),
        seed,
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('start' as const), node, seed }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('divide' as const), parts, seed }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('stop' as const), node, stopped: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('disk-fails' as const), node, seed }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        ms: fc.integer({ min: 1, max: 4000 }),
      }),
    },
  );
  return fc.array(each, { minLength: 1, maxLength: length, size: 'max' });
}

export function act(world: World, action: Action, at: number): void {
  switch (action.kind) {
    case 'steps':
      return steps(world, chooser(action.seed), action.count);
    case 'submit': {
      const word = `w${at}`;
      world.submit(daemonAt(world, action.node), { kind: action.durable ? 'keep' : 'note', word });
      return undefined;
    }
    case 'crash':
      return world.crash(daemonAt(world, action.node), action.withNode, chooser(action.seed));
    case 'start':
      return world.start(daemonAt(world, action.node), chooser(action.seed));
    case 'divide':
      return world.network.divide(action.parts, chooser(action.seed));
    case 'stop':
      daemonAt(world, action.node).isStopped = action.stopped;
      return undefined;
    case 'disk-fails':
      world.finishDisk(daemonAt(world, action.node), chooser(action.seed));
      return undefined;
    case 'wait':
      return wait(world, action.ms);
    default:
      throw new Error('unknown action');
  }
}

function daemonAt(world: World, at: number): Daemon {
  return world.daemons[at] as Daemon;
}

/** Things happen in some order; time passes a little. */
export function steps(world: World, choose: Choose, count: number): void {
  for (let done = 0; done < count; done += 1) {
    const daemon = daemonAt(world, choose(world.daemons.length));
    const what = choose(12);
    if (what < 7) world.deliver(daemon);
    else if (what < 9) world.deliverQuorum(daemon);
    else if (what < 11) world.finishDisk(daemon);
    else world.tick(daemon);
    if (choose(4) === 0) world.nowMs += choose(20);
  }
}

/** Everything that is under way arrives, disks finish, until nothing moves. */
export function settle(world: World): void {
  for (let rounds = 0; rounds < 20_000; rounds += 1) {
    let moved = false;
    for (const daemon of world.daemons) {
      moved = world.deliverQuorum(daemon) || moved;
      moved = world.deliver(daemon) || moved;
      moved = world.finishDisk(daemon) || moved;
    }
    if (!moved) return;
    if (rounds % 20 === 0) world.nowMs += 1;
  }
  throw new Error('the world does not come to rest');
}

/** Time passes in ticks; what is due happens. */
export function wait(world: World, ms: number): void {
  const end = world.nowMs + ms;
  while (world.nowMs < end) {
    world.nowMs = Math.min(end, world.nowMs + 250);
    for (const daemon of world.daemons) world.tick(daemon);
    settle(world);
  }
}

/** Everything works again: all must come together and agree. */
export function heal(world: World): void {
  const choose = chooser(7);
  for (const daemon of world.daemons) daemon.isStopped = false;
  world.network.divide(
    world.daemons.map(() => 0),
    choose,
  );
  for (const daemon of world.daemons) {
    if (daemon.replica?.alone !== undefined) world.crash(daemon, false, choose);
    world.start(daemon, choose);
  }
  wait(world, 70_000);
  world.checker.converged(world.daemons);
}
