/** `holdfast import`: a Pacemaker CIB → cluster.yaml, and what became of what. */
import { CLUSTER_OPTIONS } from '../core/config/options.ts';
import type { Configuration } from '../core/model/configuration.ts';
import type { Finding } from '../core/model/plan.ts';
import type { AttributeBlock } from '../core/model/rule.ts';
import { readCib } from '../interop/cib/read.ts';
import { writeClusterYaml } from '../schema/write.ts';
import { noteKeptSecrets, translateFencing } from './import-fencing.ts';
import type { ImportNote } from './import-fencing.ts';
import { withStandardIds } from './import-ids.ts';

export interface ImportOptions {
  /** Leave fence devices the resources that they are in the CIB. */
  readonly keepFenceResources?: boolean;
}

export interface Imported {
  readonly configuration: Configuration;
  readonly text: string;
  /** What the reader found odd, and what was translated or left out. */
  readonly findings: readonly Finding[];
}

export type ImportResult = { readonly imported: Imported } | { readonly error: string };

/** @param file the name to show in errors, and in the head of the result */
export function importCib(xml: string, file: string, options: ImportOptions = {}): ImportResult {
  const result = readCib(xml);
  if ('error' in result) {
    const { line, column, text } = result.error;
    return { error: `${file}:${line}:${column}: ${text}` };
  }
  const { picture } = result;
  const notes: ImportNote[] = [];
  const configuration = importConfiguration(picture.configuration, notes, options);
  const findings = [...picture.findings, ...notes.map(noteFinding)];
  const head = headOf(file, configuration, findings);
  const text = writeClusterYaml(configuration, { head, comments: commentsOf(notes) });
  return { imported: { configuration, text, findings } };
}

export function importConfiguration(
  configuration: Configuration,
  notes: ImportNote[],
  options: ImportOptions = {},
): Configuration {
  const unique = withoutDuplicates(configuration, notes);
  const isKept = options.keepFenceResources === true;
  if (isKept) noteKeptSecrets(unique, notes);
  const translated = isKept ? unique : translateFencing(unique, notes);
  return withStandardIds({ ...translated, options: usefulOptions(translated.options, notes) });
}

function noteFinding({ subject, text }: ImportNote): Finding {
  return { code: 'translated', about: subject.id === '' ? subject.kind : subject.id, text };
}

function commentsOf(notes: readonly ImportNote[]): ReadonlyMap<string, string> {
  const comments = new Map<string, string>();
  for (const { subject, text } of notes) {
    if (subject.id === '') continue;
    const key = `${subject.kind} ${subject.id}`;
    const known = comments.get(key);
    comments.set(key, known === undefined ? text : `${known}\n${text}`);
  }
  return comments;
}

/** What concerns nothing that is still there to carry a comment stands at the head. */
function headOf(file: string, configuration: Configuration, findings: readonly Finding[]): string {
  const lines = [`Made by "holdfast import" of ${oneLine(file)}.`];
  for (const { code, about, text } of findings) {
    if (code === 'translated' && about !== 'cluster') continue;
    lines.push(oneLine(`- ${about === 'cluster' || about === '' ? '' : `${about}: `}${text}`));
  }
  const { resourceDefaults } = configuration;
  if (!resourceDefaults.some(({ values }) => 'resource-stickiness' in values)) {
    lines.push('- defaults.resources is a list, so no stickiness is added: as it was in the CIB');
  }
  return lines.join('\n');
}

const LINE_MAX = 300;

function oneLine(text: string): string {
  const flat = text.replaceAll(/\s+/g, ' ');
  return flat.length > LINE_MAX ? `${flat.slice(0, LINE_MAX)}…` : flat;
}

const IGNORED: ReadonlySet<string> = new Set(
  CLUSTER_OPTIONS.filter(({ ignored }) => ignored === true).map(({ name }) => name),
);

/** Options that only Pacemaker's own daemons read are left out. */
function usefulOptions(
  blocks: readonly AttributeBlock[],
  notes: ImportNote[],
): readonly AttributeBlock[] {
  const left = new Set<string>();
  const kept = blocks.map((block) => {
    const entries = Object.entries(block.values).filter(([name]) => {
      if (IGNORED.has(name)) left.add(name);
      return !IGNORED.has(name);
    });
    return { ...block, values: Object.fromEntries(entries) };
  });
  if (left.size > 0) {
    const subject = { kind: 'cluster', id: '', field: ['options'] } as const;
    notes.push({ subject, text: `options without a meaning here: ${[...left].join(', ')}` });
  }
  // A block that held nothing else, and no rule, says nothing any more.
  return kept.filter(({ values }, index) => {
    const before = Object.keys(blocks[index]?.values ?? {}).length;
    return Object.keys(values).length > 0 || before === 0;
  });
}

/** Of several with one id the first is kept, as a map can hold only one. */
function withoutDuplicates(configuration: Configuration, notes: ImportNote[]): Configuration {
  const first = <T>(what: string, list: readonly T[], key: (item: T) => string): readonly T[] => {
    const seen = new Set<string>();
    return list.filter((item) => {
      const id = key(item);
      if (!seen.has(id)) return seen.add(id);
      const text = `a second ${what} with the id "${id}" is left out`;
      notes.push({ subject: { kind: 'cluster', id: '' }, text });
      return false;
    });
  };
  const byId = ({ id }: { readonly id: string }): string => id;
  const { nodes, resources, templates, tags } = configuration;
  return {
    ...configuration,
    nodes: first('node', nodes, ({ name }) => name),
    resources: first('resource', resources, byId).map((resource) =>
      resource.kind === 'group'
        ? { ...resource, members: first('member', resource.members, byId) }
        : resource,
    ),
    templates: first('template', templates, byId),
    tags: first('tag', tags, byId),
  };
}
