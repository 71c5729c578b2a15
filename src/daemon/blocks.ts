/**
 * The longest time for which the event loop was blocked: a figure, and a word to the operator. A
 * long one is a stall: the process was stopped, the machine overloaded or suspended.
 */
import { native } from '../../native/holdfast.ts';

export interface BlockWatch {
  readonly maxMs: number;
  stop(): void;
}

/** Also how late it may be seen that the process was stopped while it waited for events. */
const LOOK_MS = 250;

/** `onBlock` hears, each time it is looked, of the longest block since it heard last. */
export function watchBlocks(onBlock: (ms: number) => void): BlockWatch {
  const addon = native();
  addon.longestTurnMs();
  let longest = 0;
  let dueAt = performance.now() + LOOK_MS;
  const look = (): void => {
    const now = performance.now();
    const ms = Math.max(addon.longestTurnMs(), now - dueAt);
    dueAt = now + LOOK_MS;
    longest = Math.max(longest, ms);
    onBlock(ms);
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return {
    get maxMs() {
      return Math.round(longest * 10) / 10;
    },
    stop: () => clearInterval(timer),
  };
}
