import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { sendQueueBytesMax, sendQueueMessagesMax } from '../engine.ts';
import { encodeBatch } from './batches.ts';
import { Stream } from './stream.ts';

const deliver = (...texts: string[]) => ({ kind: 'deliver', texts });
const drop = { kind: 'drop' };

function inEpoch(epoch: string, self = 'a'): Stream {
  const stream = new Stream(self);
  stream.enter(epoch);
  return stream;
}

const push = (stream: Stream, ...texts: string[]): boolean =>
  texts.every((text) => stream.push(text, text.length));

describe('sending', () => {
  it('waits for the first epoch', () => {
    const stream = new Stream('a');
    push(stream, 'x');
    expect(stream.next()).toBeNull();
    stream.enter('e');
    expect(stream.next()).toBe(encodeBatch({ epoch: 'e', number: 1, texts: ['x'] }));
  });

  it('has one batch on the way, and the rest in the next one', () => {
    const stream = inEpoch('e');
    push(stream, 'x');
    const first = stream.next() ?? '';
    push(stream, 'y', 'z');
    expect(stream.next()).toBeNull();
    expect(stream.arrive('a', first)).toEqual(deliver('x'));
    expect(stream.next()).toBe(encodeBatch({ epoch: 'e', number: 2, texts: ['y', 'z'] }));
  });

  it('sends a batch of an older epoch again, before anything newer', () => {
    const stream = inEpoch('e');
    push(stream, 'x');
    const first = stream.next() ?? '';
    push(stream, 'y');
    stream.enter('f');
    expect(stream.next()).toBeNull();
    expect(stream.arrive('a', first)).toEqual(drop);
    expect(stream.next()).toBe(encodeBatch({ epoch: 'f', number: 1, texts: ['x', 'y'] }));
  });

  it('gives a large text a batch of its own', () => {
    const stream = inEpoch('e');
    const large = 'x'.repeat(200_000);
    push(stream, large, 'y');
    expect(stream.next()).toBe(encodeBatch({ epoch: 'e', number: 1, texts: [large] }));
  });

  it('refuses more messages than its queue holds, those on the way included', () => {
    const stream = inEpoch('e');
    const texts = Array.from({ length: sendQueueMessagesMax }, () => 'x');
    expect(push(stream, ...texts)).toBe(true);
    const first = stream.next() ?? '';
    expect(push(stream, 'y')).toBe(false);
    stream.arrive('a', first);
    expect(push(stream, 'y')).toBe(true);
  });

  it('refuses more bytes than its queue holds', () => {
    const stream = inEpoch('e');
    expect(stream.push('x', sendQueueBytesMax)).toBe(true);
    expect(stream.push('y', 1)).toBe(false);
    expect(stream.push('', 0)).toBe(true);
  });

  it('is idle when all of it is back', () => {
    const stream = inEpoch('e');
    expect(stream.idle).toBe(true);
    push(stream, 'x');
    const first = stream.next() ?? '';
    expect([stream.idle, stream.flying]).toEqual([false, true]);
    stream.arrive('a', first);
    expect([stream.idle, stream.flying]).toEqual([true, false]);
  });

  it('probes with what is queued, or with an empty batch', () => {
    const stream = inEpoch('e');
    push(stream, 'x');
    stream.probe();
    expect(stream.arrive('a', stream.next() ?? '')).toEqual(deliver('x'));
    expect(stream.idle).toBe(true);
    stream.probe();
    expect(stream.idle).toBe(false);
    expect(stream.arrive('a', stream.next() ?? '')).toEqual(deliver());
    expect(stream.idle).toBe(true);
  });
});

describe('receiving', () => {
  const batch = (epoch: string, number: number) =>
    encodeBatch({ epoch, number, texts: [`${epoch}${number}`] });

  it('drops what was sent in another epoch', () => {
    const stream = inEpoch('f');
    expect(stream.arrive('b', batch('e', 1))).toEqual(drop);
    expect(stream.arrive('b', batch('f', 1))).toEqual(deliver('f1'));
  });

  it('finds a hole, in the middle and at the beginning of an epoch', () => {
    const stream = inEpoch('e');
    expect(stream.arrive('b', batch('e', 1))).toEqual(deliver('e1'));
    expect(stream.arrive('b', batch('e', 3)).kind).toBe('broken');
    expect(inEpoch('e').arrive('b', batch('e', 2)).kind).toBe('broken');
  });

  it('counts every sender by itself, and anew in an epoch', () => {
    const stream = inEpoch('e');
    expect(stream.arrive('b', batch('e', 1))).toEqual(deliver('e1'));
    expect(stream.arrive('c', batch('e', 1))).toEqual(deliver('e1'));
    stream.enter('e');
    expect(stream.arrive('b', batch('e', 2))).toEqual(deliver('e2'));
    stream.enter('f');
    expect(stream.arrive('b', batch('f', 1))).toEqual(deliver('f1'));
  });

  it('ends at a sender of another version', () => {
    expect(inEpoch('e').arrive('b', 'hello').kind).toBe('broken');
  });
});

