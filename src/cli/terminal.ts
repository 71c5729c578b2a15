/** Where output goes, and how it may look there. */
import { styleText } from 'node:util';

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  readonly isTerminal: boolean;
  readonly style: Style;
  write(text: string): void;
  /** Notes that are not the answer: standard error. */
  note(text: string): void;
}

type Paint = (text: string) => string;

export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly good: Paint;
  readonly warn: Paint;
  readonly bad: Paint;
}

const plain: Paint = (text) => text;

export const PLAIN: Style = { bold: plain, dim: plain, good: plain, warn: plain, bad: plain };

const paint =
  (format: Parameters<typeof styleText>[0]): Paint =>
  (text) =>
    styleText(format, text, { validateStream: false });

const COLOURED: Style = {
  bold: paint('bold'),
  dim: paint('dim'),
  good: paint('green'),
  warn: paint('yellow'),
  bad: paint(['red', 'bold']),
};

/** Colours only on a terminal, and never with NO_COLOR (https://no-color.org). */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  const noColour = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return {
    columns: stdout.columns ?? 80,
    rows: stdout.rows ?? 24,
    isTerminal: stdout.isTTY,
    style: stdout.isTTY && !noColour ? COLOURED : PLAIN,
    write: (text) => {
      stdout.write(text);
    },
    note: (text) => {
      stderr.write(text);
    },
  };
}
