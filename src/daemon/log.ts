/** The log: one line for each change, to standard error, for the journal with its priority. */
import { pino } from 'pino';

import type { LogLevel } from './options.ts';

export interface Log {
  debug(text: string): void;
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
  /** Everything that was said is written when this returns. */
  flush(): void;
}

/** More than this is not kept when the reader of the log stands still. */
const BUFFER_BYTES_MAX = 1024 * 1024;

/** pino's levels → syslog priorities (sd-daemon(3)). */
const PRIORITY: Readonly<Record<number, string>> = { 20: '<7>', 30: '<6>', 40: '<4>', 50: '<3>' };

/** Writing never blocks the loop. `forJournal` puts `<N>` first, otherwise the time. */
export function createLog(level: LogLevel, forJournal = isJournal()): Log {
  const output = pino.destination({ dest: 2, sync: false, maxLength: BUFFER_BYTES_MAX });
  // A full disk under the log, or a reader that is gone, must not end the daemon.
  output.on('error', () => undefined);
  const write = (line: string): void => {
    output.write(readable(JSON.parse(line) as PinoLine, forJournal));
  };
  const log = pino({ level, base: null }, { write });
  return {
    debug: (text) => log.debug(text),
    info: (text) => log.info(text),
    warn: (text) => log.warn(text),
    error: (text) => log.error(text),
    flush: () => {
      try {
        output.flushSync();
      } catch {
        // The reader is gone: nobody is left to tell.
      }
    },
  };
}

interface PinoLine {
  readonly level: number;
  readonly time: number;
  readonly msg: string;
}

export function readable({ level, time, msg }: PinoLine, forJournal: boolean): string {
  const text = msg.replaceAll('\n', ' ');
  if (forJournal) return `${PRIORITY[level] ?? '<6>'}${text}\n`;
  const word = level >= 50 ? 'error: ' : level >= 40 ? 'warning: ' : '';
  return `${new Date(time).toISOString()} ${word}${text}\n`;
}

/** systemd sets it for units whose standard error is the journal (systemd.exec(5)). */
function isJournal(): boolean {
  return process.env['JOURNAL_STREAM'] !== undefined;
}
