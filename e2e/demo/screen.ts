import { stripVTControlCharacters } from 'node:util';
import { createLook } from './look.ts';
import type { Look } from './look.ts';

/** Where the story is printed. On a terminal its lower part is redrawn while something goes on. */
export interface Screen {
  readonly look: Look;
  readonly say: (...lines: readonly string[]) => void;
  /** Draws `text` every `everyMs` below what was said, until `during` is settled. */
  readonly live: <T>(text: () => Promise<string>, during: Promise<T>) => Promise<T>;
}

interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

export interface ScreenOptions {
  /** Default: standard output. */
  readonly output?: Output;
  /** Pace of redrawing. Default 500. */
  readonly everyMs?: number;
  /** Called with each line that is said, coloured as for a terminal. */
  readonly seen?: (lines: readonly string[]) => void;
}

/** Without a terminal `live` draws nothing, and nothing is coloured. */
export function createScreen(options: ScreenOptions = {}): Screen {
  const { output = process.stdout, everyMs = 500, seen = () => {} } = options;
  const look = createLook({
    isTTY: true,
    ...(output.columns === undefined ? {} : { columns: output.columns }),
  });
  const isPlain = output.isTTY !== true || (process.env['NO_COLOR'] ?? '') !== '';
  let drawn = 0;
  const erase = () => {
    // Up to the first drawn line, then clear to the end of the screen (ECMA-48: CUU, ED).
    if (drawn > 0) output.write(`\u001b[${String(drawn)}A\u001b[0J`);
    drawn = 0;
  };
  const draw = (text: string) => {
    erase();
    const width = output.columns ?? 80;
    // What has scrolled away cannot be redrawn.
    const lines = text
      .trimEnd()
      .split('\n')
      .slice(0, Math.max(1, (output.rows ?? 24) - 1));
    output.write(lines.map((line) => `${clip(line, width)}\n`).join(''));
    drawn = lines.length;
  };
  return {
    look,
    say(...lines) {
      erase();
      seen(lines);
      const text = lines.map((line) => `${line}\n`).join('');
      output.write(isPlain ? stripVTControlCharacters(text) : text);
    },
    async live(text, during) {
      if (output.isTTY !== true) return during;
      const drawing = { on: true };
      const redraw = async () => {
        while (drawing.on) {
          const next = await text().catch(() => undefined);
          if (drawing.on && next !== undefined) draw(next);
          await new Promise((resolve) => {
            setTimeout(resolve, everyMs);
          });
        }
      };
      void redraw();
      try {
        return await during;
      } finally {
        drawing.on = false;
        erase();
      }
    },
  };
}

/** A line that wrapped would be counted as one and leave its rest behind. Colours take no room. */
function clip(line: string, width: number): string {
  // oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
  const parts = line.split(/(\u001b\[[0-9;]*m)/);
  let left = width - 1;
  return parts
    .map((part, at) => {
      if (at % 2 === 1) return part;
      const kept = part.slice(0, left);
      left -= kept.length;
      return kept;
    })
    .join('');
}
