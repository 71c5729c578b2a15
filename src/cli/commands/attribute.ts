/** `holdfast attribute …`: what agents tell the scheduler and one another. */
import { answer, orNothing } from '../context.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { Failure } from '../failure.ts';

export interface AttributeOptions {
  /** Absent: of the cluster. */
  readonly node?: string;
  /** Of a node: it stays over its next start. */
  readonly permanent?: boolean;
}

const lifetimeOf = (options: AttributeOptions): 'forever' | 'reboot' =>
  options.permanent === true ? 'forever' : 'reboot';

export async function list(context: Context, options: AttributeOptions): Promise<ExitCode> {
  const { node } = options;
  const found =
    node === undefined
      ? await context.client.call('GET /v1/attributes', {})
      : await context.client.call('GET /v1/nodes/{node}/attributes', {
          params: { node },
          query: { lifetime: lifetimeOf(options) },
        });
  answer(context, found, (attributes) =>
    orNothing(Object.entries(attributes), 'There are none.', ([name, value]) => [
      `${name} = ${value}`,
    ]),
  );
  return EXIT.ok;
}

export async function set(
  context: Context,
  name: string,
  value: string,
  options: AttributeOptions,
): Promise<ExitCode> {
  refuseAlone(options);
  const { node } = options;
  const done =
    node === undefined
      ? await context.client.call('PUT /v1/attributes/{name}', {
          params: { name },
          body: { value },
        })
      : await context.client.call('PUT /v1/nodes/{node}/attributes/{name}', {
          params: { node, name },
          body: { value, lifetime: lifetimeOf(options) },
        });
  answer(context, done, ({ text }) => [text]);
  return EXIT.ok;
}

export async function remove(
  context: Context,
  name: string,
  options: AttributeOptions,
): Promise<ExitCode> {
  refuseAlone(options);
  const { node } = options;
  const done =
    node === undefined
      ? await context.client.call('DELETE /v1/attributes/{name}', { params: { name } })
      : await context.client.call('DELETE /v1/nodes/{node}/attributes/{name}', {
          params: { node, name },
          query: { lifetime: lifetimeOf(options) },
        });
  answer(context, done, ({ text }) => [text]);
  return EXIT.ok;
}

/** Attributes of the cluster stay in any case. */
function refuseAlone({ node, permanent }: AttributeOptions): void {
  if (permanent !== true || node !== undefined) return;
  throw new Failure(
    EXIT.usage,
    '--permanent says how long an attribute of a node stays: --node N.',
  );
}
