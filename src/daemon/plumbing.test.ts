/** Queues between the loop and the world: their order and their limits. */
import { describe, expect, it, vi } from 'vitest';

import type { NodeInput } from '../core/node/types.ts';
import { readable } from './log.ts';
import { createOutbox } from './outbox.ts';
import { createRequests } from './requests.ts';

describe('outbox', () => {
  it('keeps the order while the engine refuses', () => {
    const sent: string[] = [];
    let open = false;
    const engine = {
      send: (text: string) => {
        if (!open) return 'refused' as const;
        sent.push(text);
        return 'queued' as const;
      },
    };
    const outbox = createOutbox(engine, () => undefined);
    outbox.send('1');
    outbox.send('2');
    open = true;
    outbox.send('3');
    expect(sent).toEqual([]);
    outbox.flush();
    expect(sent).toEqual(['1', '2', '3']);
    expect(outbox.waiting).toBe(0);
  });

  it('is fatal when it only grows', () => {
    const onFatal = vi.fn<(error: Error) => void>();
    const outbox = createOutbox({ send: () => 'refused' }, onFatal);
    for (let count = 0; count <= 8192; count += 1) outbox.send('x');
    expect(onFatal).toHaveBeenCalledOnce();
  });
});

describe('requests', () => {
  const input = (tag: string): NodeInput => ({ kind: 'override-freeze', tag });

  it('are answered by their tag', async () => {
    const pushed: NodeInput[] = [];
    const requests = createRequests((one) => pushed.push(one));
    const first = requests.ask(input);
    const second = requests.ask(input);
    expect(pushed).toEqual([input('1'), input('2')]);
    requests.reply('2', { kind: 'refused', reason: 'no' });
    requests.reply('1', { kind: 'applied', answer: undefined, index: 5 });
    expect(await second).toEqual({ kind: 'refused', reason: 'no' });
    expect(await first).toMatchObject({ index: 5 });
    expect(requests.waiting).toBe(0);
  });

  it('have an unknown end when the daemon ends or nobody answers', async () => {
    vi.useFakeTimers();
    const requests = createRequests(() => undefined);
    const first = requests.ask(input);
    vi.advanceTimersByTime(30_000);
    expect(await first).toMatchObject({ kind: 'unknown' });
    const second = requests.ask(input);
    requests.end('the daemon ends');
    expect(await second).toEqual({ kind: 'unknown', reason: 'the daemon ends' });
    vi.useRealTimers();
  });

  it('are refused when too many wait', () => {
    const requests = createRequests(() => undefined);
    for (let count = 0; count < 128; count += 1) void requests.ask(input);
    expect(() => requests.ask(input)).toThrow(expect.objectContaining({ name: 'Problem' }));
    requests.end('');
  });
});

describe('log lines', () => {
  it('carry the priority for the journal, and the time for a terminal', () => {
    const line = { level: 40, time: 0, msg: 'two\nlines' };
    expect(readable(line, true)).toBe('<4>two lines\n');
    expect(readable(line, false)).toBe('1970-01-01T00:00:00.000Z warning: two lines\n');
  });
});
