/** `holdfast cluster stop --all`. */
import type { AnswerOf } from '../../api/client-types.ts';
import { mustAgree } from '../ask.ts';
import { print } from '../context.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { Failure } from '../failure.ts';
import { wrap } from '../render/text.ts';
import { tell } from './resource.ts';
import type { WaitOptions } from './resource.ts';

interface StopOptions extends WaitOptions {
  readonly all?: boolean;
  readonly yes?: boolean;
}

type ClusterStop = AnswerOf<'GET /v1/stop'>;

/** `--all` is said by hand: one word too few must not stop everything. */
export async function stop(context: Context, options: StopOptions): Promise<ExitCode> {
  if (options.all !== true) {
    throw new Failure(EXIT.usage, 'That would stop everything on every node: say --all.', {
      advice: 'one node alone: holdfast node stop NODE',
    });
  }
  const would = await context.client.call('GET /v1/stop', {});
  if (!context.json) {
    const said = options.yes === true ? whatIsLeft(would) : lines(would);
    print(
      context,
      said.flatMap((line) => wrap(line, context.look.columns, '', '  ')),
    );
  }
  await mustAgree('Stop the whole cluster?', options, 'Nothing was stopped.');
  const done = await context.client.call('POST /v1/stop', { body: { accept: 'everything-stops' } });
  return tell(context, done, options, () => [], true);
}

function lines(would: ClusterStop): readonly string[] {
  const { nodes, resources } = would;
  const what = resources.length === 0 ? 'Nothing runs.' : `These stop: ${resources.join(', ')}.`;
  return [what, `These nodes leave, then: ${nodes.join(', ')}.`, ...whatIsLeft(would)];
}

/** Said also to whoever agrees beforehand: the stop does not come to its end by itself. */
function whatIsLeft({ leftAlone, away }: ClusterStop): readonly string[] {
  const names = leftAlone.join(', ');
  return [
    ...(names === ''
      ? []
      : [`Not managed, so left running, and no node leaves as long as it runs: ${names}.`]),
    ...away.map(
      ({ node, because }) => `${node} is away, what runs there is not stopped (${because}).`,
    ),
  ];
}
