/** Turns what the shape finds wrong into sentences: where, what, and what to do. */
import type { z } from 'zod';
import { nearestName, suggestionText } from '../core/model/nearest.ts';
import type { FileFinding } from './finding.ts';
import type { Path, PathStep, Tree } from './tree/tree.ts';

type Issue = z.core.$ZodIssue;
type UnionIssue = z.core.$ZodIssueInvalidUnion;

export interface ShapeProblem {
  readonly path: Path;
  readonly at: 'key' | 'value';
  readonly text: string;
  readonly advice?: string;
}

export function shapeProblems(issues: readonly Issue[], tree: Tree): readonly ShapeProblem[] {
  return issues.flatMap((issue) => issueProblems(issue, [], tree.value));
}

export function problemFinding(problem: ShapeProblem, tree: Tree, file: string): FileFinding {
  const { path, at, text, advice } = problem;
  const { line, column } = tree.locate(path, at);
  return { file, line, column, text, ...(advice !== undefined && { advice }) };
}

/** @param around the way to what the issue's own path starts from */
function issueProblems(issue: Issue, around: Path, root: unknown): readonly ShapeProblem[] {
  const path = [...around, ...issue.path.map(pathStep)];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, issue.message.split(' ')));
    case 'invalid_union':
      return unionProblems(issue, path, root);
    case 'invalid_type':
      return [typeProblem([issue.expected], path, root)];
    case 'invalid_value':
      return [wordProblem(issue.values.map(String), path, root)];
    default:
      return [{ path, at: 'value', text: issue.message }];
  }
}

const pathStep = (part: PropertyKey): PathStep => (typeof part === 'number' ? part : String(part));

function valueAt(root: unknown, path: Path): unknown {
  let current = root;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Readonly<Record<PathStep, unknown>>)[step];
  }
  return current;
}

/** Longer lists would hide the message. */
const KNOWN_KEYS_SHOWN = 16;

function unknownKey(key: string, path: Path, known: readonly string[]): ShapeProblem {
  const suggestion = suggestionText(key, known);
  const problem = { path: [...path, key], at: 'key', text: `unknown key "${key}"${suggestion}` };
  if (suggestion !== '' || known.length > KNOWN_KEYS_SHOWN) return { ...problem, at: 'key' };
  return { ...problem, at: 'key', advice: `known here: ${known.join(', ')}` };
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a value',
  number: 'a value',
  boolean: 'a value',
  object: 'a map',
  record: 'a map',
  array: 'a list',
};

function typeProblem(expected: readonly string[], path: Path, root: unknown): ShapeProblem {
  const value = valueAt(root, path);
  const kinds = [...new Set(expected.map((kind) => KINDS[kind] ?? 'a value'))].join(' or ');
  const name = path.at(-1);
  if (value === undefined) return missingProblem(path);
  if (value !== null)
    return { path, at: 'value', text: `${kinds} is expected, not ${kindOf(value)}` };
  const what = typeof name === 'string' ? `"${name}" has no value` : 'the entry is empty';
  const advice = kinds === 'a value' ? 'write "" for an empty text' : 'remove it, or fill it in';
  return { path, at: 'key', text: `${what}, ${kinds} is expected`, advice };
}

function missingProblem(path: Path): ShapeProblem {
  const name = String(path.at(-1) ?? '');
  return { path: path.slice(0, -1), at: 'value', text: `"${name}" is missing` };
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'string' ? `"${shortened(value)}"` : 'a map';
}

const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

function wordProblem(words: readonly string[], path: Path, root: unknown): ShapeProblem {
  const value = valueAt(root, path);
  if (value === undefined) return missingProblem(path);
  if (typeof value !== 'string') return typeProblem(['string'], path, root);
  const nearest = nearestName(value, words);
  const hint = nearest === undefined ? '' : `, did you mean "${nearest}"?`;
  const text = `"${shortened(value)}" is not one of ${words.join(', ')}${hint}`;
  return { path, at: 'value', text };
}

