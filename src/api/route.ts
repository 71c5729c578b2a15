/** One route: everything that server, client types and OpenAPI document are made from. */
import type { z } from 'zod';

import type { Backend } from './backend.ts';

type Shape = z.ZodType;
type Output<S extends Shape | undefined> = S extends Shape ? z.output<S> : undefined;

/** `read` is answered on both sockets, `write` only on the one for root. */
export type AccessRole = 'read' | 'write';

interface Call<Query, Body> {
  readonly backend: Backend;
  /** The `{names}` of the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** Who asks, for the history: `anna@n1`. */
  readonly by: string;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

interface RouteCommon<Query extends Shape | undefined, Body extends Shape | undefined> {
  readonly summary: string;
  readonly role: AccessRole;
  readonly query?: Query;
  readonly body?: Body;
}

/** Answers once, with JSON. */
export interface JsonRoute<
  Query extends Shape | undefined = undefined,
  Body extends Shape | undefined = undefined,
  Answer extends Shape = Shape,
> extends RouteCommon<Query, Body> {
  readonly kind: 'json';
  readonly answer: Answer;
  handle(call: Call<Output<Query>, Output<Body>>): Promise<z.input<Answer>> | z.input<Answer>;
}

/** Answers one JSON value a line, as long as the client listens (application/x-ndjson). */
export interface StreamRoute<
  Query extends Shape | undefined = undefined,
  Answer extends Shape = Shape,
> extends RouteCommon<Query, undefined> {
  readonly kind: 'stream';
  readonly answer: Answer;
  handle(call: Call<Output<Query>, undefined>): AsyncIterable<z.input<Answer>>;
}

export interface TextRoute extends RouteCommon<undefined, undefined> {
  readonly kind: 'text';
  readonly contentType: string;
  handle(call: Call<undefined, undefined>): string;
}

/** As the server sees it: inputs are checked before `handle` is called. */
export type AnyRoute = {
  readonly summary: string;
  readonly role: AccessRole;
  readonly query?: Shape | undefined;
  readonly body?: Shape | undefined;
} & (
  | { readonly kind: 'json'; readonly answer: Shape; handle(call: never): unknown }
  | { readonly kind: 'stream'; readonly answer: Shape; handle(call: never): AsyncIterable<unknown> }
  | { readonly kind: 'text'; readonly contentType: string; handle(call: never): string }
);

export function json<
  Answer extends Shape,
  Query extends Shape | undefined = undefined,
  Body extends Shape | undefined = undefined,
>(route: Omit<JsonRoute<Query, Body, Answer>, 'kind'>): JsonRoute<Query, Body, Answer> {
  return { ...route, kind: 'json' };
}

export function stream<Answer extends Shape, Query extends Shape | undefined = undefined>(
  route: Omit<StreamRoute<Query, Answer>, 'kind'>,
): StreamRoute<Query, Answer> {
  return { ...route, kind: 'stream' };
}

export function text(route: Omit<TextRoute, 'kind'>): TextRoute {
  return { ...route, kind: 'text' };
}
