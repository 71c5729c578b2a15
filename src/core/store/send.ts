/** Messages on their way out, cut to the engine's limit. */
import { cutIntoParts } from '../wire/parts.ts';
import type { Message } from './messages.ts';
import { encodeMessage } from './messages.ts';
import type { Draft } from './state.ts';
import { nextNumber } from './state.ts';

export function send<S, C>(draft: Draft<S, C>, message: Message): void {
  const text = encodeMessage(message);
  const { messageBytesMax } = draft.options.engine;
  for (const part of cutIntoParts(text, messageBytesMax, `m${nextNumber(draft)}`)) {
    draft.outputs.push({ kind: 'send', text: part });
  }
}
