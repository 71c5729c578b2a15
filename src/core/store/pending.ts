/** This node's own commands, from submission to their answer. Each tagged one is answered once. */
import type { LineEvent } from './line.ts';
import { deliver } from './line.ts';
import { send } from './send.ts';
import { commandCharsMax } from './shapes.ts';
import type { Draft, Pending } from './state.ts';
import { isMember, nextNumber, note, self, stampOf } from './state.ts';
import type { StoreInput, StoreOutput } from './types.ts';

type Submit<C> = Extract<StoreInput<C>, { kind: 'submit' }>;
type Result = Extract<StoreOutput, { kind: 'answer' }>['result'];

/** How long a command waits for a view that takes it. */
const queuedMsMax = 10_000;
/** How long the outcome of a sent command is waited for while the view stays open. */
const sentMsMax = 60_000;

export function submit<S, C>(draft: Draft<S, C>, input: Submit<C>): void {
  const text = draft.machine.encodeCommand(input.command);
  const pending: Pending = {
    number: nextNumber(draft),
    text,
    durable: input.durable,
    tag: input.tag,
    sinceMs: draft.nowMs,
    index: 0,
  };
  const reason = levelProblem(draft, input.command) ?? whyNot(draft, pending);
  if (reason !== undefined) {
    if (input.tag === undefined)
      note(draft, 'command-dropped', `a command was not taken: ${reason}`);
    answer(draft, pending, { kind: 'refused', reason });
  } else if (draft.alone !== undefined) applyAlone(draft, pending);
  else if (isMember(draft)) sendCommand(draft, pending);
  else draft.pending = { ...draft.pending, queued: [...draft.pending.queued, pending] };
}

/** A member of an older program could not read it, and would go on without it. */
function levelProblem<S, C>({ machine, line }: Draft<S, C>, command: C): string | undefined {
  const wanted = machine.levelOf(command);
  const level = machine.level(line.state);
  if (wanted <= level) return undefined;
  return (
    `this needs feature level ${wanted}, and the cluster is at ${level}: ` +
    'it rises by itself when all nodes run the new version'
  );
}

function whyNot<S, C>(draft: Draft<S, C>, { text, durable }: Pending): string | undefined {
  const { queued, sent, ordered } = draft.pending;
  const { pendingCommandsMax } = draft.options;
  if (text.length > commandCharsMax) {
    return `the change is longer than ${commandCharsMax} characters`;
  }
  if (queued.length + sent.length + ordered.length >= pendingCommandsMax) {
    return `${pendingCommandsMax} changes of this node are waiting already; try again later`;
  }
  if (draft.unreadable !== undefined) {
    return `the data on this node's disk cannot be read: ${draft.unreadable}`;
  }
  return durable ? whyNotDurable(draft) : undefined;
}

function whyNotDurable<S, C>(draft: Draft<S, C>): string | undefined {
  if (draft.alone !== undefined) return `this node has lost the cluster: ${draft.alone}`;
  const { group } = draft;
  if (group === undefined || !group.holds || group.opening.acting) return undefined;
  if (!group.opening.quorate) return 'the cluster has no quorum here';
  if (group.verdict.kind !== 'frozen') return 'the cluster may not be changed now';
  const { reason, waitsFor } = group.verdict;
  return `the cluster is frozen: ${reason}; waits for ${waitsFor.join(', ')}`;
}

function sendCommand<S, C>(draft: Draft<S, C>, pending: Pending): void {
  const { number, durable, text } = pending;
  draft.pending = { ...draft.pending, sent: [...draft.pending.sent, pending] };
  send(draft, {
    kind: 'command',
    view: draft.line.view,
    number,
    durable,
    wall: stampOf(draft),
    text,
  });
}

/** Without the engine volatile commands loop back; nobody else takes part. */
function applyAlone<S, C>(draft: Draft<S, C>, pending: Pending): void {
  const { number, text } = pending;
  const wall = stampOf(draft);
  const message = { kind: 'command', view: '', number, durable: false, wall, text } as const;
  const moved = deliver(draft.machine, draft.line, self(draft), message, String(number));
  draft.line = moved.line;
  for (const event of moved.events) answerEvent(draft, pending, event);
}

/** What became of this node's own command that was just delivered. */
export function ownDelivered<S, C>(
  draft: Draft<S, C>,
  number: number,
  events: readonly LineEvent[],
): void {
  const { sent, ordered } = draft.pending;
  const pending = sent.find((each) => each.number === number);
  if (pending === undefined) return;
  draft.pending = { ...draft.pending, sent: sent.filter((each) => each !== pending) };
  for (const event of events) {
    if (event.kind === 'ordered') {
      const placed = { ...pending, index: event.entry.index };
      draft.pending = { ...draft.pending, ordered: [...ordered, placed] };
    } else {
      answerEvent(draft, pending, event);
    }
  }
}

