/** Bundles in the order: points around the containers and the inner clone. */
import { FLAG, isRequired, KIND } from '../ordering/table.ts';
import type { Action } from '../ordering/table.ts';
import { orderPair } from '../ordering/remotes.ts';
import { primitivesOf } from '../world.ts';
import type { Unit, World } from '../world.ts';
import { DONE, entries, exits, probesOf } from './collective.ts';
import { point } from './operations.ts';

export function relateBundle(world: World, bundle: Unit): void {
  const settings = bundle.bundle;
  if (settings === undefined) return;
  const { replicas, inner } = settings;
  for (const replica of replicas) {
    if (replica.address !== undefined) orderPair(world, replica.address, replica.container);
    if (replica.connection !== undefined) orderPair(world, replica.container, replica.connection);
  }
  if (settings.perHostMax === 1) probeBeforeOthers(world, bundle);
  frameUp(world, bundle, inner);
  frameDown(world, bundle, inner);
  if (inner?.clone?.promotable === true) framePromotion(world, bundle, inner);
}

/** A replica may be found running where another one is to start: the probe comes first. */
function probeBeforeOthers(world: World, bundle: Unit): void {
  const containers = (bundle.bundle?.replicas ?? []).map((replica) => replica.container);
  const starts = containers.flatMap((container) => world.actions.ofTask(container, 'start'));
  for (const probe of containers.flatMap((container) => probesOf(world, container))) {
    for (const start of starts) {
      if (start.unit !== probe.unit && start.host === probe.host) {
        world.actions.relate(probe, start, KIND.order);
      }
    }
  }
}

function frameUp(world: World, bundle: Unit, inner: Unit | undefined): void {
  const { actions } = world;
  const before = point(world, bundle, 'start');
  const after = point(world, bundle, 'running');
  after.minimum = 1;
  let possible = 0;
  for (const { container } of bundle.bundle?.replicas ?? []) {
    for (const start of actions.ofTask(container, 'start')) {
      actions.relate(before, start, KIND.needs);
      actions.relate(start, after, KIND.causes | KIND.oneOfMany);
      possible += 1;
    }
    if (inner === undefined || !isToStart(container)) continue;
    for (const probe of probesOf(world, container)) {
      actions.relate(probe, point(world, inner, 'start'), KIND.order);
    }
  }
  if (possible === 0) {
    after.flags |= FLAG.blocked;
    after.blockReason ??= `no replica of ${bundle.id} can run`;
  }
  if (inner === undefined) return;
  actions.relate(before, point(world, inner, 'start'), KIND.needs);
  actions.relate(point(world, inner, 'running'), after, KIND.causes);
}

/** It goes where it is not: what its probe finds may be in the way of what starts in it. */
const isToStart = ({ assigned, activeOn }: Unit): boolean =>
  assigned !== undefined && !activeOn.includes(assigned);

function frameDown(world: World, bundle: Unit, inner: Unit | undefined): void {
  const { actions } = world;
  const before = point(world, bundle, 'stop');
  const after = point(world, bundle, 'stopped');
  for (const { container } of bundle.bundle?.replicas ?? []) {
    for (const stop of actions.ofTask(container, 'stop')) {
      actions.relate(before, stop, KIND.needs);
      actions.relate(stop, after, KIND.causes);
    }
  }
  if (inner === undefined) return;
  for (const entry of entries(world, inner, 'stop')) actions.relate(before, entry, KIND.needs);
  for (const part of inner.children) {
    for (const stop of actions.ofTask(part, 'stop')) actions.relate(before, stop, KIND.order);
  }
  for (const exit of exits(world, inner, 'stop')) actions.relate(exit, after, KIND.causes);
}

function framePromotion(world: World, bundle: Unit, inner: Unit): void {
  const { actions } = world;
  const at = (task: string): Action => point(world, bundle, task);
  for (const task of ['promote', 'demote'] as const) {
    const done = DONE[task] ?? task;
    actions.relate(at(task), point(world, inner, task), KIND.needs);
    const kinds = task === 'promote' ? KIND.causes | KIND.blocks : KIND.causes;
    actions.relate(point(world, inner, done), at(done), kinds);
  }
  if (startsAnew(world, bundle)) actions.relate(at('stopped'), at('start'), KIND.order);
  actions.relate(at('running'), at('promote'), KIND.order);
  actions.relate(at('stopped'), at('promote'), KIND.order);
  actions.relate(at('demoted'), at('promote'), KIND.order);
  actions.relate(at('demoted'), at('stop'), KIND.order);
  actions.relate(at('demoted'), at('start'), KIND.order);
}

/** Something of it is to be started where it is not, and not only as the second half of a restart. */
const startsAnew = (world: World, bundle: Unit): boolean =>
  primitivesOf(bundle).some((part) => world.actions.ofTask(part, 'start').some(isRequired));
