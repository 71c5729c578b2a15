/** What a client sends and gets for each route, as types of the one table. */
import type { z } from 'zod';

import type { RouteKey, Routes } from './routes.ts';

type Kind<K extends RouteKey> = Routes[K]['kind'];

export type JsonKey = { [K in RouteKey]: Kind<K> extends 'json' ? K : never }[RouteKey];
export type StreamKey = { [K in RouteKey]: Kind<K> extends 'stream' ? K : never }[RouteKey];
export type TextKey = { [K in RouteKey]: Kind<K> extends 'text' ? K : never }[RouteKey];

/** The names in braces of a route's path. */
type Names<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Names<Rest>
  : never;

type Field<K extends RouteKey, Name extends string> = Routes[K] extends {
  readonly [_ in Name]?: infer S;
}
  ? S extends z.ZodType
    ? z.input<S>
    : never
  : never;

/** Only the parts that the route has. */
export type InputOf<K extends RouteKey> = ([Names<K>] extends [never]
  ? { readonly params?: undefined }
  : { readonly params: Readonly<Record<Names<K>, string>> }) &
  ([Field<K, 'query'>] extends [never]
    ? { readonly query?: undefined }
    : { readonly query?: Field<K, 'query'> }) &
  ([Field<K, 'body'>] extends [never]
    ? { readonly body?: undefined }
    : { readonly body: Field<K, 'body'> });

export type AnswerOf<K extends JsonKey | StreamKey> = Routes[K] extends {
  readonly answer: infer S extends z.ZodType;
}
  ? z.output<S>
  : never;

export type { ProblemBody } from './problem.ts';
