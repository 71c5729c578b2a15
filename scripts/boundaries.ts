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

/** All findings of the checkout at `root`, one line each; none means that the table holds. */
export async function boundaryFindings(root: string): Promise<string[]> {
  const files = globSync(`{src,${tooling.join()}}/**/*.ts`, { cwd: root }).filter(
    (file) => !skipped.test(file),
  );
  if (files.length === 0) return [`${root}: there is no TypeScript file to check`];
  const result = await imports(root, files);
  const seen = new Set(result.modules.map((module) => module.source));
  return [
    ...files.filter((file) => !seen.has(file)).map((file) => `${file}: not seen by the check`),
    ...files
      .filter((file) => file.startsWith('src/') && !knownFolders.test(file))
      .map((file) => `${file}: its folder has no row in boundaries.config.ts`),
    ...result.summary.violations.map(({ from, to, rule }) => `${from} → ${to}: ${rule.name}`),
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
