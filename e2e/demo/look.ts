/** How the demonstration's text looks: colours only where somebody sees them, lines that fit. */
import { styleText } from 'node:util';

type Paint = (text: string) => string;

/** Roles, not colours; without a terminal each leaves its text as it is. */
export interface Look {
  /** Lines are not longer than this. */
  readonly columns: number;
  readonly title: Paint;
  readonly command: Paint;
  readonly quiet: Paint;
  readonly good: Paint;
  readonly warning: Paint;
  readonly error: Paint;
  readonly noticed: Paint;
  readonly fencing: Paint;
  readonly own: Paint;
  readonly agents: Paint;
}

const widest = 96;

export function createLook(output: { readonly isTTY?: boolean; readonly columns?: number }): Look {
  const isPlain = output.isTTY !== true;
  const paint =
    (format: Parameters<typeof styleText>[0]): Paint =>
    (text) =>
      isPlain || text === '' ? text : styleText(format, text, { validateStream: false });
  return {
    columns: Math.min(output.columns ?? widest, widest),
    title: paint('bold'),
    command: paint('cyan'),
    quiet: paint('dim'),
    good: paint('green'),
    warning: paint('yellow'),
    error: paint('red'),
    noticed: paint('gray'),
    fencing: paint('yellow'),
    own: paint('magenta'),
    agents: paint('blue'),
  };
}

/** Breaks between words; the first line begins with `first`, the others with as many blanks. */
export function wrap(text: string, columns: number, first = ''): readonly string[] {
  const blanks = ' '.repeat(first.length);
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = blanks;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
