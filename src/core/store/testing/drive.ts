/** Chance for the world: actions chosen by fast-check, and the time in between. */
import * as fc from 'fast-check';
import { assertNever } from '../../model/ids.ts';
import type { Choose } from './network.ts';
import type { Daemon } from './daemon.ts';
import type { World } from './world.ts';

export type Action =
  /** Things happen in some order; slow disks finish nothing. */
  | {
      readonly kind: 'steps';
      readonly seed: number;
      readonly count: number;
      readonly slowDisks: boolean;
    }
  | {
      readonly kind: 'submit';
      readonly node: number;
      readonly durable: boolean;
      readonly count: number;
    }
  | {
      readonly kind: 'crash';
      readonly node: number;
      readonly withNode: boolean;
      readonly seed: number;
    }
  | { readonly kind: 'start'; readonly node: number; readonly seed: number }
  | { readonly kind: 'divide'; readonly parts: readonly number[]; readonly seed: number }
  /** The daemon is stopped for a while; the first it gets afterwards is a command. */
  | { readonly kind: 'stall'; readonly node: number; readonly ms: number }
  | { readonly kind: 'disk-fails'; readonly node: number; readonly seed: number }
  | { readonly kind: 'wait'; readonly ms: number }
  /** All that is under way arrives. */
  | { readonly kind: 'settle' }
  /** All nodes lose power at once; all start again, or all but one. */
  | { readonly kind: 'power-loss'; readonly seed: number; readonly missing: number };

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
  const some: readonly (readonly [number, fc.Arbitrary<Action>])[] = [
    [12, fc.record({ kind: word('steps'), seed, count: upTo(60), slowDisks: fc.boolean() })],
    [8, fc.record({ kind: word('submit'), node, durable: mostly, count: upTo(3) })],
    [3, fc.record({ kind: word('crash'), node, withNode: fc.boolean(), seed })],
    [4, fc.record({ kind: word('start'), node, seed })],
    [4, fc.record({ kind: word('divide'), parts: partsOf(nodes), seed })],
    [1, fc.record({ kind: word('stall'), node, ms: upTo(9000) })],
    [1, fc.record({ kind: word('disk-fails'), node, seed })],
    [1, fc.record({ kind: word('wait'), ms: upTo(4000) })],
    [5, fc.record({ kind: word('settle') })],
    [1, fc.record({ kind: word('power-loss'), seed, missing: fc.nat({ max: nodes }) })],
  ];
  const each = fc.oneof(...some.map(([weight, arbitrary]) => ({ weight, arbitrary })));
  return fc.array(each, { minLength: 1, maxLength: length, size: 'max' });
}

const word = <const W extends string>(name: W): fc.Arbitrary<W> => fc.constant(name);
const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
const mostly = fc.constantFrom(true, true, true, false);
const partsOf = (nodes: number): fc.Arbitrary<readonly number[]> =>
  fc.oneof(
    fc.constant(Array.from({ length: nodes }, () => 0)),
    fc.array(fc.nat({ max: 1 }), { minLength: nodes, maxLength: nodes }),
  );

export function act(world: World, action: Action, at: number): void {
  switch (action.kind) {
    case 'steps':
      return steps(world, chooser(action.seed), action.count, action.slowDisks);
    case 'submit':
      for (let one = 0; one < action.count; one += 1) {
        submit(world, action.node, action.durable, `w${at}.${one}`);
      }
      return undefined;
    case 'crash':
      return crash(world, daemonAt(world, action.node), action.withNode, chooser(action.seed));
    case 'start':
      return world.start(daemonAt(world, action.node), chooser(action.seed));
    case 'divide':
      return world.network.divide(action.parts, chooser(action.seed));
    case 'stall':
      return stall(world, daemonAt(world, action.node), action.ms, `s${at}`);
    case 'disk-fails':
      world.finishDisk(daemonAt(world, action.node), chooser(action.seed));
      return undefined;
    case 'wait':
      return wait(world, action.ms);
    case 'settle':
      return settle(world);
    case 'power-loss':
      return losePower(world, chooser(action.seed), action.missing);
    default:
      return assertNever(action);
  }
}

function submit(world: World, node: number, durable: boolean, text: string): void {
  world.submit(daemonAt(world, node), { kind: durable ? 'keep' : 'note', word: text });
}

function stall(world: World, daemon: Daemon, ms: number, text: string): void {
  daemon.isStopped = true;
  wait(world, ms);
  daemon.isStopped = false;
  world.submit(daemon, { kind: 'keep', word: text });
}

function losePower(world: World, choose: Choose, missing: number): void {
  for (const daemon of world.daemons) crash(world, daemon, true, choose);
  for (const [at, daemon] of world.daemons.entries()) {
    if (at !== missing) world.start(daemon, choose);
  }
}

/** Corosync writes a ring's number without waiting for the disk: with the power the last may go. */
function crash(world: World, daemon: Daemon, withNode: boolean, choose: Choose): void {
  world.crash(daemon, withNode, choose);
  if (withNode) world.network.forgetRings(daemon.node, choose(3));
}

function daemonAt(world: World, at: number): Daemon {
  return world.daemons[at] as Daemon;
}

/** Things happen in some order; time passes a little. */
export function steps(world: World, choose: Choose, count: number, slowDisks: boolean): void {
  for (let done = 0; done < count; done += 1) {
    const daemon = daemonAt(world, choose(world.daemons.length));
    const what = choose(12);
    if (what < 7) world.deliver(daemon);
    else if (what < 9) world.deliverQuorum(daemon);
    else if (what < 11 && !slowDisks) world.finishDisk(daemon);
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
    world.network.receiveAll();
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
