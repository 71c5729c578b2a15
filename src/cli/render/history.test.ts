import { expect, it } from 'vitest';
import type { EventView } from '../../core/view/types.ts';
import { PLAIN } from '../terminal.ts';
import { eventLines } from './history.ts';

const stop: EventView = {
  number: 7,
  time: 0,
  kind: 'action',
  severity: 'good',
  text: 'stop of shop on n1: ok',
  outcome: 'ok',
  durationMs: 117_000,
};

const lineOf = (event: EventView): string =>
  eventLines(event, 0, { columns: 200, style: PLAIN }).join('\n');

it('what an agent says of a success is told as well', () => {
  const why = 'it did not shut down within 117 s; its power was cut';
  expect(lineOf({ ...stop, outcome: `ok: ${why}` })).toContain(`on n1: ok: ${why} (1 min 57 s)`);
  expect(lineOf(stop)).toContain('on n1: ok (1 min 57 s)');
});
