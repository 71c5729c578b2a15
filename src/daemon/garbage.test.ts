import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { collectNowAndThen } from './garbage.ts';

const given = vi.hoisted(() => vi.fn<() => void>());
vi.mock('../../native/holdfast.ts', () => ({ native: () => ({ returnFreeMemory: given }) }));

const MB = 1 << 20;
let rss = 0;
let change = (): void => undefined;
const listen = (listener: () => void) => {
  change = listener;
  return () => {
    change = () => undefined;
  };
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearInterval', 'performance'] });
  vi.spyOn(process.memoryUsage, 'rss').mockImplementation(() => rss);
  given.mockClear();
  rss = 90 * MB;
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it('gives back at once, and again when the process has grown', () => {
  const end = collectNowAndThen(listen);
  vi.advanceTimersByTime(60_000);
  expect(given).toHaveBeenCalledOnce();
  rss = 93 * MB;
  vi.advanceTimersByTime(60_000);
  expect(given).toHaveBeenCalledOnce();
  rss = 95 * MB;
  vi.advanceTimersByTime(60_000);
  expect(given).toHaveBeenCalledTimes(2);
  end();
  rss = 200 * MB;
  vi.advanceTimersByTime(60_000);
  expect(given).toHaveBeenCalledTimes(2);
});

it('waits until nothing changes any more', () => {
  const end = collectNowAndThen(listen);
  vi.advanceTimersByTime(20_000);
  rss = 120 * MB;
  for (let second = 0; second < 60; second += 1) {
    change();
    vi.advanceTimersByTime(1000);
  }
  expect(given).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(15_000);
  expect(given).toHaveBeenCalledTimes(2);
  end();
});
