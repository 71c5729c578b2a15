/** `holdfast simulate`, `import`, `export --cib`: they read files, and need no daemon. */
import type { ExportOptions, ImportOptions, SimulateFlags } from './offline-options.ts';
import {
  batchCommand,
  exportCommand,
  importCommand,
  simulateCommand,
} from '../../offline/commands.ts';
import type { Outcome } from '../../offline/commands.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { Failure } from '../failure.ts';

export async function simulate(context: Context, flags: SimulateFlags): Promise<ExitCode> {
  const { live, batch, format, ...options } = flags;
  if (batch !== undefined) {
    return tell(
      context,
      batchCommand(batch, (text) => context.terminal.write(text)),
    );
  }
  const picture =
    live === true ? (await context.client.call('GET /v1/picture', {})).picture : undefined;
  return tell(
    context,
    simulateCommand({
      ...options,
      ...(picture === undefined ? {} : { picture }),
      format: context.json ? 'json' : (format ?? 'text'),
    }),
  );
}

export async function importCib(
  context: Context,
  file: string,
  options: ImportOptions,
): Promise<ExitCode> {
  return tell(context, importCommand(file, options));
}

export async function exportCib(context: Context, options: ExportOptions): Promise<ExitCode> {
  if (options.file === undefined) {
    throw new Failure(EXIT.usage, 'export --cib needs the configuration: -f cluster.yaml', {
      advice: 'holdfast export > cluster.yaml writes the one in force',
    });
  }
  return tell(context, exportCommand(options.file));
}

function tell(context: Context, outcome: Outcome): ExitCode {
  const { terminal } = context;
  if (outcome.kind === 'done') {
    terminal.write(outcome.text);
    for (const note of outcome.notes) terminal.note(`${note}\n`);
    return EXIT.ok;
  }
  throw new Failure(EXIT[outcome.reason], outcome.lines.join('\n'));
}
