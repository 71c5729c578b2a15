/** Names and values of options: unknown, old, of the wrong type. */
import type { Configuration, OperationConfiguration, Resource } from '../model/configuration.ts';
import { nearestName } from '../model/nearest.ts';
import type { AttributeBlock } from '../model/rule.ts';
import type { ConfigurationSubject } from '../model/subject.ts';
import { parseBoolean, parseDurationMs, parseInteger, parseScore } from '../model/value.ts';
import type { ConfigurationFinding } from './finding.ts';
import { CLUSTER_OPTIONS, META_ATTRIBUTES, OPERATION_OPTIONS } from './options.ts';
import type { OptionDescription, OptionType } from './options.ts';
import { eachResource } from './walk.ts';

export function checkOptions(configuration: Configuration): readonly ConfigurationFinding[] {
  const { options, resourceDefaults, operationDefaults } = configuration;
  return [
    ...checkBlocks(options, CLUSTER, { kind: 'cluster', id: '', field: ['options'] }),
    ...checkBlocks(resourceDefaults, META, defaultsSubject('resources')),
    ...checkBlocks(operationDefaults, OPERATION, defaultsSubject('operations')),
    ...[...eachResource(configuration)].flatMap(({ resource }) => checkResource(resource)),
    ...configuration.templates.flatMap((template) => [
      ...checkBlocks(template.meta, META, { kind: 'template', id: template.id, field: ['meta'] }),
      ...checkOperations(template.operations, { kind: 'template', id: template.id }),
    ]),
  ];
}

function defaultsSubject(what: 'resources' | 'operations'): ConfigurationSubject {
  return { kind: 'cluster', id: '', field: ['defaults', what] };
}

function checkResource(resource: Resource): readonly ConfigurationFinding[] {
  const subject: ConfigurationSubject = { kind: 'resource', id: resource.id };
  const own = checkBlocks(resource.meta, META, { ...subject, field: ['meta'] });
  if (resource.kind !== 'primitive') return own;
  return [...own, ...checkOperations(resource.operations, subject)];
}

function checkOperations(
  operations: readonly OperationConfiguration[],
  subject: ConfigurationSubject,
): readonly ConfigurationFinding[] {
  return operations.flatMap((operation) => {
    const field = ['operations', operation.name];
    return [
      ...checkValues(operation.attributes, OPERATION, { ...subject, field }),
      ...checkBlocks(operation.meta, OPERATION, { ...subject, field: [...field, 'meta'] }),
    ];
  });
}

interface KnownOptions {
  readonly what: string;
  readonly byName: ReadonlyMap<string, OptionDescription>;
  readonly byOldName: ReadonlyMap<string, OptionDescription>;
}

function known(what: string, list: readonly OptionDescription[]): KnownOptions {
  return {
    what,
    byName: new Map(list.map((option) => [option.name, option])),
    byOldName: new Map(
      list.flatMap((option) => (option.oldNames ?? []).map((name) => [name, option] as const)),
    ),
  };
}

const CLUSTER = known('cluster option', CLUSTER_OPTIONS);
const META = known('meta attribute', META_ATTRIBUTES);
const OPERATION = known('option of an operation', OPERATION_OPTIONS);

function checkBlocks(
  blocks: readonly AttributeBlock[],
  options: KnownOptions,
  subject: ConfigurationSubject,
): readonly ConfigurationFinding[] {
  return blocks.flatMap((block) => checkValues(block.values, options, subject));
}

function checkValues(
  values: Readonly<Record<string, string>>,
  options: KnownOptions,
  around: ConfigurationSubject,
): readonly ConfigurationFinding[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const subject = { ...around, field: [...(around.field ?? []), name] };
    const option = options.byName.get(name);
    if (option) return checkValue(option, value, subject);
    const renamed = options.byOldName.get(name);
    return [renamed ? oldName(name, renamed, subject) : unknownName(name, options, subject)];
  });
}

function oldName(
  name: string,
  option: OptionDescription,
  subject: ConfigurationSubject,
): ConfigurationFinding {
  const text = `"${name}" is the old name of "${option.name}"`;
  return { code: 'old-option', severity: 'warning', subject, text, advice: 'write the new one' };
}

/** A name like a known one is a mistake; one unlike all may be some tool's own. */
function unknownName(
  name: string,
  options: KnownOptions,
  subject: ConfigurationSubject,
): ConfigurationFinding {
  const nearest = nearestName(name, options.byName.keys());
  const text = `unknown ${options.what} "${name}"`;
  if (nearest === undefined) {
    return {
      code: 'unknown-option',
      severity: 'warning',
      subject,
      text: `${text}: it has no effect`,
    };
  }
  const suggestion = `${text}, did you mean "${nearest}"?`;
  return { code: 'unknown-option', severity: 'error', subject, text: suggestion };
}

function checkValue(
  option: OptionDescription,
  value: string,
  subject: ConfigurationSubject,
): readonly ConfigurationFinding[] {
  const problem = valueProblem(option.type, value);
  if (problem === undefined || option.ignored === true) return [];
  const text = `"${option.name}" is "${value}", but ${problem}`;
  return [{ code: 'bad-value', severity: 'error', subject, text }];
}

/** `#default` stands for "as if it were not written" (Pacemaker Explained). */
function valueProblem(type: OptionType, value: string): string | undefined {
  if (value === '#default' || value === '') return undefined;
  switch (type.kind) {
    case 'text':
      return undefined;
    case 'boolean':
      return parseBoolean(value) === undefined ? 'must be true or false' : undefined;
    case 'integer':
      return parseInteger(value) === undefined ? 'must be a whole number' : undefined;
    case 'score':
      return parseScore(value) === undefined ? 'must be a whole number or INFINITY' : undefined;
    case 'duration':
      return parseDurationMs(value) === undefined ? 'must be a time like 10s or 2min' : undefined;
    case 'words':
      return wordProblem(type.words, value);
  }
}

function wordProblem(words: readonly string[], value: string): string | undefined {
  const lower = value.toLowerCase();
  if (words.some((word) => word.toLowerCase() === lower)) return undefined;
  const nearest = nearestName(value, words);
  const hint = nearest === undefined ? '' : `, did you mean "${nearest}"?`;
  return `must be one of ${words.join(', ')}${hint}`;
}
