/** holdfastd: reads its settings, runs, and ends with a code that its manager understands. */
import { setFlagsFromString } from 'node:v8';

import { startDaemon } from './daemon.ts';
import { EXIT, Ending, messageOf } from './exit.ts';
import type { ExitCode } from './exit.ts';
import { createLog } from './log.ts';
import type { Log } from './log.ts';
import { HELP, checkOptions, parseInvocation, readSettings } from './options.ts';
import type { DaemonOptions } from './options.ts';
import { VERSION } from './version.ts';

/** V8 forgets the code of functions that were not called for a while: a recovery is made of them. */
const KEEP_COMPILED = '--no-flush-bytecode';

/** Whoever asks it to end need not wait for longer. */
const END_MS_MAX = 5000;

async function main(): Promise<ExitCode> {
  setFlagsFromString(KEEP_COMPILED);
  const invocation = parseInvocation(process.argv.slice(2));
  switch (invocation.kind) {
    case 'help':
      process.stdout.write(HELP);
      return EXIT.asked;
    case 'version':
      process.stdout.write(`holdfastd ${VERSION}\n`);
      return EXIT.asked;
    case 'run': {
      const file = await readSettings(invocation.file);
      const options = checkOptions({ ...file, ...invocation.flags });
      return run(options, createLog(options.logLevel));
    }
  }
}

async function run(options: DaemonOptions, log: Log): Promise<ExitCode> {
  process.on('uncaughtException', (error) => {
    log.error(`an unexpected error ends this daemon: ${error.stack ?? error.message}`);
    log.flush();
    process.exit(EXIT.unexpected);
  });
  const starting = startDaemon(options, log);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // While it starts, too: it ends in order as soon as it has begun, and in any case.
    process.on(signal, () => {
      setTimeout(() => process.exit(EXIT.asked), END_MS_MAX).unref();
      void starting.then((daemon) => daemon.detach(`asked by ${signal}`)).catch(() => undefined);
    });
  }
  process.on('SIGHUP', () => undefined);
  try {
    return await (
      await starting
    ).ended;
  } finally {
    log.flush();
  }
}

function ending(error: unknown): ExitCode {
  const text = error instanceof Ending ? error.message : (error as Error).stack;
  process.stderr.write(`holdfastd: ${text ?? messageOf(error)}\n`);
  return error instanceof Ending ? error.code : EXIT.unexpected;
}

// What still runs (a worker, a socket that somebody holds) must not keep an ended daemon alive.
process.exit(await main().catch(ending));
