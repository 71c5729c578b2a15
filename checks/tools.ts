import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { boundaryFindings } from '../scripts/boundaries.ts';

/** What one tool says about one file, e.g. `src/host/any.ts: lint: typescript-eslint(no-explicit-any)`. */
export type Finding = string;

const root = join(import.meta.dirname, '..');

const settings = [
  'package.json',
  'tsconfig.json',
  'tsconfig.base.json',
  'tsconfig.core.json',
  'tsconfig.node.json',
  '.oxlintrc.json',
  '.oxfmtrc.json',
];

/** A checkout of its own with this repository's settings and the files of a folder in fixtures/. */
export function projectOf(fixture: string): string {
  const project = mkdtempSync(join(tmpdir(), `holdfast-${fixture}-`));
  for (const file of settings) cpSync(join(root, file), join(project, file));
  cpSync(join(root, 'checks/fixtures', fixture), project, { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
  return project;
}

/** All that the checks of `./dev check` find in a project, sorted. */
export async function findingsIn(project: string): Promise<readonly Finding[]> {
  const found = await Promise.all([
    types(project),
    lint(project),
    format(project),
    boundaries(project),
  ]);
  return found.flat().toSorted();
}

async function types(project: string): Promise<readonly Finding[]> {
  const output = await run(project, 'tsc', ['-b', '--pretty', 'false']);
  return [...output.matchAll(/^(\S+?)\(\d+,\d+\): error (TS\d+)/gm)].map(
    ([, file, code]) => `${file}: types: ${code}`,
  );
}

type Diagnostic = { readonly filename: string; readonly code?: string; readonly message: string };

async function lint(project: string): Promise<readonly Finding[]> {
  const output = await run(project, 'oxlint', ['--format', 'json', 'src', 'e2e']);
  const { diagnostics } = JSON.parse(output) as { readonly diagnostics: readonly Diagnostic[] };
  return diagnostics.map(({ filename, code, message }) => `${filename}: lint: ${code ?? message}`);
}

async function format(project: string): Promise<readonly Finding[]> {
  const output = await run(project, 'oxfmt', ['--list-different', 'src', 'e2e']);
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((file) => `${file}: format: not formatted`);
}

async function boundaries(project: string): Promise<readonly Finding[]> {
  const found = await boundaryFindings(project);
  return found.map((line) => line.replace(/^(\S+): (.*?)( \(\S+\))?$/, '$1: boundaries: $2'));
}

/** A tool's standard output, whatever its exit code: findings make it fail, and are wanted here. */
function run(project: string, tool: string, args: readonly string[]): Promise<string> {
  const path = join(root, 'node_modules/.bin', tool);
  return new Promise((resolve) => {
    execFile(path, args, { cwd: project, env: { ...process.env, NO_COLOR: '1' } }, (_, stdout) =>
      resolve(stdout),
    );
  });
}
