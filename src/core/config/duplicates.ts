/** Ids and operations that are given twice. */
import type { Configuration, OperationConfiguration } from '../model/configuration.ts';
import type { ConfigurationSubject } from '../model/subject.ts';
import { durationText } from '../model/value.ts';
import type { ConfigurationFinding } from './finding.ts';
import { eachResource } from './walk.ts';
import type { PlacedResource } from './walk.ts';

interface Named {
  readonly kind: ConfigurationSubject['kind'];
  readonly id: string;
  /** `in group "web"`; what the thing is where it stands in nothing. */
  readonly where: string;
}

/** Resources, templates, tags and fence devices share one set of names; others have their own. */
export function checkDuplicates(configuration: Configuration): readonly ConfigurationFinding[] {
  const { templates, tags, fenceDevices, nodes, constraints, fencingLevels } = configuration;
  const things = (kind: Named['kind'], ids: readonly string[]): readonly Named[] =>
    ids.map((id) => ({ kind, id, where: `as a ${kind}` }));
  const ids = (list: readonly { readonly id: string }[]): readonly string[] =>
    list.map(({ id }) => id);
  return [
    ...duplicates([
      ...[...eachResource(configuration)].map(namedResource),
      ...things('template', ids(templates)),
      ...things('tag', ids(tags)),
      ...things('fence-device', ids(fenceDevices)),
    ]),
    ...duplicates(
      things(
        'node',
        nodes.map(({ name }) => name),
      ),
    ),
    ...duplicates(things('constraint', ids(constraints))),
    ...duplicates(things('fencing-level', ids(fencingLevels))),
    ...duplicateOperations(configuration),
  ];
}

function namedResource({ resource, within }: PlacedResource): Named {
  const outer = within.at(-1);
  const where = outer ? `in ${outer.kind} "${outer.id}"` : 'as a resource';
  return { kind: 'resource', id: resource.id, where };
}

function duplicates(named: readonly Named[]): readonly ConfigurationFinding[] {
  const places = new Map<string, Named[]>();
  for (const thing of named) {
    const known = places.get(thing.id);
    if (known) known.push(thing);
    else places.set(thing.id, [thing]);
  }
  return [...places.values()].filter((list) => list.length > 1).map(duplicateFinding);
}

function duplicateFinding(list: readonly Named[]): ConfigurationFinding {
  const last = list.at(-1);
  const { kind = 'cluster', id = '' } = last ?? {};
  const wheres = [...new Set(list.map(({ where }) => where))].join(' and ');
  return {
    code: 'duplicate-id',
    severity: 'error',
    subject: { kind, id },
    text: `"${id}" is defined ${list.length === 2 ? 'twice' : `${list.length} times`}: ${wheres}`,
    advice: 'give each its own name',
  };
}

/** History is kept by name and interval, so two operations with the same ones cannot be told apart. */
function duplicateOperations(configuration: Configuration): readonly ConfigurationFinding[] {
  const findings: ConfigurationFinding[] = [];
  const check = (
    subject: ConfigurationSubject,
    operations: readonly OperationConfiguration[],
  ): void => {
    const seen = new Set<string>();
    for (const { name, intervalMs } of operations) {
      const key = `${name} ${intervalMs}`;
      if (seen.has(key)) findings.push(duplicateOperation(subject, name, intervalMs));
      seen.add(key);
    }
  };
  for (const { resource } of eachResource(configuration)) {
    if (resource.kind !== 'primitive') continue;
    check({ kind: 'resource', id: resource.id }, resource.operations);
  }
  for (const { id, operations } of configuration.templates)
    check({ kind: 'template', id }, operations);
  return findings;
}

function duplicateOperation(
  subject: ConfigurationSubject,
  name: string,
  intervalMs: number,
): ConfigurationFinding {
  return {
    code: 'duplicate-operation',
    severity: 'error',
    subject: { ...subject, field: ['operations', name] },
    text: `"${subject.id}" has two ${name} operations with the interval ${durationText(intervalMs)}`,
    advice: 'give them different intervals, 10s and 11s for example',
  };
}
