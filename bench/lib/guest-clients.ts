/** Two clients of a machine that moves: a new connection for each request, and one that is kept. */
import { pollService } from '../../e2e/lab/client.ts';
import type { Answer } from '../../e2e/lab/outages.ts';
import { ECHO_PORT, GUEST_ADDRESS } from '../../e2e/machines/guest.ts';
import type { MachinesLab } from '../../e2e/machines/lab.ts';

/** TCP sends a lost SYN again after 1 s: so long an answer is waited for. */
export const patienceMs = 2500;
const askEveryMs = 10;
/** A guest that boots in software, on a busy machine. */
export const bootMs = 240_000;

export interface Lost {
  /** Requests without an answer, over a new connection each. */
  readonly new: number;
  /** Over one connection: requests without an answer, and connections that broke between two of them. */
  readonly kept: number;
}

export const inWords = (lost: Lost): string => `${String(lost.new)} new, ${String(lost.kept)} kept`;

/** How many answers each of them has had. */
type Mark = readonly [ofNew: number, ofKept: number];

export interface GuestClients {
  /** Both have had an answer. */
  readonly served: () => Promise<void>;
  readonly mark: () => Mark;
  readonly lost: (from: Mark, to?: Mark) => Lost;
  readonly stop: () => void;
}

export function watchGuest({ lab }: MachinesLab, address = GUEST_ADDRESS): GuestClients {
  const options = { address, intervalMs: askEveryMs, timeoutMs: patienceMs };
  const fresh = pollService(lab.observer, options);
  const kept = pollService(lab.observer, { ...options, port: ECHO_PORT, echo: true });
  return {
    served: async () => {
      for (const client of [fresh, kept]) await client.served(undefined, bootMs);
    },
    mark: () => [fresh.answers().length, kept.answers().length],
    lost: (from, to) => {
      const ofKept = kept.answers().slice(from[1], to?.[1]);
      return {
        new: unanswered(fresh.answers().slice(from[0], to?.[0])),
        kept: unanswered(ofKept) + brokenBetween(ofKept),
      };
    },
    stop: () => {
      fresh.stop();
      kept.stop();
    },
  };
}

const unanswered = (answers: readonly Answer[]): number =>
  answers.filter(({ node }) => node === undefined).length;

/** An answer names its connection; a request that was lost has been counted, and breaks it as well. */
const brokenBetween = (answers: readonly Answer[]): number =>
  answers.filter(({ node }, at) => {
    const before = answers[at - 1]?.node;
    return before !== undefined && node !== undefined && node !== before;
  }).length;
