/** Messages on their way to the engine, in order; those that it refuses wait for the next turn. */
import type { Engine } from '../engine/engine.ts';

export interface Outbox {
  send(text: string): void;
  /** Tries what waits again. */
  flush(): void;
  readonly waiting: number;
}

/** Beyond this the engine has stood still for longer than the store's own limits explain. */
const WAITING_MAX = 8192;

export function createOutbox(
  engine: Pick<Engine, 'send'>,
  onFatal: (error: Error) => void,
): Outbox {
  let waiting: string[] = [];
  const flush = (): void => {
    let sent = 0;
    while (sent < waiting.length && engine.send(waiting[sent] as string) === 'queued') sent += 1;
    if (sent > 0) waiting = waiting.slice(sent);
  };
  return {
    send: (text) => {
      if (waiting.length === 0 && engine.send(text) === 'queued') return;
      waiting.push(text);
      if (waiting.length > WAITING_MAX) {
        onFatal(new Error(`${WAITING_MAX} messages wait: the group communication stands still`));
      }
    },
    flush,
    get waiting() {
      return waiting.length;
    },
  };
}
