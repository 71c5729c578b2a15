import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, it } from 'vitest';

import { openApiDocument } from './openapi.ts';
import { routes } from './routes.ts';

const file = join(import.meta.dirname, '../../docs/api/openapi.json');

it('is what docs/api/openapi.json says; UPDATE=1 rewrites it', () => {
  const text = `${JSON.stringify(openApiDocument(), null, 2)}\n`;
  if (process.env['UPDATE'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(readFileSync(file, 'utf8')).toBe(text);
});

it('describes every route and defines every schema that it refers to', () => {
  const text = JSON.stringify(openApiDocument());
  const { paths, components } = openApiDocument() as {
    paths: Record<string, Record<string, unknown>>;
    components: { schemas: Record<string, unknown> };
  };
  for (const key of Object.keys(routes)) {
    const [method = '', path = ''] = key.split(' ');
    expect(paths[path]?.[method.toLowerCase()]).toBeDefined();
  }
  for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    expect(components.schemas).toHaveProperty(name);
  }
  expect(text).not.toContain('$defs');
});
