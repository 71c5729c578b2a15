/** holdfast: one command line, one answer, one exit code. */
import { writeSync } from 'node:fs';

import { createClient } from './client.ts';
import { createContext } from './context.ts';
import { EXIT } from './exit.ts';
import type { ExitCode } from './exit.ts';
import { Failure } from './failure.ts';
import { CommanderError, createProgram, usageCode } from './program.ts';
import type { Run } from './program.ts';
import { processTerminal } from './terminal.ts';
import { failureLines } from './render/failure.ts';

async function main(argv: readonly string[]): Promise<ExitCode> {
  if (argv[0] === 'completion' || argv[0] === 'complete') {
    const { complete } = await import('./completion.ts');
    return complete(argv, createProgram);
  }
  const terminal = processTerminal();
  let code: ExitCode = EXIT.ok;
  let json = false;
  const run: Run = async (options, command) => {
    json = options.output === 'json';
    code = await command(createContext(createClient(options.run), terminal, json));
  };
  try {
    const program = createProgram(run);
    // For the help only: it is taken care of above.
    program.command('completion <shell>').description('a script for bash, zsh or fish');
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return usageCode(error);
    const failure = error instanceof Failure ? error : unexpected(error);
    const look = { style: terminal.style, columns: terminal.columns };
    terminal.note(`${failureLines(failure, json, look).join('\n')}\n`);
    return failure.code;
  }
}

function unexpected(error: unknown): Failure {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new Failure(EXIT.unexpected, `An unexpected error, please report it: ${text}`);
}

process.on('SIGINT', () => process.exit(EXIT.interrupted));
// `holdfast history | head`: the reader has enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  const words = error.code === 'ENOSPC' ? 'no space is left there' : error.message;
  writeSync(2, `holdfast: the answer cannot be written: ${words}\n`);
  process.exit(EXIT.unexpected);
});

process.exitCode = await main(process.argv.slice(2));
