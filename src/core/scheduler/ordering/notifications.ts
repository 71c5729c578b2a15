/**
 * Notifications of clones with notify=true: all active instances hear of a start, stop, promotion or
 * demotion before and after it ("Clone Resource Agent Requirements", notify). They follow from what
 * stands after the fixpoint, and add order only.
 */
import { DONE } from '../actions/collective.ts';
import { point } from '../actions/operations.ts';
import { isLostGuest } from '../assignment/hosts.ts';
import { primitivesOf, ROLE } from '../world.ts';
import type { Host, Unit, World } from '../world.ts';
import { FLAG, isBlocked, isRequired, KIND, stands } from './table.ts';
import type { Action } from './table.ts';

const TASKS = ['demote', 'stop', 'start', 'promote'] as const;
type Task = (typeof TASKS)[number];

export function addNotifications(world: World): void {
  for (const clone of world.units) {
    if (clone.kind !== 'clone' || !clone.notify) continue;
    const frames = new Map<Task, Frame>();
    for (const task of TASKS) {
      const frame = addFrame(world, clone, task);
      if (frame !== undefined) frames.set(task, frame);
    }
    orderFrames(world, frames);
  }
}

interface Frame {
  readonly pre: Action;
  readonly preDone: Action;
  readonly post: Action;
  readonly postDone: Action;
}

/** The four points around a clone's task; undefined where none of its instances does it. */
function addFrame(world: World, clone: Unit, task: Task): Frame | undefined {
  const tasks = primitivesOf(clone).flatMap((part) => world.actions.ofTask(part, task));
  const wanted = tasks.filter((action) => isRequired(action) && isOfManaged(action));
  if (wanted.length === 0) return undefined;
  const done = DONE[task] ?? task;
  const before = point(world, clone, task);
  const after = point(world, clone, done);
  const frame: Frame = {
    pre: framePoint(world, clone, `pre_notify_${task}`),
    preDone: framePoint(world, clone, `confirmed-pre_notify_${task}`),
    post: framePoint(world, clone, `post_notify_${done}`),
    postDone: framePoint(world, clone, `confirmed-post_notify_${done}`),
  };
  const { actions } = world;
  actions.relate(frame.pre, frame.preDone, KIND.order);
  actions.relate(frame.preDone, before, KIND.order);
  actions.relate(after, frame.post, KIND.order);
  // A later member of a group may change its role without the others, and so without the group.
  for (const action of wanted) actions.relate(action, frame.post, KIND.order);
  actions.relate(frame.post, frame.postDone, KIND.order);
  // Where nothing can be done there is nothing to tell, only an order.
  if (wanted.some(stands)) {
    for (const part of primitivesOf(clone)) notifyPart(world, part, task, frame);
  }
  followers(world, after, frame.postDone);
  delayMonitors(world, primitivesOf(clone), frame.postDone);
  return frame;
}

const isOfManaged = (action: Action): boolean => action.unit?.managed ?? true;

function framePoint(world: World, clone: Unit, task: string): Action {
  const action = point(world, clone, task);
  action.flags |= FLAG.required;
  return action;
}

function notifyPart(world: World, part: Unit, task: Task, frame: Frame): void {
  const down = task === 'stop' || task === 'demote';
  if (down) {
    const stopping = world.actions.ofTask(part, 'stop').some(stands);
    for (const host of part.activeOn) {
      notify(world, part, host, { when: 'pre', task, frame });
      if (task === 'demote' || !stopping) notify(world, part, host, { when: 'post', task, frame });
    }
    return;
  }
  const host = part.assigned;
  if (host === undefined || part.nextRole === undefined || part.nextRole === ROLE.stopped) return;
  if (world.actions.ofTask(part, 'start').some(isBlocked)) return;
  const starting = world.actions.ofTask(part, 'start').some(stands);
  if (task === 'promote' || !starting) notify(world, part, host, { when: 'pre', task, frame });
  notify(world, part, host, { when: 'post', task, frame });
}

interface Notice {
  readonly when: 'pre' | 'post';
  readonly task: Task;
  readonly frame: Frame;
}

function notify(world: World, part: Unit, host: Host, { when, task, frame }: Notice): void {
  if (!host.online || host.unclean || host.held || !part.managed || isLostGuest(host)) return;
  const action = world.actions.once(`${part.index} ${when}_notify_${task} ${host.index}`, () =>
    world.actions.add({
      unit: part,
      host,
      task: 'notify',
      name: `${part.id}_${when}_notify_${task}_0`,
    }),
  );
  action.of = task;
  action.when = when;
  action.flags |= FLAG.required;
  action.reason = `instances are notified ${when === 'pre' ? 'before' : 'after'} the ${task}`;
  const [before, after] =
    when === 'pre' ? [frame.pre, frame.preDone] : [frame.post, frame.postDone];
  world.actions.relate(before, action, KIND.order);
  world.actions.relate(action, after, KIND.order);
}

/** What is ordered after the clone's task waits for the confirmation of its notifications. */
function followers(world: World, after: Action, postDone: Action): void {
  const { actions } = world;
  for (const relation of actions.outgoing(after)) {
    if (((actions.kinds[relation] ?? 0) & KIND.explicit) === 0) continue;
    actions.relate(postDone, actions.at(actions.thens[relation] ?? 0), KIND.order);
  }
}

function delayMonitors(world: World, parts: readonly Unit[], postDone: Action): void {
  for (const part of parts) {
    for (const action of world.actions.ofUnit(part)) {
      if (action.intervalMs > 0 && action.task !== 'cancel') {
        world.actions.relate(postDone, action, KIND.order);
      }
    }
  }
}

/** Demotions are told to the end before stops begin, these before starts, these before promotions. */
function orderFrames(world: World, frames: ReadonlyMap<Task, Frame>): void {
  const pairs: readonly (readonly [Task, Task])[] = [
    ['stop', 'start'],
    ['start', 'promote'],
    ['stop', 'promote'],
    ['demote', 'promote'],
    ['demote', 'stop'],
    ['demote', 'start'],
  ];
  for (const [first, then] of pairs) {
    const a = frames.get(first);
    const b = frames.get(then);
    if (a !== undefined && b !== undefined) world.actions.relate(a.postDone, b.pre, KIND.order);
  }
}
