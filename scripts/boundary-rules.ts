import type { IForbiddenRuleType } from 'dependency-cruiser';

import { table, tooling } from '../boundaries.config.ts';
import type { Row } from '../boundaries.config.ts';

const test = String.raw`(\.test\.ts$|/testing/)`;

/** The table as rules of dependency-cruiser. */
export function boundaryRules(): IForbiddenRuleType[] {
  return [...table.flatMap(rowRules), ...generalRules];
}

/** The rows' own folders, as a pattern that a file of the product must match. */
export const knownFolders = new RegExp(`^src/(${table.map((row) => row.folder).join('|')})/`);

function rowRules(row: Row): IForbiddenRuleType[] {
  const from = { path: `^src/${row.folder}/`, pathNot: test };
  return [importRule(row, from), typeRule(row, from), packageRule(row, from), nodeRule(row, from)]
    .flat()
    .map((rule) => ({ ...rule, severity: 'error' }));
}

function importRule(row: Row, from: IForbiddenRuleType['from']): IForbiddenRuleType {
  const allowed = [row.folder, ...row.may, ...(row.mayTypes ?? [])].map(folderPattern);
  return {
    name: `${row.folder} imports only what the table allows`,
    from,
    to: { path: '^src/', pathNot: allowed },
  };
}

function typeRule(row: Row, from: IForbiddenRuleType['from']): IForbiddenRuleType[] {
  if (row.mayTypes === undefined || row.mayTypes.length === 0) return [];
  const to = { path: row.mayTypes.map(folderPattern), dependencyTypesNot: ['type-only' as const] };
  return [{ name: `${row.folder} imports only types from there`, from, to }];
}

function packageRule(row: Row, from: IForbiddenRuleType['from']): IForbiddenRuleType {
  const allowed = (row.packages ?? []).map((name) => `node_modules/${escape(name)}/`);
  return {
    name: `${row.folder} imports only its packages`,
    from,
    to: { path: 'node_modules/', pathNot: allowed },
  };
}

function nodeRule(row: Row, from: IForbiddenRuleType['from']): IForbiddenRuleType[] {
  if (row.node) return [];
  const to = { dependencyTypes: ['core' as const] };
  return [{ name: `${row.folder} imports no module of Node`, from, to }];
}

function folderPattern(folder: string): string {
  return `^src/${folder}/`;
}

function escape(text: string): string {
  return text.replaceAll('.', String.raw`\.`);
}

const generalRules: IForbiddenRuleType[] = [
  {
    name: 'no cycle',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no import that leads nowhere',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'the core stays within the core, its tests too',
    severity: 'error',
    from: { path: '^src/core/' },
    to: { path: '^src/', pathNot: '^src/core/' },
  },
  {
    name: 'only a test imports a test',
    severity: 'error',
    from: { path: '^src/', pathNot: test },
    to: { path: test },
  },
  {
    name: 'the product imports no tooling',
    severity: 'error',
    from: { path: '^src/' },
    to: { path: `^(${tooling.join('|')})/` },
  },
];
