/** Lines that fit a width. */

/** Breaks at spaces; further lines begin with `hang`. A word longer than the width stays whole. */
export function wrap(text: string, width: number, first: string, hang = first): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(/\s+/)) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = hang;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}

/** Rows as columns, each as wide as its widest cell; the last is not padded. */
export function table(rows: readonly (readonly string[])[], gap = '  '): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, visible(cell));
    }
  }
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : pad(cell, widths[index] ?? 0)))
      .join(gap)
      .trimEnd(),
  );
}

/** Cut to a width, with a mark that something is missing. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - visible(text)));
}

// eslint-disable-next-line no-control-regex -- the escape that begins a colour
const COLOUR = /\u001b\[[\d;]*m/g;

/** Length without colours. */
function visible(text: string): number {
  return text.replaceAll(COLOUR, '').length;
}
