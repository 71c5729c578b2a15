/** What several commands of the program are made with. */
import type { Command } from 'commander';

import type { Context } from './context.ts';
import type { ExitCode } from './exit.ts';
import { duration } from './values.ts';

export type Act = (
  command: Command,
  work: (
    context: Context,
    args: readonly (string | undefined)[],
    /** As the command's options say; `never` fits whatever it calls. */
    options: never,
  ) => Promise<ExitCode>,
) => void;

export function waiting(command: Command): Command {
  return command
    .option('--wait', 'until the cluster has settled, with progress')
    .option('--timeout <time>', 'for --wait', duration, 300_000);
}

/** With an end of its own; `usual` says what it is without. */
export function ending(command: Command, usual: string): Command {
  return command.option('--for <time>', `ends by itself after this time (${usual})`, duration);
}

export const FOREVER = 'without it: until it is taken back';
export const HOUR = 'default 1h';
