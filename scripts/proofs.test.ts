import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/proofs.md'), 'utf8');

/** Each `path` of the page's tables, with what stands in quotes behind it. */
const proofs = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .flatMap((line) => [...line.matchAll(/`(\w[^` ]*\/[^` ]*)`((?:,? ?"[^"]+")*)/g)])
  .map(([, path = '', quotes = '']) => ({
    path,
    titles: [...quotes.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title),
  }));

test('the page names many proofs', () => {
  expect(proofs.length).toBeGreaterThan(60);
});

test('every test that the page names is there', () => {
  const missing = proofs.flatMap(({ path, titles }) => {
    if (!existsSync(join(root, path))) return [path];
    const text = readFileSync(join(root, path), 'utf8').replaceAll("\\'", "'");
    return titles.filter((title) => !text.includes(title)).map((title) => `${path}: ${title}`);
  });
  expect(missing).toEqual([]);
});
