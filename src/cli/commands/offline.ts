/** `holdfast simulate`, `import`, `export --cib`: of files they need no daemon. */
import type { ExportOptions, ImportOptions, SimulateFlags } from './offline-options.ts';
import {
  batchCommand,
  exportCommand,
  exportText,
  importCommand,
  simulateCommand,
} from '../../offline/commands.ts';
import type { KeptSource, Outcome } from '../../offline/commands.ts';
import { printJson } from '../context.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { Failure } from '../failure.ts';
import { wrap } from '../render/text.ts';

export async function simulate(context: Context, flags: SimulateFlags): Promise<ExitCode> {
  const { live, history, batch, format, ...options } = flags;
  if (batch !== undefined) {
    return tell(
      context,
      batchCommand(batch, (text) => context.terminal.write(text)),
    );
  }
  if (live === true && history !== undefined) {
    throw new Failure(EXIT.usage, 'give one of --live and --history');
  }
  const picture =
    live === true ? (await context.client.call('GET /v1/picture', {})).picture : undefined;
  const form = context.json ? 'json' : (format ?? 'text');
  const outcome = await simulateCommand({
    ...options,
    ...(picture === undefined ? {} : { picture }),
    ...(history === undefined ? {} : { kept: await keptDecision(context, history) }),
    format: form,
  });
  return tell(context, form === 'text' ? fold(outcome, context.look.columns) : outcome);
}

/** By its id from the daemon; a path is a file of a daemon's `decisions` or `failed-decisions`. */
async function keptDecision({ client }: Context, asked: string): Promise<KeptSource> {
  if (/[/]|\.json(\.gz)?$/.test(asked)) return { path: asked };
  const params = { decision: asked };
  const { id, file } = await client.call('GET /v1/decisions/{decision}', { params });
  return { name: `decision ${id}`, bytes: Buffer.from(file, 'base64') };
}

export async function importCib(
  context: Context,
  file: string,
  options: ImportOptions,
): Promise<ExitCode> {
  return tell(context, importCommand(file, options), 'yaml');
}

/** Of a file, which needs no daemon, or of the configuration in force. */
export async function exportCib(context: Context, options: ExportOptions): Promise<ExitCode> {
  if (options.file !== undefined) return tell(context, exportCommand(options.file), 'cib');
  const { source, version } = await context.client.call('GET /v1/configuration', {});
  if (version === 0) {
    throw new Failure(EXIT.notFound, 'No configuration is in force.', {
      advice: 'of a file: holdfast export --cib -f cluster.yaml',
    });
  }
  return tell(context, exportText(source, `configuration ${version}`), 'cib');
}

/** @param field what the text is called in JSON; without it the text is what it is */
function tell(context: Context, outcome: Outcome, field?: string): ExitCode {
  if (outcome.kind === 'failed') {
    throw new Failure(EXIT[outcome.reason], outcome.lines.join('\n'));
  }
  const { terminal, look } = context;
  const { text, notes } = outcome;
  if (context.json && field !== undefined) {
    printJson(context, { [field]: text, notes });
    return EXIT.ok;
  }
  terminal.write(text);
  for (const note of notes) {
    terminal.note(`${wrap(note, look.columns, '', '    ').join('\n')}\n`);
  }
  return EXIT.ok;
}

/** Lines of the story that are too long go on below their own beginning. */
function fold(outcome: Outcome, columns: number): Outcome {
  if (outcome.kind === 'failed') return outcome;
  const lines = outcome.text.split('\n').flatMap((line) => {
    if (line.length <= columns) return [line];
    const [start = ''] = /^ *(\d+\. +)?/.exec(line) ?? [];
    return wrap(line.slice(start.length), columns, start, ' '.repeat(start.length + 4));
  });
  return { ...outcome, text: lines.join('\n') };
}
