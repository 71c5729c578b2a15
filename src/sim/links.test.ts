import { expect, it } from 'vitest';
import type { EngineEvent } from '../core/model/engine.ts';
import { SimulatedEngine } from './engine.ts';
import type { Link } from './links.ts';
import { linksOf } from './links.ts';
import { drawPlan } from './plan.ts';
import { Random } from './random.ts';
import { Timers } from './timers.ts';

const names = ['a', 'b', 'c'];
const times = {
  detectionMs: [300, 1000],
  mergeMs: [50, 300],
  orderMs: [0.1, 2],
  deliveryMs: [0.05, 3],
} as const;

/** Three that have come together; what each has heard since. */
function together(seed: number) {
  const timers = new Timers();
  const engine = new SimulatedEngine(
    names,
    (nodes) => nodes.length > 1,
    times,
    timers,
    new Random(seed),
  );
  const heard: Record<string, EngineEvent[]> = { a: [], b: [], c: [] };
  for (const name of names) {
    engine.start(name);
    engine.join(name, (event) => heard[name]?.push(event));
  }
  const pass = (ms: number): void => timers.runUntil(timers.nowMs + ms);
  pass(5000);
  const forget = (): void => {
    for (const name of names) heard[name]?.splice(0);
  };
  forget();
  return {
    engine,
    heard,
    forget,
    pass,
    cut: (links: readonly Link[]) => {
      engine.relink((all) => {
        all.cut(links);
      });
    },
  };
}

/** `abc`, then `ab`: who was with it, one ring after the other. */
const ringsOf = (events: readonly EngineEvent[]): readonly string[] =>
  events.flatMap((event) =>
    event.kind === 'engine-quorum' ? [event.nodes.toSorted().join('')] : [],
  );

it.each([1, 2, 3, 4, 5])(
  'of two that do not hear each other now one, now the other is with the third (seed %i)',
  (seed) => {
    const { engine, heard, pass, cut } = together(seed);
    cut(linksOf('a', ['b'], 'both'));
    pass(120_000);
    const third = new Set(ringsOf(heard['c'] ?? []));
    expect(third).toContain('ac');
    expect(third).toContain('bc');
    expect(third).not.toContain('abc');
    expect(engine.disturbed).toBeGreaterThan(10);
    engine.relink((links) => {
      links.mendAll();
    });
    pass(5000);
    for (const name of names) expect(ringsOf(heard[name] ?? []).at(-1)).toBe('abc');
  },
);

it('who is not heard by one of them stays with them where the token passes: others send it again', () => {
  const { engine, heard, pass, cut } = together(1);
  cut([{ from: 'a', to: 'c' }]);
  engine.send('a', 'well?');
  pass(60_000);
  expect(engine.disturbed).toBe(0);
  for (const name of names) {
    expect(heard[name]).toMatchObject([{ kind: 'engine-message', text: 'well?' }]);
  }
});

it('who must get the token from one that it does not hear breaks the ring', () => {
  const { heard, pass, cut } = together(1);
  cut([{ from: 'a', to: 'b' }]);
  pass(60_000);
  for (const name of names) expect(ringsOf(heard[name] ?? [])).not.toContain('abc');
});

it('who hears nobody and is heard disturbs the others, and nobody disturbs it', () => {
  const { heard, forget, pass, cut } = together(1);
  cut(linksOf('c', ['a', 'b'], 'deaf'));
  pass(5000);
  forget();
  pass(60_000);
  expect(heard['c']).toEqual([]);
  expect(ringsOf(heard['a'] ?? []).length).toBeGreaterThan(10);
  expect(new Set(ringsOf(heard['a'] ?? []))).toEqual(new Set(['ab']));
});

it('who is heard by nobody is disturbed by the others, and they are not', () => {
  const { heard, forget, pass, cut } = together(1);
  cut(linksOf('c', ['a', 'b'], 'unheard'));
  pass(5000);
  forget();
  pass(60_000);
  expect(heard['a']).toEqual([]);
  expect(heard['b']).toEqual([]);
  expect(new Set(ringsOf(heard['c'] ?? []))).toEqual(new Set(['c']));
});

it('a link that two faults have cut is mended with the second', () => {
  const { engine, pass, cut } = together(1);
  const links = linksOf('a', ['b'], 'both');
  cut(links);
  cut(links);
  engine.relink((all) => {
    all.mend(links);
  });
  pass(5000);
  expect(engine.reaches('a', 'b')).toBe(false);
  engine.relink((all) => {
    all.mend(links);
  });
  expect(engine.reaches('a', 'b')).toBe(true);
});

it('what is slow comes later and in the same order', () => {
  const { engine, heard, pass } = together(1);
  engine.slowness = 300;
  for (const text of ['one', 'two', 'three']) engine.send('b', text);
  pass(20);
  expect(heard['a']).toEqual([]);
  pass(5000);
  const texts = (heard['a'] ?? []).map((event) => 'text' in event && event.text);
  expect(texts).toEqual(['one', 'two', 'three']);
});

it('draws each way to cut a link, of a pair and of all others, and delays, in runs that are not plain', () => {
  const faults = Array.from({ length: 300 }, (_, seed) => drawPlan(seed + 1).faults).flat();
  const drawn = faults.flatMap(({ fault }) => {
    if (fault.kind === 'slow-network') return ['slow'];
    if (fault.kind !== 'cut-link') return [];
    return [`${fault.way} ${fault.other === undefined ? 'all' : 'pair'}`];
  });
  const ways = ['deaf', 'unheard', 'both'].flatMap((way) => [`${way} all`, `${way} pair`]);
  expect(new Set(drawn)).toEqual(new Set(['slow', ...ways]));
});
