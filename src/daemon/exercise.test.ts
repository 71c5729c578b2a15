import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { Exercise, exerciseWhenIdle } from './exercise.ts';
import { checkOptions } from './options.ts';

const options = checkOptions({ engine: 'local', name: 'a' }, false);

it('plays the loss of nodes: each time the group goes to another one, after a fencing', () => {
  const exercise = new Exercise(options);
  expect([...exercise.play()].length).toBeLessThan(20_000);
  expect(exercise.losses).toHaveLength(16);
  for (const loss of exercise.losses) {
    const [victim, heir] = loss.split(' ');
    expect(['a', 'b', 'c']).toContain(heir);
    expect(heir).not.toBe(victim);
  }
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('gives way to whatever changes, and what comes after it does too', () => {
  const turn = vi.fn<() => void>();
  vi.spyOn(Exercise.prototype, 'play').mockImplementation(function* play() {
    turn();
    yield undefined;
    return undefined;
  });
  const ended = vi.fn<() => void>();
  let change = (): void => undefined;
  const listen = (listener: () => void) => {
    change = listener;
    return () => undefined;
  };
  const changing = (forMs: number): void => {
    for (let ms = 0; ms < forMs; ms += 100) {
      vi.advanceTimersByTime(100);
      change();
    }
  };
  exerciseWhenIdle(options, listen, ended);
  changing(2000);
  expect(turn).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1000);
  expect(turn).toHaveBeenCalledOnce();
  changing(10_000);
  expect(ended).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1000);
  expect(ended).toHaveBeenCalledOnce();
});
