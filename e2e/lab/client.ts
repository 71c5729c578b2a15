import { join } from 'node:path';
import type { Machine } from './machine.ts';
import { followLines } from './membership.ts';
import { outages } from './outages.ts';
import type { Answer, Outage } from './outages.ts';
import { sleep, until } from './run.ts';

export interface ClientOptions {
  readonly address: string;
  readonly port?: number;
  /** Default 10. */
  readonly intervalMs?: number;
  /** Hard limit of each request. Default 100; 2000 with a kept connection, which TCP must mend. */
  readonly timeoutMs?: number;
  /** One connection as long as it lives, instead of a new one for each request. */
  readonly kept?: boolean;
  /** Of a server that sends back what it gets, over one connection; answers name the connection. */
  readonly echo?: boolean;
}

/** What somebody outside the cluster sees of a service. */
export interface ServiceClient {
  readonly answers: () => readonly Answer[];
  readonly outages: () => readonly Outage[];
  /** Waits for a good answer to a request that began after `afterNs` (CLOCK_MONOTONIC). */
  readonly served: (afterNs?: bigint, timeoutMs?: number) => Promise<Answer>;
  readonly stop: () => void;
}

/**
 * What a patient client waits for an answer; one that never comes is a lost request. TCP sends a lost
 * SYN again after 1 s (RFC 6298, 2.1): who gives up then has not waited for it.
 */
const patienceMs = 2500;

/** Asks less often and waits longer: a busy machine makes answers slow, which is no loss. */
export function patientService(
  machine: Pick<Machine, 'spawn'>,
  service: Pick<ClientOptions, 'address' | 'port' | 'intervalMs'>,
): PatientClient {
  return patientOn(pollService(machine, { intervalMs: 20, ...service, timeoutMs: patienceMs }));
}

/** The same by a client that waits as long. */
export function patientOn(client: ServiceClient): PatientClient {
  return {
    begin: () => client.answers().length,
    async lostSince(mark) {
      await sleep(patienceMs);
      const answers = client.answers().slice(mark);
      return { answers, lost: answers.filter(({ node }) => node === undefined) };
    },
    stop: client.stop,
  };
}

/** Counts requests that are lost. */
export interface PatientClient {
  /** A mark for `lostSince`. */
  readonly begin: () => number;
  /** Waits until what was asked before now is answered or lost. */
  readonly lostSince: (
    mark: number,
  ) => Promise<{ readonly answers: readonly Answer[]; readonly lost: readonly Answer[] }>;
  readonly stop: () => void;
}

/** Starts poll.ts as a process of its own on the machine, so that nothing here delays it. */
export function pollService(
  machine: Pick<Machine, 'spawn'>,
  options: ClientOptions,
): ServiceClient {
  const way = options.echo ? 'echo' : options.kept ? 'kept' : 'new';
  const child = machine.spawn([
    process.execPath,
    join(import.meta.dirname, 'poll.ts'),
    options.address,
    String(options.port ?? 80),
    String(options.intervalMs ?? 10),
    String(options.timeoutMs ?? (way === 'new' ? 100 : 2000)),
    way,
  ]);
  const answers: Answer[] = [];
  followLines(child, (line) => answers.push(parseAnswer(line)));
  return {
    answers: () => answers,
    outages: () => outages(answers),
    async served(afterNs = process.hrtime.bigint(), timeoutMs = 30_000) {
      let good: Answer | undefined;
      const isGood = (answer: Answer) => answer.node !== undefined && answer.beginNs > afterNs;
      const found = () => (good = answers.findLast(isGood)) !== undefined;
      await until(`a good answer from ${options.address}`, found, timeoutMs);
      return answers.find(isGood) ?? good!;
    },
    stop: () => void child.kill('SIGTERM'),
  };
}

/** The times are read apart: nanoseconds may exceed what JSON.parse keeps exactly. */
function parseAnswer(line: string): Answer {
  const [, begin = '0', end = '0'] = /"beginNs":(\d+),"endNs":(\d+)/.exec(line) ?? [];
  const { node, problem } = JSON.parse(line) as { node?: string; problem?: string };
  return { beginNs: BigInt(begin), endNs: BigInt(end), node, problem };
}
