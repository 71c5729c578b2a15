/**
 * Heartbeats, and what is done about members that give none although their engine lives: when most
 * of the others accuse one, it is not waited for any more and left out of the view. It comes back by
 * itself when it is heard again. One way for a stopped, looping or too new daemon.
 */
import type { NodeName } from '../model/ids.ts';
import { monotonicMs } from '../model/ids.ts';
import { evaluate, startRound } from './gather.ts';
import { isMute, silentNodes } from './hearing.ts';
import type { Message } from './messages.ts';
import { roundOf } from './round.ts';
import { send } from './send.ts';
import type { Draft } from './state.ts';
import { nextNumber, self, stampOf } from './state.ts';

/** How often the members compare their states: a digest of a large state takes milliseconds. */
const markMs = 10_000;

export function tickHeartbeat<S, C>(draft: Draft<S, C>): void {
  const { engine, hearing, options, line, group } = draft;
  if (engine.ring === undefined || draft.nowMs < hearing.heartbeatAt) return;
  const holds = group?.holds === true;
  const mark = holds && line.opening?.dc === self(draft) && draft.nowMs >= hearing.markAt;
  draft.hearing = {
    ...hearing,
    heartbeatAt: monotonicMs(draft.nowMs + options.heartbeatMs),
    markAt: mark ? monotonicMs(draft.nowMs + markMs) : hearing.markAt,
    check: undefined,
  };
  const view = holds ? line.view : '';
  const check = hearing.check ?? null;
  const number = nextNumber(draft);
  // Outside the view it tells this node's own clock, for nothing in the line depends on it.
  const wall = view === '' ? draft.wallMs : stampOf(draft);
  send(draft, { kind: 'heartbeat', view, number, wall, mark, check });
}

export function tickSilence<S, C>(draft: Draft<S, C>): void {
  const news = silentNodes(draft).filter(
    (node) => !isMute(draft, node) && !draft.hearing.accused.includes(node),
  );
  for (const node of news) send(draft, { kind: 'accuse', view: draft.engine.view, node });
  if (news.length === 0) return;
  draft.hearing = { ...draft.hearing, accused: [...draft.hearing.accused, ...news] };
}

export function accuseDelivered<S, C>(
  draft: Draft<S, C>,
  from: NodeName,
  message: Extract<Message, { kind: 'accuse' }>,
): void {
  const { node, view } = message;
  const names = draft.engine.members.map((member) => member.node);
  if (view !== draft.engine.view || from === node || !names.includes(node)) return;
  if (isMute(draft, node)) return;
  const accusers = [...new Set([...(draft.hearing.accusers[node] ?? []), from])];
  const others = names.filter((each) => each !== node && !isMute(draft, each));
  draft.hearing = {
    ...draft.hearing,
    accusers: { ...draft.hearing.accusers, [node]: accusers },
  };
  if (2 * accusers.length <= others.length) return;
  draft.hearing = { ...draft.hearing, mute: [...draft.hearing.mute, node] };
  goOnWithout(draft, node);
}

/** Same decision on every member, at the same point of the order. */
function goOnWithout<S, C>(draft: Draft<S, C>, node: NodeName): void {
  const { gathering, group } = draft;
  const round = roundOf(draft);
  if (round === undefined) return;
  const counted = gathering?.outcome?.group ?? group?.opening.members ?? [];
  if (counted.some((each) => each.node === node)) startRound(draft, round + 1, false);
  else if (gathering !== undefined) evaluate(draft);
}