/** What one of several possible shapes has against the value. */
interface Branch {
  readonly issues: readonly Issue[];
  /** Against the map itself: keys unknown or missing; the wrong kind of value counts most. */
  readonly own: number;
  readonly missing: readonly string[];
}

const WRONG_KIND = 1_000_000;

/** Speaks for the shape that the writer most likely meant: the one with least against the value. */
function unionProblems(issue: UnionIssue, path: Path, root: unknown): readonly ShapeProblem[] {
  const value = valueAt(root, path);
  const branches = issue.errors.map((issues) => branch(issues, value));
  const best = branches.toSorted(byComplaints)[0];
  if (!best) return [{ path, at: 'value', text: issue.message }];
  if (best.own >= WRONG_KIND) return [typeProblem(branches.flatMap(expectedKinds), path, root)];
  const equal = branches.filter((other) => other.own === best.own && other.missing.length > 0);
  const known = [...new Set(branches.flatMap(({ issues }) => ownKnownKeys(issues)))];
  const problems = best.issues.flatMap((inner) => branchProblems(inner, path, root, known));
  if (equal.length > 1 && best.missing.length > 0) {
    const choices = equal.flatMap(({ missing }) => missing).join(', ');
    const others = problems.filter(({ text }) => !text.endsWith('is missing'));
    if (others.some(({ text }) => text.includes('did you mean'))) return others;
    return [...others, { path, at: 'value', text: `one of these is needed: ${choices}` }];
  }
  return withoutConsequences(problems, best.missing);
}

function branch(issues: readonly Issue[], value: unknown): Branch {
  const missing: string[] = [];
  let own = 0;
  for (const issue of issues) {
    if (issue.path.length === 0) own += ownWeight(issue);
    else if (issue.path.length === 1 && valueAt(value, issue.path.map(pathStep)) === undefined) {
      missing.push(String(issue.path[0]));
      own += 1;
    }
  }
  return { issues, own: own - mistypedKeys(issues, missing), missing };
}

/** A key that is missing because it is mistyped counts once only. */
function mistypedKeys(issues: readonly Issue[], missing: readonly string[]): number {
  if (missing.length === 0) return 0;
  const unknown = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [],
  );
  return unknown.filter((key) => nearestName(key, missing) !== undefined).length;
}

function ownWeight(issue: Issue): number {
  if (issue.code === 'unrecognized_keys') return issue.keys.length;
  return issue.code === 'invalid_type' || issue.code === 'invalid_union' ? WRONG_KIND : 1;
}

function byComplaints(left: Branch, right: Branch): number {
  return left.own - right.own || left.issues.length - right.issues.length;
}

function expectedKinds({ issues }: Branch): readonly string[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'invalid_type') return [issue.expected];
    if (issue.code !== 'invalid_union') return [];
    // One level is enough: a union within a union is a scalar.
    return issue.errors
      .flat()
      .flatMap((inner) => (inner.code === 'invalid_type' ? [inner.expected] : []));
  });
}

/** The message of such an issue holds the keys that are known there (see `map` of the shapes). */
function ownKnownKeys(issues: readonly Issue[]): readonly string[] {
  return issues
    .filter(({ code, path }) => code === 'unrecognized_keys' && path.length === 0)
    .flatMap(({ message }) => message.split(' '));
}

function branchProblems(
  issue: Issue,
  path: Path,
  root: unknown,
  known: readonly string[],
): readonly ShapeProblem[] {
  if (issue.code !== 'unrecognized_keys' || issue.path.length > 0) {
    return issueProblems(issue, path, root);
  }
  const own = ownKnownKeys([issue]);
  return issue.keys.map((key) =>
    unknownKey(key, path, nearestName(key, own) === undefined ? known : own),
  );
}

/** A key that is missing because it is mistyped needs no second finding. */
function withoutConsequences(
  problems: readonly ShapeProblem[],
  missing: readonly string[],
): readonly ShapeProblem[] {
  const explained = missing.filter((key) =>
    problems.some(({ text }) => text.endsWith(`did you mean "${key}"?`)),
  );
  return problems.filter(({ text }) => !explained.some((key) => text === `"${key}" is missing`));
}
