/** What an agent prints, as it comes: the launcher writes it into a file that is read again and again. */
import { closeSync, openSync, readSync, rmSync } from 'node:fs';

const LOOK_EVERY_MS = 100;
const CHUNK_BYTES = 65_536;

export interface LiveOutput {
  readonly path: string;
  /** Tells what is left, removes the file. */
  end(): void;
}

/** `onLines` gets whole lines; the last one is ended if the agent has not. For root alone. */
export function followOutput(path: string, onLines: (lines: string) => void): LiveOutput {
  const file = openSync(path, 'w+', 0o600);
  const buffer = Buffer.alloc(CHUNK_BYTES);
  const decoder = new TextDecoder();
  let position = 0;
  let rest = '';
  const look = (): void => {
    for (let read = readSync(file, buffer, 0, CHUNK_BYTES, position); read > 0;) {
      position += read;
      rest += decoder.decode(buffer.subarray(0, read), { stream: true });
      read = readSync(file, buffer, 0, CHUNK_BYTES, position);
    }
    const end = rest.lastIndexOf('\n') + 1;
    if (end > 0) onLines(rest.slice(0, end));
    rest = rest.slice(end);
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    path,
    end: () => {
      clearInterval(timer);
      look();
      if (rest !== '') onLines(`${rest}\n`);
      closeSync(file);
      rmSync(path, { force: true });
    },
  };
}
