import {
  array,
  assert,
  boolean,
  constantFrom,
  integer,
  property,
  record,
  string,
} from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fillRate, parseSpace, shortageOf, spaceText } from '../model/space.ts';
import type { Pool } from '../model/space.ts';
import { poolViews } from './space.ts';
import { statusView } from './status.ts';
import { LOCAL, clusterOf, node, viewOf } from './testing/states.ts';

const GIB = 1 << 30;
const pool: Pool = {
  at: '/srv',
  type: 'ext4',
  shared: false,
  total: 100 * GIB,
  free: 40 * GIB,
  growth: 10 * GIB,
  images: 5,
  rate: 0,
};

describe('the words of an attribute', () => {
  it('are read as they were written, whatever the places are called', () => {
    const amount = integer({ min: 0, max: 2 ** 48 });
    const pools = record({
      at: string({ minLength: 1, unit: 'grapheme-ascii' }),
      type: constantFrom('ext4', 'thin'),
      shared: boolean(),
      total: amount,
      free: amount,
      growth: amount,
      images: amount,
      rate: amount,
    });
    assert(
      property(array(pools, { maxLength: 16 }), (all) => {
        expect(parseSpace(spaceText(all))).toEqual(all);
      }),
    );
  });

  it('that are none of ours are left out', () => {
    expect(parseSpace('x;/srv ext4 own 1 2 3;/srv ext4 mine 1 2 3 4 5; a own 1 2 3 4 5')).toEqual(
      [],
    );
  });
});

describe('how short a pool is', () => {
  it.each([
    [{}, 'none'],
    [{ growth: 50 * GIB }, 'promised'],
    [{ growth: 50 * GIB, free: 9 * GIB }, 'short'],
    [{ growth: 50 * GIB, free: GIB }, 'critical'],
    // What is full of images that cannot grow is full, and fine.
    [{ growth: 0, free: GIB }, 'none'],
    [{ rate: (40 * GIB) / 3000 }, 'critical'],
    [{ rate: (40 * GIB) / 36_000 }, 'short'],
    [{ rate: (40 * GIB) / 360_000 }, 'none'],
  ] as const)('%j: %s', (more, shortage) => {
    expect(shortageOf({ ...pool, ...more })).toBe(shortage);
  });

  it('goes by how fast it became fuller, after two minutes', () => {
    const samples = [0, 60_000, 120_000].map((atMs, index) => ({ atMs, free: 1200 - 600 * index }));
    expect(fillRate(samples)).toBe(10);
    expect(fillRate(samples.slice(1))).toBe(0);
    expect(fillRate(samples.map((one) => ({ ...one, free: one.atMs })))).toBe(0);
    expect(fillRate([])).toBe(0);
  });
});

describe('the status', () => {
  const notes = (...lists: readonly (readonly Pool[])[]) => {
    const nodes = lists.map((list, index) =>
      node(`n${index + 1}`, { attributes: { '#space': spaceText(list) ?? '' } }),
    );
    const { alarms } = statusView(clusterOf(nodes), viewOf(['n1']), LOCAL);
    return alarms.filter(({ text }) => text.includes('free'));
  };

  it('says what is there, what may come, and when it is full', () => {
    const filling = { ...pool, free: 4 * GIB, growth: 80 * GIB, rate: (4 * GIB) / 10_800 };
    expect(notes([filling])).toEqual([
      {
        severity: 'warning',
        text:
          '/srv (ext4) of n1: 4.0 GiB of 100.0 GiB are free, and its 5 images may grow by 80.0 GiB; ' +
          'at the present rate it is full in about 3 hours.',
        advice:
          'enlarge it or free space now: a machine whose disk cannot grow stands still; holdfast space',
      },
    ]);
    const hardly = notes([{ ...filling, growth: 0, images: 1 }])[0]?.text;
    expect(hardly).toContain('its image may grow by less than 400 MiB;');
    expect(notes([{ ...filling, free: GIB, rate: GIB / 1000 }])[0]).toMatchObject({
      severity: 'error',
      text: expect.stringContaining('in about 17 minutes') as unknown,
    });
    expect(notes([pool])).toEqual([]);
  });

  it('says what several nodes share once, with the worse word', () => {
    const shared = { ...pool, shared: true, growth: 90 * GIB };
    const fuller = { ...shared, free: 3 * GIB };
    expect(notes([shared], [fuller]).map(({ severity }) => severity)).toEqual(['warning']);
    expect(notes([pool, shared], [fuller])).toHaveLength(1);
    const nodes = [fuller, shared].map((one, index) =>
      node(`n${index + 1}`, { attributes: { '#space': spaceText([one]) ?? '' } }),
    );
    expect(poolViews({ nodes })).toMatchObject([
      { nodes: ['n1', 'n2'], free: 3 * GIB, shortage: 'short' },
    ]);
  });
});
