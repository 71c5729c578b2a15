/**
 * Why a node does not take a machine that is sent there (an image that is missing, a guest that its QEMU
 * cannot read): it alone knows, and the source asks, so that the result of the migration says it.
 */
import { printable } from '../ocf/outcome.ts';
import type { AgentHost } from '../host.ts';

/** The target does not listen, hangs up, or says that it will not take the machine. */
export class NotTaken extends Error {}

const reasonCharsMax = 400;
/** QEMU's end is known here a moment after the source has felt it. */
const endKnownMs = 1000;
const answerMsMax = 3000;
/** While nobody listens: a target that gets ready in its time is not asked. */
const firstLookMs = 1000;
const lookedLongEnoughMs = 20_000;

// --- At the target ---

interface Arrival {
  readonly refused: PromiseWithResolvers<string>;
}

/** By resource: what this daemon has prepared for, or could not. */
const arrivals = new Map<string, Arrival>();

/** Something is to wait here for the machine; what is returned notes why nothing waits (any more). */
export function expectArrival(resource: string): (reason: string) => void {
  const refused = Promise.withResolvers<string>();
  arrivals.set(resource, { refused });
  return (reason) => refused.resolve(printable(reason).slice(0, reasonCharsMax));
}

/** It has come, or nobody sends it any more. */
export const endArrival = (resource: string): boolean => arrivals.delete(resource);

/** Undefined: nothing stands against it here, as far as this daemon knows. One line. */
export function whyNotTaken(resource: string): Promise<string | undefined> {
  const arrival = arrivals.get(resource);
  return within(endKnownMs, arrival?.refused.promise ?? Promise.resolve(undefined));
}

// --- At the source ---

export interface RefusalWatch {
  /** Aborted with `NotTaken` when the target says why it does not take the machine. */
  readonly signal: AbortSignal;
  /** What the target says now; undefined: nothing. At most for 3 s. */
  why(): Promise<string | undefined>;
  end(): void;
}

/** Nobody tells the source that nobody will ever listen, so the target is asked now and then. */
export function watchRefusal(
  { refusalOf }: AgentHost,
  target: string,
  resource: string,
): RefusalWatch {
  const refused = new AbortController();
  const why = (): Promise<string | undefined> =>
    within(answerMsMax, refusalOf?.(target, resource) ?? Promise.resolve(undefined));
  let timer: NodeJS.Timeout | undefined;
  const lookIn = (ms: number): void => {
    if (refusalOf === undefined || ms > lookedLongEnoughMs) return;
    timer = setTimeout(() => void look(ms), ms);
  };
  const look = async (ms: number): Promise<void> => {
    const reason = await why();
    if (reason !== undefined) {
      refused.abort(new NotTaken(`${target} does not take it: ${reason}`));
    } else if (timer !== undefined) lookIn(ms * 2);
  };
  lookIn(firstLookMs);
  return {
    signal: refused.signal,
    why,
    end: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

/** Undefined in its place when it takes longer, or fails. */
async function within<T>(ms: number, asked: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  return Promise.race([asked, late])
    .catch(() => undefined)
    .finally(() => clearTimeout(timer));
}
