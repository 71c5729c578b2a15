/** `holdfast status`. */
import type { StatusView } from '../../core/view/types.ts';
import { answer, print } from '../context.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { statusLines } from '../render/status.ts';

export interface StatusOptions {
  readonly watch?: boolean;
  readonly check?: boolean;
}

export async function status(context: Context, options: StatusOptions): Promise<ExitCode> {
  if (options.watch === true) return watch(context);
  const view = await context.client.call('GET /v1/status', {});
  answer(context, view, (value) => statusLines(value, context.look));
  return options.check === true && !isWell(view) ? EXIT.failed : EXIT.ok;
}

const CLEAR = '\u001b[H\u001b[2J\u001b[3J';

async function watch(context: Context): Promise<ExitCode> {
  const { client, terminal, look } = context;
  for await (const view of client.follow('GET /v1/status/follow', {})) {
    if (context.json) {
      terminal.write(`${JSON.stringify(view)}\n`);
      continue;
    }
    if (terminal.isTerminal) terminal.write(CLEAR);
    const lines = statusLines(view, look);
    const fits = terminal.isTerminal ? lines.slice(0, Math.max(5, terminal.rows - 1)) : lines;
    print(context, terminal.isTerminal ? fits : [...fits, '']);
  }
  return EXIT.ok;
}

function isWell(view: StatusView): boolean {
  return (
    view.quorum.acting &&
    view.alarms.every(({ severity }) => severity !== 'error') &&
    view.nodes.every(({ state }) => state === 'online') &&
    view.resources.every(({ state }) => state === 'running')
  );
}
