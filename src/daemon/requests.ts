/** Clients' commands on their way through the order; each is answered exactly once. */
import type { Reply } from '../api/backend.ts';
import { Problem } from '../api/problem.ts';
import type { NodeInput } from '../core/node/types.ts';

export interface Requests {
  /** Resolves with the reply; rejects with `busy` when too many wait. */
  ask(input: (tag: string) => NodeInput): Promise<Reply>;
  reply(tag: string, result: Reply): void;
  readonly waiting: number;
  /** Answers all that still wait: the daemon ends. */
  end(reason: string): void;
}

const WAITING_MAX = 128;
/** Commands that are neither done nor refused by then have an unknown end. */
const TIMEOUT_MS = 30_000;

export function createRequests(push: (input: NodeInput) => void): Requests {
  const waiting = new Map<string, (reply: Reply) => void>();
  let count = 0;
  return {
    ask: (input) => {
      if (waiting.size >= WAITING_MAX) {
        throw new Problem('busy', `${WAITING_MAX} commands are under way; try again.`);
      }
      const tag = String((count += 1));
      return new Promise((resolve) => {
        const answer = (reply: Reply): void => {
          clearTimeout(timer);
          waiting.delete(tag);
          resolve(reply);
        };
        const timer = setTimeout(
          () => answer({ kind: 'unknown', reason: `no answer within ${TIMEOUT_MS / 1000} s` }),
          TIMEOUT_MS,
        );
        waiting.set(tag, answer);
        push(input(tag));
      });
    },
    reply: (tag, result) => waiting.get(tag)?.(result),
    get waiting() {
      return waiting.size;
    },
    end: (reason) => {
      for (const answer of waiting.values()) answer({ kind: 'unknown', reason });
    },
  };
}
