import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { clusterJsonSchema } from './json-schema.ts';

const asEditorsDo = z.fromJSONSchema(clusterJsonSchema());
const examples = new URL('../../examples/', import.meta.url);
const names = readdirSync(examples).filter((name) => name.endsWith('.yaml'));

test.each(names)('editors accept the example %s, whose numbers are numbers to them', (name) => {
  const value: unknown = parse(readFileSync(new URL(name, examples), 'utf8'));
  expect(asEditorsDo.safeParse(value).error).toBeUndefined();
});

test('editors underline what is mistyped', () => {
  expect(asEditorsDo.safeParse({ resources: { a: { agnt: 'ocf:heartbeat:Dummy' } } }).success).toBe(
    false,
  );
  expect(asEditorsDo.safeParse({ clustr: 'web' }).success).toBe(false);
});

test('the schema names its version and stays small', () => {
  const schema = clusterJsonSchema();
  expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(JSON.stringify(schema).length).toBeLessThan(60_000);
});
