import { expect, it } from 'vitest';

import type { StoryEvent } from '../core/cluster/story.ts';
import { wallMs } from '../core/model/ids.ts';
import type { Log } from './log.ts';
import type { NodeLoop } from './loop.ts';
import { logStory } from './story.ts';

const bornAtMs = Date.UTC(2026, 10, 20, 12);
const event = (number: number, afterMs: number, severity: StoryEvent['severity']): StoryEvent => ({
  kind: 'node',
  number,
  time: wallMs(bornAtMs + afterMs),
  text: `event ${number}`,
  severity,
});

/** What is logged when a snapshot brings these events to a daemon that has just begun. */
function logged(story: readonly StoryEvent[]): readonly string[] {
  const lines: string[] = [];
  const write = (level: string) => (text: string) => void lines.push(`${level}: ${text}`);
  const log: Log = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warning'),
    error: write('error'),
    flush: () => undefined,
  };
  let changed = (): void => undefined;
  const node = { cluster: { story: [] as readonly StoryEvent[], storyCount: 0 } };
  const loop = { node, onChange: (listener: () => void) => void (changed = listener) };
  logStory(loop as unknown as NodeLoop, log, bornAtMs);
  node.cluster = { story, storyCount: story.length };
  changed();
  return lines;
}

it('what was missed says when it was; what happens now has the time of its line', () => {
  expect(
    logged([event(1, -90_000, 'error'), event(2, 0, 'warning'), event(3, 500, 'good')]),
  ).toEqual([
    'error: event 1 (at 2026-11-20T11:58:30.000Z, before this daemon)',
    'warning: event 2',
    'info: event 3',
  ]);
});
