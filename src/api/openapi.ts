/** The route table as an OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.0). */
import { z } from 'zod';

import type { AnyRoute } from './route.ts';
import { routes } from './routes.ts';
import { problem } from './schemas/answers.ts';

type Json = Record<string, unknown>;

let document: Json | undefined;

export function openApiDocument(): Json {
  document ??= makeDocument();
  return document;
}

function makeDocument(): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const [key, route] of Object.entries(routes) as [string, AnyRoute][]) {
    const [method = '', path = ''] = key.split(' ');
    const entry = (paths[path] ??= {});
    entry[method.toLowerCase()] = operation(path, route, schemas);
  }
  schemaOf(problem, 'output', schemas);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Holdfast',
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'The API of holdfastd, on two Unix sockets: api.sock takes all requests and is for root, ' +
        'read.sock takes those marked x-role: read and is for the group holdfast.',
    },
    servers: [{ url: 'http://localhost', description: 'over /run/holdfast/api.sock' }],
    paths,
    components: { schemas: sorted(schemas) },
  };
}

function operation(path: string, route: AnyRoute, schemas: Json): Json {
  const parameters = [...pathParameters(path), ...queryParameters(route, schemas)];
  return {
    summary: route.summary,
    'x-role': route.role,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            content: { 'application/json': { schema: schemaOf(route.body, 'input', schemas) } },
          },
        }),
    responses: {
      200: { description: 'done', content: answerContent(route, schemas) },
      default: {
        description: 'what is wrong, and what to do',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function answerContent(route: AnyRoute, schemas: Json): Json {
  if (route.kind === 'text') return { [route.contentType]: { schema: { type: 'string' } } };
  const type = route.kind === 'stream' ? 'application/x-ndjson' : 'application/json';
  return { [type]: { schema: schemaOf(route.answer, 'output', schemas) } };
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(route: AnyRoute, schemas: Json): Json[] {
  if (route.query === undefined) return [];
  const schema = schemaOf(route.query, 'output', schemas);
  const properties = (schema['properties'] ?? {}) as Record<string, Json>;
  return Object.entries(properties).map(([name, { description, ...property }]) => ({
    name,
    in: 'query',
    required: false,
    ...(description === undefined ? {} : { description }),
    schema: property,
  }));
}

/** Named schemas (`meta({ id })`) go to the components; what is left is inline. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const made = z.toJSONSchema(schema, {
    io,
    target: 'draft-2020-12',
    unrepresentable: 'any',
  }) as Json;
  const { $schema: _, $defs, ...rest } = moveReferences(made) as Json;
  for (const [name, definition] of Object.entries(($defs ?? {}) as Json)) {
    schemas[name] = withoutId(definition as Json);
  }
  const { id, ...inline } = rest;
  if (typeof id !== 'string') return inline;
  schemas[id] = inline;
  return { $ref: `#/components/schemas/${id}` };
}

function withoutId(definition: Json): Json {
  const { id: _, ...rest } = definition;
  return rest;
}

function moveReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(moveReferences);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) =>
      name === '$ref' && typeof inner === 'string'
        ? [name, inner.replace('#/$defs/', '#/components/schemas/')]
        : [name, moveReferences(inner)],
    ),
  );
}

function sorted(schemas: Json): Json {
  return Object.fromEntries(
    Object.keys(schemas)
      .sort()
      .map((name) => [name, schemas[name]]),
  );
}
