import { expect, it } from 'vitest';

import type { StoryEvent, Told } from '../cluster/story.ts';
import { nodeName, resourceId, wallMs } from '../model/ids.ts';
import { historyView } from './events.ts';
import { NOON, clusterOf } from './testing/states.ts';

const decision = (text: string, ...actions: readonly string[]): Told => ({
  kind: 'decision',
  severity: 'info',
  text,
  actions,
});
const done: Told = {
  kind: 'action',
  severity: 'good',
  text: 'stop of web on n1: ok',
  operation: 'stop',
  outcome: 'ok',
  durationMs: 1,
  node: nodeName('n1'),
  resource: resourceId('web'),
};
const mark: Told = { kind: 'mark', severity: 'info', text: 'anna: web is stopped' };

function texts(...told: readonly Told[]): readonly string[] {
  const story = told.map((event, index): StoryEvent => ({
    ...event,
    number: index + 1,
    time: wallMs(NOON + index),
  }));
  return historyView(clusterOf([], { story }), {}).map(({ text }) => text);
}

const stop = 'web_stop_0 n1: web moves from n1 to n2.';
const start = 'web_start_0 n2: web starts on n2.';

it('a decision that says again what the last one said is not told', () => {
  const again = decision(
    'the membership changed',
    stop,
    'web_start_0 n2: web starts on n2, perhaps.',
  );
  expect(texts(decision('standby', stop, start), again, again)).toEqual(['standby']);
});

it('tells whatever is new', () => {
  const more = decision('the membership changed', stop, start, 'db_start_0 n2: db starts on n2.');
  expect(texts(decision('standby', stop, start), more)).toEqual([
    'standby',
    'the membership changed',
  ]);
});

it('says it anew when an action has ended since, or somebody wanted something else', () => {
  const first = decision('standby', stop, start);
  const again = decision('again', stop, start);
  expect(texts(first, done, again)).toEqual(['standby', done.text, 'again']);
  expect(texts(first, mark, again)).toEqual(['standby', mark.text, 'again']);
  expect(texts(first, done, decision('the rest', start))).toEqual(['standby', done.text]);
});
