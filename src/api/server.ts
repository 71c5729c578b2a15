/** The route table as a server: checks what comes in, answers problems as JSON with a way out. */
import { Hono } from 'hono';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';

import { suggestion } from '../core/view/suggest.ts';
import type { Backend } from './backend.ts';
import { openApiDocument } from './openapi.ts';
import { Problem } from './problem.ts';
import type { AccessRole, AnyRoute } from './route.ts';
import { routes } from './routes.ts';
import { limiter } from './limiter.ts';
import type { Limiter } from './limiter.ts';
import { lines } from './lines.ts';

/** Somewhat more than the longest configuration text in JSON. */
const BODY_BYTES_MAX = 8 * 1024 * 1024;
const REQUESTS_MAX = 128;
const STREAMS_MAX = 32;

export interface ApiOptions {
  readonly backend: Backend;
  /** What callers on this server's socket may do. */
  readonly access: AccessRole;
  /** Told of every unexpected error: a bug. */
  readonly onError: (error: unknown, where: string) => void;
}

export function createApi(options: ApiOptions): Hono {
  const app = new Hono();
  const limits = { requests: limiter(REQUESTS_MAX), streams: limiter(STREAMS_MAX) };
  const tooLarge = (): never => {
    throw new Problem('too-large', `The request is longer than ${BODY_BYTES_MAX} bytes.`);
  };
  app.use(bodyLimit({ maxSize: BODY_BYTES_MAX, onError: tooLarge }));
  app.get('/v1/openapi.json', (context) => context.json(openApiDocument()));
  for (const [key, route] of Object.entries(routes) as [string, AnyRoute][]) {
    const [method = '', path = ''] = key.split(' ');
    app.on(method, path.replaceAll(/\{(\w+)\}/g, ':$1'), (context) => {
      const limit = route.kind === 'stream' ? limits.streams : limits.requests;
      return answer(options, route, limit, context);
    });
  }
  const refuse = (context: Context, { body, status }: Problem): Response => {
    options.backend.refusals.count(body.code);
    return context.json(body, status);
  };
  app.notFound((context) => refuse(context, unknownRoute(context)));
  app.onError((error, context) => {
    if (error instanceof Problem) return refuse(context, error);
    if (hasGone(error)) return refuse(context, cutOff());
    options.onError(error, `${context.req.method} ${context.req.path}`);
    return refuse(context, internal());
  });
  return app;
}

async function answer(
  options: ApiOptions,
  route: AnyRoute,
  limit: Limiter,
  context: Context,
): Promise<Response> {
  if (route.role === 'write' && options.access === 'read') throw notAllowed();
  const { signal } = context.req.raw;
  const call = {
    backend: options.backend,
    params: context.req.param(),
    query: parse(route.query, context.req.query(), 'the query'),
    body: parse(route.body, route.body && (await readBody(context)), 'the body'),
    by: author(context, options.backend),
    signal,
  } as never;
  const release = limit.take();
  if (release === undefined) throw new Problem('busy', 'Too many requests are under way.');
  if (route.kind === 'stream') {
    const headers = { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' };
    try {
      return new Response(lines(route.handle(call), release), { headers });
    } catch (error) {
      release();
      throw error;
    }
  }
  try {
    if (route.kind === 'text') {
      return context.body(route.handle(call), 200, { 'content-type': route.contentType });
    }
    return context.json(await route.handle(call));
  } finally {
    release();
  }
}

/** The document checks itself: nothing reaches a handler that its schema does not allow. */
function parse(schema: z.ZodType | undefined, value: unknown, what: string): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const texts = result.error.issues.map((issue) => {
    const path = issue.path.map(String).join('.');
    return path === '' ? issue.message : `${path}: ${issue.message}`;
  });
  throw new Problem('bad-request', `${what} does not fit: ${texts.join('; ')}`, {
    advice: 'GET /v1/openapi.json describes every request',
  });
}

/** An empty body stands for `{}`. */
async function readBody(context: Context): Promise<unknown> {
  const text = await context.req.text();
  if (text === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Problem('bad-request', `the body is no JSON: ${(error as Error).message}`);
  }
}

/** As Node says it: the connection ended in the middle of a request. */
const hasGone = (error: Error): boolean =>
  error.message === 'aborted' && 'code' in error && error.code === 'ECONNRESET';

/** Nobody is left to read it; it is counted. */
const cutOff = (): Problem =>
  new Problem('bad-request', 'The client has gone before the end of its request.');

/** Whom the history names. Callers on this socket may all do the same, so their word is enough. */
function author(context: Context, backend: Backend): string {
  const given = context.req.header('x-holdfast-user') ?? '';
  const user = given.replaceAll(/[^\w.@-]/g, '').slice(0, 64);
  return `${user === '' ? 'root' : user}@${backend.local().self}`;
}

function unknownRoute(context: Context): Problem {
  const asked = `${context.req.method} ${context.req.path}`;
  const hint = suggestion(asked, Object.keys(routes));
  return new Problem('not-found', `There is no ${asked}${hint}`, {
    advice: 'GET /v1/openapi.json lists all routes',
  });
}

function notAllowed(): Problem {
  return new Problem('not-allowed', 'Only root may change something.', {
    advice: 'use the socket api.sock, as root',
  });
}

function internal(): Problem {
  return new Problem('internal', 'An unexpected error; the log of holdfastd has the details.', {
    advice: 'journalctl -u holdfastd',
  });
}
