/**
 * Messages of the open view that were delivered before. Their senders number them, and every member of
 * the engine's view, joiners too, hears all of them from the view's opening on, in one order: so all
 * refuse the same ones. (What forms a view is bound to its round, and said twice it means nothing.)
 */
import type { NodeName } from '../model/ids.ts';
import type { Message } from './messages.ts';
import type { Draft } from './state.ts';

/** Takes note of the message's number as well. */
export function isReplayed<S, C>(draft: Draft<S, C>, from: NodeName, message: Message): boolean {
  const number = numberOf(draft, message);
  if (number === undefined) return false;
  const key = `${message.kind} ${from}`;
  const newest = draft.newestNumbers[key];
  if (newest !== undefined && number <= newest) return true;
  draft.newestNumbers = { ...draft.newestNumbers, [key]: number };
  return false;
}

/** Undefined for what belongs to another view, which changes nothing anyway. */
function numberOf<S, C>({ group }: Draft<S, C>, message: Message): number | undefined {
  switch (message.kind) {
    case 'command':
      return message.view === group?.view ? message.number : undefined;
    case 'ack':
      return message.view === group?.view ? message.index : undefined;
    case 'heartbeat':
      return message.view === group?.view || message.view === '' ? message.number : undefined;
    default:
      return undefined;
  }
}
