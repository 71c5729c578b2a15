/** `holdfast why`: of the cluster, or of a file without one. */
import type { ExplainOptions } from '../../offline/why.ts';
import { answer } from '../context.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { Failure } from '../failure.ts';
import { explanationLines, whyLines } from '../render/why.ts';

export async function why(
  context: Context,
  resource: string,
  options: ExplainOptions,
): Promise<ExitCode> {
  if (options.cib !== undefined || options.config !== undefined) {
    return whyOffline(context, resource, options);
  }
  const view = await context.client.call('GET /v1/why/{resource}', {
    params: { resource },
    query: { node: options.node },
  });
  answer(context, view, (value) => whyLines(value, context.now(), context.look));
  return EXIT.ok;
}

/** What reads files is loaded only then: a question to the daemon is answered sooner. */
async function whyOffline(
  context: Context,
  resource: string,
  options: ExplainOptions,
): Promise<ExitCode> {
  const { explainCommand } = await import('../../offline/why.ts');
  const outcome = explainCommand(resource, options);
  if (outcome.kind === 'failed') {
    throw new Failure(EXIT[outcome.reason], outcome.lines.join('\n'));
  }
  answer(context, outcome.explanation, (value) => explanationLines(value, context.look));
  return EXIT.ok;
}