/**
 * Corosync as it is: one order for all, a queue for each sender, and a newcomer that drops what comes
 * of a sender until that sender's queue was empty once.
 */
class Group {
  readonly members = new Map<string, Stream>();
  readonly heard = new Map<string, string[]>();
  readonly queued = new Map<string, string[]>();
  readonly #queues = new Map<string, string[]>();
  readonly #deaf = new Set<string>();
  #epochs = 0;

  come(name: string): void {
    for (const [sender, queue] of this.#queues) {
      if (queue.length > 0) this.#deaf.add(`${name} ${sender}`);
    }
    this.members.set(name, new Stream(name));
    this.heard.set(name, []);
    this.queued.set(name, []);
    this.#queues.set(name, []);
    this.#begin();
  }

  /** A ring that all of them come to from rings of their own. */
  merge(): void {
    for (const name of this.members.keys()) {
      for (const [sender, queue] of this.#queues) {
        if (queue.length > 0 && sender !== name) this.#deaf.add(`${name} ${sender}`);
      }
    }
    this.#begin();
  }

  say(name: string, text: string): void {
    const stream = this.members.get(name);
    if (stream?.push(text, text.length) !== true) return;
    this.queued.get(name)?.push(text);
    this.#pump(name);
  }

  /** Delivers the next message of a sender. */
  turn(sender: string): void {
    const queue = this.#queues.get(sender) ?? [];
    const message = queue.shift();
    if (message === undefined) return;
    for (const [name, stream] of this.members) {
      if (!this.#deaf.has(`${name} ${sender}`)) this.#arrive(name, stream, sender, message);
    }
    if (queue.length === 0) {
      for (const name of this.members.keys()) this.#deaf.delete(`${name} ${sender}`);
    }
    this.#pump(sender);
  }

  #arrive(name: string, stream: Stream, sender: string, message: string): void {
    const arrival = stream.arrive(sender, message);
    if (arrival.kind === 'broken') throw new Error(arrival.reason);
    if (arrival.kind === 'drop') return;
    for (const text of arrival.texts) this.heard.get(name)?.push(`${sender} ${text}`);
  }

  #begin(): void {
    this.#epochs += 1;
    for (const [name, stream] of this.members) {
      stream.enter(`e${this.#epochs}`);
      this.heard.get(name)?.push(`epoch ${this.#epochs}`);
      this.#pump(name);
    }
  }

  #pump(name: string): void {
    const message = this.members.get(name)?.next() ?? null;
    if (message !== null) this.#queues.get(name)?.push(message);
  }
}

const names = ['a', 'b', 'c', 'd'];
const act = fc.oneof(
  fc.record({ kind: fc.constant('say' as const), name: fc.nat(3), text: fc.string() }),
  fc.record({ kind: fc.constant('turn' as const), name: fc.nat(3) }),
  fc.record({ kind: fc.constant('come' as const) }),
  fc.record({ kind: fc.constant('merge' as const) }),
);

it('delivers the same to all of an epoch, and everything once, however newcomers drop', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const group = new Group();
      group.come('a');
      group.come('b');
      for (const step of acts) {
        const next = names[group.members.size];
        if (step.kind === 'come' && next !== undefined) group.come(next);
        if (step.kind === 'merge') group.merge();
        if (step.kind === 'say') group.say(names[step.name] ?? '', step.text);
        if (step.kind === 'turn') group.turn(names[step.name] ?? '');
      }
      for (let i = 0; i < 200; i += 1) for (const name of names) group.turn(name);
      const whole = group.heard.get('a') ?? [];
      for (const heard of group.heard.values()) {
        expect(whole.slice(-heard.length)).toEqual(heard);
      }
      for (const [name, texts] of group.queued) {
        expect(whole.filter((line) => line.startsWith(`${name} `))).toEqual(
          texts.map((text) => `${name} ${text}`),
        );
      }
    }),
  );
});
