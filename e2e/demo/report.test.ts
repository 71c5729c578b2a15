import { expect, test } from 'vitest';
import { createLook, wrap } from './look.ts';
import { partsUnder, picture } from './picture.ts';
import { report, summary } from './report.ts';
import type { Happening } from './report.ts';
import { createScreen } from './screen.ts';

const look = createLook({});
const event = (number: number, time: number, text: string, actions?: readonly string[]) =>
  ({
    number,
    time,
    kind: 'fencing',
    severity: 'info',
    text,
    ...(actions === undefined ? {} : { actions }),
  }) as const;

const lost: Happening = {
  title: 'A whole node loses power',
  what: 'n1 is switched off',
  atMs: 1000,
  events: [
    event(7, 1660, 'the membership changed: one action', ['web_start_0 n2: web starts on n2.']),
    { ...event(8, 1700, 'n1 is fenced'), durationMs: 12 },
  ],
  from: 'n1',
  to: 'n2',
  away: {
    kind: 'fault',
    parts: {
      struckAtMs: 1000,
      detectionMs: 660,
      fencingMs: 0,
      agentsMs: 165.4,
      ownMs: 1,
      totalMs: 826.4,
    },
  },
};

test('a fault: what happened, what was done about it and why, who paid for the time away', () => {
  expect(report(lost, look)).toEqual([
    '  n1 is switched off.',
    '',
    '    +0.660 s  the membership changed: one action',
    '               · web starts on n2.',
    '    +0.700 s  n1 is fenced (12 ms)',
    '',
    '  n2 serves now. Away for 826 ms:',
    '',
    `    ${'░'.repeat(52)}█${'▓'.repeat(13)}`,
    '    ░ 660 ms until noticed   █ 1 ms Holdfast   ▓ 165 ms agents',
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
  expect(report(quiet, look).slice(2)).toEqual([
    '    The cluster had nothing to do.',
    '',
    '  n1 serves, as before. Never away: 300 answers, no failure.',
  ]);
  expect(summary([lost, quiet], look)).toEqual([
    '                                  away  noticing   fencing  Holdfast    agents',
    '  A whole node loses power      826 ms    660 ms         –      1 ms    165 ms',
    '  holdfastd is killed            never   300 answers, no failure',
  ]);
});

test('what a busy machine answered too late is told', () => {
  const slow: Happening = { ...lost, away: { kind: 'never', answers: 296, late: 4 } };
  const says = '296 answers, 4 too late (a busy machine)';
  expect(report(slow, look).at(-1)).toBe(`  n2 serves now. Never away: ${says}.`);
  expect(summary([slow], look).at(-1)).toBe(`  A whole node loses power       never   ${says}`);
});

test('lines break between words, and what follows is indented as far', () => {
  expect(wrap('one two three', 10, '  - ')).toEqual(['  - one', '    two', '    three']);
  expect(wrap('', 10, '  - ')).toEqual(['  - ']);
});

test('colours are for terminals alone', () => {
  const terminal = createLook({ isTTY: true, columns: 200 });
  expect(terminal.columns).toBe(96);
  expect(terminal.good('x')).toBe('\u001b[32mx\u001b[39m');
  expect(look.good('x')).toBe('x');
});

test('on a terminal the live part is redrawn in place and leaves nothing behind', async () => {
  let written = '';
  const write = (text: string) => (written += text);
  const screen = createScreen({ output: { isTTY: true, columns: 10, rows: 3, write }, everyMs: 5 });
  let drawn = 0;
  const text = async () => {
    drawn += 1;
    return `\u001b[1mtwo lines that are long\u001b[0m\n${String(drawn)}\na third does not fit`;
  };
  await screen.live(text, new Promise((resolve) => setTimeout(resolve, 50)));
  expect(drawn).toBeGreaterThan(1);
  expect(written).toContain('\u001b[1mtwo lines\u001b[0m\n1\n\u001b[2A\u001b[0J');
  expect(written.endsWith('\u001b[2A\u001b[0J')).toBe(true);
});

test('without a terminal nothing is redrawn', async () => {
  const written: string[] = [];
  const screen = createScreen({ output: { write: (text: string) => written.push(text) } });
  expect(await screen.live(async () => 'live', Promise.resolve(7))).toBe(7);
  screen.say(screen.look.good('said'));
  expect(written).toEqual(['said\n']);
});

test('a picture has the parts that are asked for, with their colours, and nothing breaks it', () => {
  const lines = ['One ───', 'no', 'Two ───', look.title('a'), 'x < y & z'];
  expect(partsUnder(lines, ['Two'])).toEqual(['Two ───', 'a', 'x < y & z']);
  const terminal = createLook({ isTTY: true });
  const svg = picture([`${terminal.own('██')} own`, 'x < y & z']);
  expect(svg).toContain('fill="#d2a8ff" font-weight="normal" opacity="1">██</tspan>');
  expect(svg).toContain('<tspan x="32.8" textLength="33.6"');
  expect(svg).toContain('x &lt; y &amp; z');
});
