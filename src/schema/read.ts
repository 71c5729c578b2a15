/** Reads cluster.yaml: text → Configuration, or every error at once with its place. */
import type { Configuration } from '../core/model/configuration.ts';
import type { ConfigurationSubject } from '../core/model/subject.ts';
import { parseInteger } from '../core/model/value.ts';
import { buildConfiguration } from './build/document.ts';
import type { FileFinding } from './finding.ts';
import { problemFinding, shapeProblems } from './problems.ts';
import type { ShapeProblem } from './problems.ts';
import { clusterDocument, FORMAT_VERSION } from './shape/document.ts';
import type { ClusterDocument } from './shape/document.ts';
import { readTree } from './tree/read.ts';
import type { Path, Position, Tree } from './tree/tree.ts';

/** The text that a configuration was made from, and where things stand in it. */
export interface ConfigurationSource {
  readonly file: string;
  readonly text: string;
  /** Where a finding about the configuration belongs; the nearest place that is written. */
  readonly locate: (subject: ConfigurationSubject) => Position;
}

export type ClusterYamlResult =
  | { readonly configuration: Configuration; readonly source: ConfigurationSource }
  | { readonly findings: readonly FileFinding[] };

const FINDINGS_MAX = 50;

/**
 * Reads the shape only; whether references lead anywhere and names are known is told by
 * `checkConfiguration` of core/config, whose findings `source.locate` places in the text.
 *
 * @param file the name to show in findings
 */
export function readClusterYaml(text: string, file: string): ClusterYamlResult {
  const read = readTree(text);
  if ('problems' in read) {
    return {
      findings: read.problems.map(({ position, ...problem }) => ({
        file,
        ...position,
        ...problem,
      })),
    };
  }
  const { tree } = read;
  const failed = (problems: readonly ShapeProblem[]): ClusterYamlResult => ({
    findings: sorted(problems.map((problem) => problemFinding(problem, tree, file))),
  });
  const wrongVersion = versionProblem(tree.value);
  if (wrongVersion) return failed([wrongVersion]);
  if (isEmpty(tree.value)) return failed([EMPTY]);
  const shaped = clusterDocument.safeParse(tree.value ?? {});
  if (!shaped.success) return failed(shapeProblems(shaped.error.issues, tree));
  return build(shaped.data, tree, { file, text }, failed);
}

function build(
  document: ClusterDocument,
  tree: Tree,
  origin: { readonly file: string; readonly text: string },
  failed: (problems: readonly ShapeProblem[]) => ClusterYamlResult,
): ClusterYamlResult {
  const problems: ShapeProblem[] = [];
  const places = new Map<string, Path>();
  const configuration = buildConfiguration(
    {
      problem: (path, text, advice) => {
        problems.push({ path, at: 'value', text, ...(advice !== undefined && { advice }) });
      },
      place: (kind, id, path) => {
        if (!places.has(`${kind} ${id}`)) places.set(`${kind} ${id}`, path);
      },
      keys: tree.keys,
    },
    document,
  );
  if (problems.length > 0) return failed(problems);
  const locate = (subject: ConfigurationSubject): Position => locateSubject(tree, places, subject);
  return { configuration, source: { ...origin, locate } };
}

function locateSubject(
  tree: Tree,
  places: ReadonlyMap<string, Path>,
  subject: ConfigurationSubject,
): Position {
  const base = places.get(`${subject.kind} ${subject.id}`) ?? [];
  const field = subject.field ?? [];
  return tree.locate([...base, ...field], 'key');
}

/** Said alone: a newer version may mean anything by what looks wrong here. */
function versionProblem(value: unknown): ShapeProblem | undefined {
  if (typeof value !== 'object' || value === null || !('version' in value)) return undefined;
  const version = parseInteger(String(value.version));
  if (version === undefined || version === FORMAT_VERSION) return undefined;
  const path = ['version'];
  if (version < 1) return { path, at: 'value', text: `there is no version ${version}` };
  return {
    path,
    at: 'value',
    text: `this file is of version ${version}, and this Holdfast reads version ${FORMAT_VERSION}`,
    advice: 'update Holdfast on every node first',
  };
}

/** Most likely a file that was cut off, or a pipe whose first command failed: never an order to stop all. */
const EMPTY: ShapeProblem = {
  path: [],
  at: 'value',
  text: 'there is no configuration here: the document is empty',
  advice: 'to take everything out of the configuration write "resources: {}"',
};

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).every((key) => key === 'version');
}

function sorted(findings: readonly FileFinding[]): readonly FileFinding[] {
  return findings
    .toSorted((left, right) => left.line - right.line || left.column - right.column)
    .slice(0, FINDINGS_MAX);
}
