/**
 * A machine's disk: one write after the other, each durable only when it is done. What is not done
 * when the daemon or the power goes is there in part, or not at all.
 */
import type { NodeEffect } from '../core/node/types.ts';
import type { Random } from './random.ts';
import { Tally } from './tally.ts';
import type { Timers } from './timers.ts';

type Write = Extract<NodeEffect, { kind: 'append' | 'write-snapshot' }>;

export type WriteEnded = (ticket: number, problem: string | undefined) => void;

export class SimulatedDisk {
  snapshot: string | undefined;
  records: readonly string[] = [];
  isSlow = false;
  isFailing = false;
  readonly #timers: Timers;
  readonly #random: Random;
  readonly #writeMsMax: number;
  #queue: readonly { readonly write: Write; readonly ended: WriteEnded }[] = [];
  /** Rises when what is under way is given up. */
  #era = 0;

  readonly #tally: Tally;

  constructor(timers: Timers, random: Random, writeMsMax: number, tally: Tally = new Tally()) {
    this.#timers = timers;
    this.#random = random;
    this.#writeMsMax = writeMsMax;
    this.#tally = tally;
  }

  write(write: Write, ended: WriteEnded): void {
    this.#queue = [...this.#queue, { write, ended }];
    if (this.#queue.length === 1) this.#begin();
  }

  /** The daemon is gone: the write under way may be there in part. */
  giveUp(): void {
    const [first] = this.#queue;
    this.#queue = [];
    this.#era += 1;
    if (first !== undefined) this.#tear(first.write);
  }

  #begin(): void {
    const era = this.#era;
    const ms = this.isSlow
      ? this.#random.between(100, 2000)
      : this.#random.between(1, this.#writeMsMax);
    this.#timers.after(ms, () => {
      if (era === this.#era) this.#finish();
    });
  }

  #finish(): void {
    const [first, ...rest] = this.#queue;
    if (first === undefined) return;
    this.#queue = rest;
    const { write, ended } = first;
    const problem = this.isFailing ? 'input/output error' : undefined;
    if (problem === undefined) this.#store(write);
    else this.#tear(write);
    if (rest.length > 0) this.#begin();
    ended(write.ticket, problem);
  }

  #store(write: Write): void {
    if (write.kind === 'append') {
      this.records = [...this.records, ...write.records];
      return;
    }
    this.snapshot = write.text;
    this.records = [];
  }

  #tear(write: Write): void {
    this.#tally.count(write.kind === 'append' ? 'writes torn' : 'writes of a snapshot torn');
    if (write.kind === 'append') {
      const there = this.#random.between(0, write.records.length);
      this.records = [...this.records, ...write.records.slice(0, there)];
    } else if (this.#random.percent(50)) {
      this.#store(write);
    }
  }
}
