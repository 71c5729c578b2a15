/** Messages of the open view, in the line that this replica holds. */
import type { NodeName } from '../model/ids.ts';
import { appendRecord } from './disk.ts';
import { startJoining } from './joining.ts';
import type { InView } from './line.ts';
import { deliver } from './line.ts';
import { answerApplied, ownDelivered } from './pending.ts';
import { encodeEntry } from './records.ts';
import { askForGather } from './round.ts';
import type { Draft } from './state.ts';
import { note, refuse, self } from './state.ts';
import { mayRead } from './unable.ts';

/** Whatever is delivered outside the view that it names changes nothing. */
export function inViewDelivered<S, C>(
  draft: Draft<S, C>,
  from: NodeName,
  message: InView,
  digest: string,
): void {
  const { group } = draft;
  if (group === undefined || message.view !== group.view) return;
  if (!group.holds) {
    keepForLater(draft, from, message, digest);
    return;
  }
  const moved = deliver(draft.machine, draft.line, from, message, digest);
  if (!mayRead(draft, moved.line)) return startJoining(draft, group.opening);
  draft.line = moved.line;
  if (from === group.opening.dc) draft.stamp = { time: message.wall, atMs: draft.nowMs };
  for (const event of moved.events) {
    if (event.kind === 'ordered') {
      const { entry } = event;
      appendRecord(draft, encodeEntry(entry), { index: entry.index });
    }
    if (event.kind === 'refused') {
      const text = `a command of ${from}: ${event.reason}`;
      refuse(draft, 'command', { code: `command ${from}`, text });
    }
  }
  if (message.kind === 'command' && from === self(draft)) {
    ownDelivered(draft, message.number, moved.events);
  }
  answerApplied(draft, moved.events);
  if (message.kind === 'heartbeat') compareStates(draft, from, message);
}

/** A joiner does it after the snapshot, if it came after the cut. */
function keepForLater<S, C>(
  draft: Draft<S, C>,
  from: NodeName,
  message: InView,
  digest: string,
): void {
  const { joining } = draft;
  if (joining?.incoming === undefined) return;
  const { incoming } = joining;
  const length = message.kind === 'command' ? message.text.length : 0;
  draft.joining = {
    ...joining,
    incoming: {
      ...incoming,
      queue: [...incoming.queue, { kind: 'message', from, message, digest }],
      chars: incoming.chars + length,
    },
  };
}

/**
 * At some of the DC's heartbeats each member notes its state, and tells it with its own next one.
 * Equal places with different states: a round separates those who differ, before it spreads.
 */
function compareStates<S, C>(
  draft: Draft<S, C>,
  from: NodeName,
  message: Extract<InView, { kind: 'heartbeat' }>,
): void {
  const { hearing, line } = draft;
  const { check } = message;
  if (check !== null && hearing.noted?.mark === check.mark && hearing.noted.state !== check.state) {
    note(draft, 'diverged', `the state of ${from} differs from this node's`);
    askForGather(draft);
  }
  if (from !== line.opening?.dc || !message.mark) return;
  const noted = { mark: line.chain, state: draft.machine.digest(line.state) };
  draft.hearing = { ...draft.hearing, noted, check: noted };
}
