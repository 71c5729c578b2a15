/** `holdfast node …`, `unfreeze`. */
import { mustAgree } from '../ask.ts';
import { answer } from '../context.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { Failure } from '../failure.ts';
import { wrap } from '../render/text.ts';
import { allIsWell, isEvacuated, runsNothing } from '../wait.ts';
import { tell } from './resource.ts';
import type { EndOptions, WaitOptions } from './resource.ts';

export async function standby(
  context: Context,
  node: string,
  options: EndOptions,
): Promise<ExitCode> {
  const done = await context.client.call('POST /v1/nodes/{node}/standby', {
    params: { node },
    body: { forMs: options.for },
  });
  return tell(context, done, options, runsNothing(node));
}

export async function online(
  context: Context,
  node: string,
  options: WaitOptions,
): Promise<ExitCode> {
  const done = await context.client.call('POST /v1/nodes/{node}/online', { params: { node } });
  return tell(context, done, options, allIsWell);
}

export async function maintenance(
  context: Context,
  node: string,
  options: EndOptions & { readonly evacuate?: boolean },
): Promise<ExitCode> {
  const { evacuate } = options;
  const done = await context.client.call('POST /v1/nodes/{node}/maintenance', {
    params: { node },
    body: { forMs: options.for, evacuate },
  });
  return tell(context, done, options, evacuate === true ? isEvacuated(node) : () => []);
}

/** Without a name, and with `--here`, the node whose daemon answers: for units and scripts. */
export async function stop(
  context: Context,
  name: string | undefined,
  options: WaitOptions & { readonly here?: boolean },
): Promise<ExitCode> {
  const here = (await context.client.call('GET /v1/status', {})).daemon.node;
  const node = options.here === true ? here : name;
  if (node === undefined) {
    throw new Failure(EXIT.usage, 'Which node? Name it, or say --here for this one.');
  }
  const done = await context.client.call('POST /v1/nodes/{node}/stop', { params: { node } });
  return tell(context, done, options, runsNothing(node), node === here);
}

export interface ConfirmOptions {
  readonly yes?: boolean;
}

export async function forget(
  context: Context,
  node: string,
  options: ConfirmOptions,
): Promise<ExitCode> {
  const question =
    `${node} is gone for good? Its marks and proofs of fencing are dropped, and the cluster does not ` +
    'wait for it any more. If it comes back, it is a new node.';
  if (options.yes !== true)
    await context.client.call('GET /v1/nodes/{node}/forget', { params: { node } });
  await mustAgree(question, options, 'Nothing was forgotten.');
  const done = await context.client.call('POST /v1/nodes/{node}/forget', {
    params: { node },
    body: { accept: 'it-is-gone' },
  });
  answer(context, done, ({ text }) => wrap(text, context.look.columns, ''));
  return EXIT.ok;
}

export async function unfreeze(context: Context, options: ConfirmOptions): Promise<ExitCode> {
  const question = 'Changes that only the missing nodes know will be lost. Go on?';
  await mustAgree(question, options, 'The cluster stays frozen.');
  const done = await context.client.call('POST /v1/unfreeze', {
    body: { accept: 'newer-changes-may-be-lost' },
  });
  answer(context, done, ({ text }) => [text]);
  return EXIT.ok;
}
