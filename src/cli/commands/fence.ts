/** `holdfast fence …`; rehearsals are in fence-test.ts. */
import { mustAgree } from '../ask.ts';
import { answer } from '../context.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { deviceLines } from '../render/fence-devices.ts';
import { fencingLines } from '../render/fencing.ts';
import { wrap } from '../render/text.ts';
import type { ConfirmOptions } from './node.ts';

export async function fenceDevices(context: Context): Promise<ExitCode> {
  const list = await context.client.call('GET /v1/fencing/devices', {});
  answer(context, list, (devices) =>
    devices.length === 0
      ? ['There is no fence device: describe one under fencing.devices, and apply it.']
      : deviceLines(devices, context.look),
  );
  return EXIT.ok;
}

export interface HistoryOptions {
  readonly full?: boolean;
}

export async function fenceHistory(context: Context, options: HistoryOptions): Promise<ExitCode> {
  const list = await context.client.call('GET /v1/fencing', {});
  answer(context, list, (entries) =>
    entries.length === 0
      ? ['Nothing was fenced so far.']
      : fencingLines(entries, context.now(), context.look, options.full === true),
  );
  return EXIT.ok;
}

export async function fenceNow(
  context: Context,
  node: string,
  options: ConfirmOptions,
): Promise<ExitCode> {
  const question =
    `${node} loses its power or is reset without a shutdown, and what runs there starts elsewhere ` +
    `when that is confirmed. In good order it would be: holdfast node stop ${node}. Shoot it?`;
  if (options.yes !== true)
    await context.client.call('GET /v1/fencing/{node}/request', { params: { node } });
  await mustAgree(question, options, 'Nobody was shot.');
  const done = await context.client.call('POST /v1/fencing/{node}/request', {
    params: { node },
    body: { accept: 'it-is-shot' },
  });
  answer(context, done, ({ text }) => wrap(text, context.look.columns, ''));
  return EXIT.ok;
}

export async function fenceConfirm(
  context: Context,
  node: string,
  options: ConfirmOptions,
): Promise<ExitCode> {
  const question =
    `If ${node} still runs, its services will be started a second time, which can destroy data. ` +
    `Did you see yourself that ${node} is off?`;
  // Whoever is asked goes and looks, which takes time: what is seen then is of this life of the node.
  const asked =
    options.yes === true
      ? undefined
      : await context.client.call('GET /v1/fencing/{node}/confirm', { params: { node } });
  await mustAgree(question, options, 'Nothing was confirmed.');
  const done = await context.client.call('POST /v1/fencing/{node}/confirm', {
    params: { node },
    body: {
      accept: 'it-is-off',
      ...(asked?.incarnation === undefined ? {} : { incarnation: asked.incarnation }),
    },
  });
  answer(context, done, ({ text }) => [text]);
  return EXIT.ok;
}

export async function fenceRelease(context: Context, node: string): Promise<ExitCode> {
  const done = await context.client.call('POST /v1/fencing/{node}/release', { params: { node } });
  answer(context, done, ({ text }) => [text]);
  return EXIT.ok;
}
