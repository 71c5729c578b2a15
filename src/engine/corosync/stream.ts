/**
 * Gives back what Corosync takes when a ring changes under load.
 *
 * CPG lets a message that was sent in one view arrive in a later one, and Corosync packs messages
 * into frames without regard to rings. A node that is new to a sender's ring and meets the middle of
 * a packed row drops all of it, until the sender's queue was empty once; the sender and its old
 * companions deliver it. (Seen with Corosync 3.1.7, see docs/decisions/engines.md.) So:
 *
 * - A batch carries the epoch in which it was sent, and counts in that epoch alone. All members of a
 *   view agree on its epoch, so all of them drop a batch of an older one, its sender too.
 * - A sender has one batch on the way and waits until it hears it itself. So its queue in Corosync
 *   is empty before the first batch of a new epoch, which every member then gets.
 * - What came back as dropped is sent again, before anything newer.
 * - The batches of an epoch are numbered. A hole, which another program's load could still make,
 *   ends the engine: better no member than one that has missed something.
 */
import { sendQueueBytesMax, sendQueueMessagesMax } from '../engine.ts';
import { decodeBatch, encodeBatch } from './batches.ts';

/** Texts share a batch up to this; a longer one has its own. */
const batchBytesMax = 64 * 1024;

interface Entry {
  readonly text: string;
  readonly bytes: number;
}

/** What becomes of a batch that arrived: `texts` to deliver, or a sentence why all is lost. */
export type Arrival =
  | { readonly kind: 'deliver'; readonly texts: readonly string[] }
  | { readonly kind: 'drop' }
  | { readonly kind: 'broken'; readonly reason: string };

export class Stream {
  readonly #self: string;
  #epoch: string | null = null;
  /** The next batch's number in the epoch. */
  #number = 1;
  /** By sender: the number of its last batch in the epoch. */
  readonly #heard = new Map<string, number>();
  #waiting: Entry[] = [];
  #flying: readonly Entry[] | null = null;
  #probes = false;
  #count = 0;
  #bytes = 0;

  /** `self` is this daemon's name as a sender. */
  constructor(self: string) {
    this.#self = self;
  }

  /** Nothing is queued or on the way. */
  get idle(): boolean {
    return this.#count === 0 && this.#flying === null && !this.#probes;
  }

  /** Is a batch on the way, that is, sent and not heard yet? */
  get flying(): boolean {
    return this.#flying !== null;
  }

  /** Takes a text of so many UTF-8 bytes; false when the queue is full. */
  push(text: string, bytes: number): boolean {
    if (this.#count === sendQueueMessagesMax) return false;
    if (this.#bytes + bytes > sendQueueBytesMax) return false;
    this.#waiting.push({ text, bytes });
    this.#count += 1;
    this.#bytes += bytes;
    return true;
  }

  /** Sends a batch in any case, be it an empty one, to hear whether it comes back. */
  probe(): void {
    this.#probes = true;
  }

  /** A view began: with a new epoch, or in the same one. */
  enter(epoch: string): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#number = 1;
    this.#heard.clear();
  }

  /** The message to multicast now, once; null when there is none, or one is on the way. */
  next(): string | null {
    if (this.#epoch === null || this.#flying !== null) return null;
    if (this.#waiting.length === 0 && !this.#probes) return null;
    this.#probes = false;
    const batch = this.#waiting.splice(0, this.#batchSize());
    this.#flying = batch;
    const number = this.#number;
    this.#number += 1;
    return encodeBatch({ epoch: this.#epoch, number, texts: batch.map(({ text }) => text) });
  }

  /** A message of `sender` arrived. */
  arrive(sender: string, message: string): Arrival {
    const batch = decodeBatch(message);
    if (batch === null)
      return broken(`${sender} sent what is no batch: another version runs there`);
    const stale = batch.epoch !== this.#epoch;
    if (sender === this.#self) this.#land(stale);
    if (stale) return { kind: 'drop' };
    const last = this.#heard.get(sender) ?? 0;
    if (batch.number !== last + 1) {
      return broken(`Corosync lost messages of ${sender}: ${batch.number} came after ${last}`);
    }
    this.#heard.set(sender, batch.number);
    return { kind: 'deliver', texts: batch.texts };
  }

  /** Our batch is back: delivered, or to be sent again. */
  #land(stale: boolean): void {
    const batch = this.#flying ?? [];
    this.#flying = null;
    if (stale) {
      this.#waiting.unshift(...batch);
      return;
    }
    this.#count -= batch.length;
    for (const { bytes } of batch) this.#bytes -= bytes;
  }

  #batchSize(): number {
    let bytes = 0;
    const size = this.#waiting.findIndex((entry) => (bytes += entry.bytes) > batchBytesMax);
    return size === -1 ? this.#waiting.length : Math.max(size, 1);
  }
}

const broken = (reason: string): Arrival => ({ kind: 'broken', reason });
