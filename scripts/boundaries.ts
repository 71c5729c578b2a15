/**
 * Checks who imports whom: `node scripts/boundaries.ts [folder]`.
 *
 * Fails also when it saw fewer files than there are: dependency-cruiser without a TypeScript that it
 * can use says "no violations (0 modules)".
 */
import { globSync } from 'node:fs';
import { argv, exit } from 'node:process';

import { cruise } from 'dependency-cruiser';
import type { ICruiseResult } from 'dependency-cruiser';

import { tooling } from '../boundaries.config.ts';
import { boundaryRules, knownFolders } from './boundary-rules.ts';

const skipped = /^checks\/fixtures\//;

/** All findings of the checkout at `root`, one a line; none means that the table holds. */
export async function boundaryFindings(root: string): Promise<string[]> {
  const files = globSync(`{src,${tooling.join()}}/**/*.ts`, { cwd: root }).filter(
    (file) => !skipped.test(file),
  );
  if (files.length === 0) return [`${root}: there is no TypeScript file to check`];
  return findingsOf(files, await imports(root, files));
}

type Seen = {
  readonly modules: readonly Pick<ICruiseResult['modules'][number], 'source'>[];
  readonly summary: Pick<ICruiseResult['summary'], 'violations'>;
};

/** What `result` says about `files`, and which of them it did not see at all. */
export function findingsOf(files: readonly string[], result: Seen): string[] {
  const seen = new Set(result.modules.map((module) => module.source));
  const unseen = files.filter((file) => !seen.has(file));
  const homeless = files.filter((file) => file.startsWith('src/') && !knownFolders.test(file));
  return [
    ...unseen.map((file) => `${file}: not seen by the check`),
    ...homeless.map((file) => `${file}: its folder has no row in boundaries.config.ts`),
    ...result.summary.violations.map(({ from, to, rule }) => `${from}: ${rule.name} (${to})`),
  ];
}

async function imports(root: string, files: readonly string[]): Promise<ICruiseResult> {
  const { output } = await cruise([...files], {
    baseDir: root,
    validate: true,
    ruleSet: { forbidden: boundaryRules() },
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    preserveSymlinks: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  });
  if (typeof output === 'string') throw new Error(`dependency-cruiser answered text: ${output}`);
  return output;
}

if (import.meta.main) {
  const findings = await boundaryFindings(argv[2] ?? process.cwd());
  for (const finding of findings) console.error(finding);
  if (findings.length > 0) exit(1);
}
