/** The manual says what the code knows: tables, examples, schema. `UPDATE=1` writes them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CLUSTER_OPTIONS, META_ATTRIBUTES, OPERATION_OPTIONS } from '../core/config/options.ts';
import type { OptionDescription } from '../core/config/options.ts';
import { findingText } from '../schema/finding.ts';
import { clusterJsonSchema } from '../schema/json-schema.ts';
import { readClusterYaml } from '../schema/read.ts';

const manual = new URL('../../docs/manual/configuration.md', import.meta.url);

function table(options: readonly OptionDescription[]): string {
  const rows = options
    .filter(({ ignored }) => ignored !== true)
    .map(({ name, type, default: standard, meaning }) => {
      const kind = type.kind === 'words' ? type.words.join(', ') : type.kind;
      return `| \`${name}\` | ${kind} | ${standard === '' ? '' : `\`${standard}\``} | ${meaning} |\n`;
    });
  return `| name | type | default | meaning |\n|---|---|---|---|\n${rows.join('')}`;
}

function withTable(text: string, marker: string, options: readonly OptionDescription[]): string {
  const begin = `<!-- ${marker} -->\n`;
  const start = text.indexOf(begin) + begin.length;
  const end = text.indexOf('<!-- end -->', start);
  if (start < begin.length || end < 0) throw new Error(`no marker "${marker}" in the manual`);
  return text.slice(0, start) + table(options) + text.slice(end);
}

test('the tables of the manual are up to date', () => {
  const text = readFileSync(manual, 'utf8');
  const withOptions = withTable(text, 'options of the cluster', CLUSTER_OPTIONS);
  const withMeta = withTable(withOptions, 'meta attributes', META_ATTRIBUTES);
  const expected = withTable(withMeta, 'options of operations', OPERATION_OPTIONS);
  const updates = process.env['UPDATE'] === '1';
  if (updates) writeFileSync(manual, expected);
  expect(updates ? expected : text).toBe(expected);
});

const examples = [...readFileSync(manual, 'utf8').matchAll(/```yaml\n([^]*?)```/g)];

test('the manual has examples', () => {
  expect(examples.length).toBeGreaterThan(4);
});

test.each(examples.map(([, text = ''], index) => [index + 1, text] as const))(
  'example %i of the manual is read',
  (index, text) => {
    const result = readClusterYaml(text, `example ${index}`);
    expect('findings' in result ? result.findings.map(findingText) : []).toEqual([]);
  },
);

test('the schema beside the manual is up to date', () => {
  const path = new URL('../../docs/manual/cluster.schema.json', import.meta.url);
  const expected = `${JSON.stringify(clusterJsonSchema(), null, 1)}\n`;
  const updates = process.env['UPDATE'] === '1';
  if (updates) writeFileSync(path, expected);
  expect(updates ? expected : readFileSync(path, 'utf8')).toBe(expected);
});
