import { expect, test } from 'vitest';
import { report, summary } from './report.ts';
import type { Happening } from './report.ts';
import { createScreen } from './screen.ts';

const event = (number: number, time: number, text: string) =>
  ({ number, time, kind: 'fencing', severity: 'info', text }) as const;

const lost: Happening = {
  title: 'A whole node loses power',
  what: 'n1 is switched off',
  atMs: 1000,
  events: [event(7, 1660, 'n1 is lost.'), event(8, 1700, 'n2 switched n1 off by power.')],
  from: 'n1',
  to: 'n2',
  away: {
    kind: 'fault',
    parts: { detectionMs: 660, fencingMs: 30, agentsMs: 165.4, ownMs: 25, totalMs: 880.4 },
  },
};

test('a fault: what happened, what was done about it and when, who paid for the time away', () => {
  expect(report(lost)).toEqual([
    'What happened   n1 is switched off',
    'What it did     +0.66 s  n1 is lost.',
    '                +0.70 s  n2 switched n1 off by power.',
    'Who serves      n2; before: n1',
    'Service away      880 ms, of these',
    '                  660 ms until it was noticed',
    '                   30 ms fencing',
    '                   25 ms Holdfast’s own part',
    '                  165 ms the agents of the service',
  ]);
});

test('an event that no client noticed says how many answers prove it', () => {
  const quiet: Happening = {
    ...lost,
    title: 'holdfastd is killed',
    events: [],
    to: 'n1',
    away: { kind: 'never', answers: 300 },
  };
  expect(report(quiet).slice(1)).toEqual([
    'What it did     nothing',
    'Who serves      n1, as before',
    'Service away    never: 300 answers, no failure',
  ]);
  expect(summary([lost, quiet])[1]).toBe('holdfastd is killed       never away');
});

test('on a terminal the live part is redrawn in place and leaves nothing behind', async () => {
  let written = '';
  const terminal = { isTTY: true, columns: 10, write: (text: string) => (written += text) };
  const screen = createScreen(terminal, 5);
  let drawn = 0;
  const text = async () => {
    drawn += 1;
    return `\u001b[1mtwo lines that are long\u001b[0m\n${String(drawn)}`;
  };
  await screen.live(text, new Promise((resolve) => setTimeout(resolve, 50)));
  expect(drawn).toBeGreaterThan(1);
  expect(written).toContain('\u001b[1mtwo lines\u001b[0m\n1\n\u001b[2A\u001b[0J');
  expect(written.endsWith('\u001b[2A\u001b[0J')).toBe(true);
});

test('without a terminal nothing is redrawn', async () => {
  const written: string[] = [];
  const screen = createScreen({ write: (text: string) => written.push(text) });
  expect(await screen.live(async () => 'live', Promise.resolve(7))).toBe(7);
  screen.say('said');
  expect(written).toEqual(['said\n']);
});
