/** What the writers left on the shared storage (lab/tools/ledger_lab.c), and what is wrong in it. */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

export interface LedgerRecord {
  readonly node: string;
  /** The writer's start on CLOCK_MONOTONIC in nanoseconds: a later start has a greater one. */
  readonly token: bigint;
  /** CLOCK_MONOTONIC in nanoseconds. */
  readonly atNs: bigint;
  readonly number: number;
}

export interface LedgerViolation {
  readonly kind: 'two-holders';
  readonly text: string;
  readonly atNs: bigint;
}

/**
 * Reads a ledger as it grows. A record with an older token after the first one with a newer token is
 * a violation: its writer was still there when the next one began. That is also what two holders at
 * one time look like, for each writes 40 records in a second.
 */
export class LedgerCheck {
  readonly #name: string;
  #newest: LedgerRecord | undefined;
  /** Writers already accused: one that goes on for a minute is one violation, not thousands. */
  readonly #accused = new Set<bigint>();
  records = 0;
  holders = 0;

  constructor(name: string) {
    this.#name = name;
  }

  add(record: LedgerRecord): LedgerViolation | undefined {
    this.records += 1;
    const newest = this.#newest;
    if (newest === undefined || record.token > newest.token) {
      this.holders += 1;
      this.#newest = record;
      return undefined;
    }
    if (record.token === newest.token || this.#accused.has(record.token)) return undefined;
    this.#accused.add(record.token);
    return {
      kind: 'two-holders',
      text: `${this.#name}: ${record.node} (started ${seconds(record.token)}) wrote record ${String(record.number)} at ${seconds(record.atNs)}, after ${newest.node} had started at ${seconds(newest.token)}`,
      atNs: record.atNs,
    };
  }
}

const seconds = (ns: bigint): string => `${(Number(ns / 1_000_000n) / 1000).toFixed(3)} s`;

/** `NODE TOKEN AT NUMBER`; undefined when the line is not one. */
export function parseRecord(line: string): LedgerRecord | undefined {
  const found = /^(\S+) (\d+) (\d+) (\d+)$/.exec(line);
  const [, node, token, atNs, number] = found ?? [];
  if (node === undefined || token === undefined || atNs === undefined) return undefined;
  return { node, token: BigInt(token), atNs: BigInt(atNs), number: Number(number) };
}

/** The complete lines that were added to a file since it was asked last. */
export function tail(path: string): () => readonly string[] {
  let offset = 0;
  let rest = '';
  return () => {
    if (!existsSync(path)) return [];
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(fstatSync(file).size - offset);
      offset += readSync(file, buffer, 0, buffer.length, offset);
      const lines = (rest + buffer.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      return lines;
    } finally {
      closeSync(file);
    }
  };
}
