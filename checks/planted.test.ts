import { globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { findingsIn, projectOf } from './tools.ts';

const fixture = 'planted';
const planted = join(import.meta.dirname, 'fixtures', fixture);
const files = globSync('**/*.ts', { cwd: planted }).toSorted();

let project: string;
let found: readonly string[];

beforeAll(async () => {
  project = projectOf(fixture);
  found = await findingsIn(project);
});

afterAll(() => rmSync(project, { recursive: true }));

/** Each line `// planted: TOOL: RULE` at a file's head says what must be found in it. */
function expected(file: string): string[] {
  const text = readFileSync(join(planted, file), 'utf8');
  return [...text.matchAll(/^\/\/ planted: (.*)$/gm)].map(([, finding]) => `${file}: ${finding}`);
}

test.each(files)('%s: what is planted is found, and nothing else', (file) => {
  const inFile = found.filter((finding) => finding.startsWith(`${file}: `));
  expect([...new Set(inFile)].toSorted()).toEqual(expected(file).toSorted());
});