/** Answers those whose commands were applied. */
export function answerApplied<S, C>(draft: Draft<S, C>, events: readonly LineEvent[]): void {
  for (const event of events) {
    if (event.kind !== 'applied') continue;
    const { ordered } = draft.pending;
    const pending = ordered.find((each) => each.index === event.index);
    if (pending === undefined) continue;
    draft.pending = { ...draft.pending, ordered: ordered.filter((each) => each !== pending) };
    answerEvent(draft, pending, event);
  }
}

function answerEvent<S, C>(draft: Draft<S, C>, pending: Pending, event: LineEvent): void {
  if (event.kind === 'refused') answer(draft, pending, event);
  if (event.kind !== 'applied' && event.kind !== 'done') return;
  answer(draft, pending, { kind: 'applied', answer: event.answer, index: event.index });
}

export function answer<S, C>(
  draft: Draft<S, C>,
  pending: { readonly tag: string | undefined },
  result: Result,
): void {
  if (pending.tag === undefined) return;
  draft.outputs.push({ kind: 'answer', tag: pending.tag, result });
}

/**
 * The line goes on in a new view: what was sent and not delivered in the old one has certainly not
 * been done in this line, and is sent again. A view that may not act decides nothing about durable
 * commands: another part of the cluster may have taken them.
 */
export function pendingInNewView<S, C>(draft: Draft<S, C>, acting: boolean): void {
  const { queued, sent, ordered } = draft.pending;
  draft.pending = { queued: [], sent: [], ordered: [] };
  const unsure = acting ? [] : [...ordered, ...sent.filter((each) => each.durable)];
  const refused = acting ? [] : queued.filter((each) => each.durable);
  for (const each of unsure)
    answer(draft, each, unknown('the view changed before it was committed'));
  for (const each of refused) {
    answer(draft, each, {
      kind: 'refused',
      reason: whyNotDurable(draft) ?? 'the view may not act',
    });
  }
  const again = [...sent, ...queued].filter((each) => acting || !each.durable);
  if (!isMember(draft)) draft.pending = { ...draft.pending, queued: again };
  else for (const each of again) sendCommand(draft, each);
}

/** Another line goes on: nothing of this one may be sent again. */
export function abandonPending<S, C>(draft: Draft<S, C>): void {
  const { queued, sent, ordered } = draft.pending;
  draft.pending = { queued: [], sent: [], ordered: [] };
  for (const each of [...ordered, ...sent]) {
    answer(draft, each, unknown('this node fell behind the cluster before it was committed'));
  }
  const reason = 'this node has to get the state of the cluster first';
  for (const each of queued) answer(draft, each, { kind: 'refused', reason });
}

/** The engine is gone: volatile commands are done here, the fate of durable ones is unknown. */
export function pendingAlone<S, C>(draft: Draft<S, C>, reason: string): void {
  const { queued, sent, ordered } = draft.pending;
  draft.pending = { queued: [], sent: [], ordered: [] };
  for (const each of [...ordered, ...sent, ...queued]) {
    if (!each.durable) applyAlone(draft, each);
    else if (queued.includes(each)) answer(draft, each, { kind: 'refused', reason });
    else answer(draft, each, unknown(reason));
  }
}

/** Nobody waits for ever. */
export function tickPending<S, C>(draft: Draft<S, C>): void {
  const { queued, sent, ordered } = draft.pending;
  const late = (limit: number) => (each: Pending) => draft.nowMs - each.sinceMs > limit;
  const tooLong = queued.filter(late(queuedMsMax));
  const lost = [...ordered, ...sent].filter(late(sentMsMax));
  if (tooLong.length + lost.length === 0) return;
  draft.pending = {
    queued: queued.filter((each) => !tooLong.includes(each)),
    sent: sent.filter((each) => !lost.includes(each)),
    ordered: ordered.filter((each) => !lost.includes(each)),
  };
  const reason = `no view has taken it for ${queuedMsMax / 1000} s`;
  for (const each of tooLong) answer(draft, each, { kind: 'refused', reason });
  for (const each of lost) answer(draft, each, unknown(`not committed for ${sentMsMax / 1000} s`));
}

function unknown(reason: string): Result {
  return { kind: 'unknown', reason };
}
