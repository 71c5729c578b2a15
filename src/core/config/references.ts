/** References that lead nowhere, or back to where they start. */
import type { Configuration, Constraint, ResourceSet } from '../model/configuration.ts';
import { suggestionText } from '../model/nearest.ts';
import type { ConfigurationSubject } from '../model/subject.ts';
import type { ConfigurationFinding } from './finding.ts';
import { knownNodeNames } from './nodes.ts';
import { isFenceResource } from './fencing.ts';
import { eachPrimitive, eachResource } from './walk.ts';

export function checkReferences(configuration: Configuration): readonly ConfigurationFinding[] {
  const resources = [...eachResource(configuration)].map(({ resource }) => resource.id);
  const templates = configuration.templates.map(({ id }) => id);
  const constrainable = new Set<string>([
    ...resources,
    ...templates,
    ...configuration.tags.map(({ id }) => id),
  ]);
  return [
    ...templateReferences(configuration, new Set(templates)),
    ...configuration.constraints.flatMap((constraint) =>
      constraintReferences(constraint, constrainable),
    ),
    ...tagReferences(configuration, constrainable),
    ...deviceReferences(configuration),
    ...nodeReferences(configuration),
  ];
}

function dangling(
  subject: ConfigurationSubject,
  what: string,
  id: string,
  known: Iterable<string>,
): ConfigurationFinding {
  const text = `there is no ${what} "${id}"${suggestionText(id, known)}`;
  return { code: 'dangling-reference', severity: 'error', subject, text };
}

function templateReferences(
  configuration: Configuration,
  templates: ReadonlySet<string>,
): readonly ConfigurationFinding[] {
  return [...eachPrimitive(configuration)].flatMap(({ primitive: { id, template } }) => {
    if (template === undefined || templates.has(template)) return [];
    const subject: ConfigurationSubject = { kind: 'resource', id, field: ['template'] };
    return [dangling(subject, 'template', template, templates)];
  });
}

interface Reference {
  readonly id: string;
  readonly field: readonly string[];
}

function constraintReferences(
  constraint: Constraint,
  known: ReadonlySet<string>,
): readonly ConfigurationFinding[] {
  const subject: ConfigurationSubject = { kind: 'constraint', id: constraint.id };
  const references = referencesOf(constraint);
  const missing = references
    .filter(({ id }) => !known.has(id))
    .map(({ id, field }) => dangling({ ...subject, field }, 'resource', id, known));
  return [...missing, ...selfReference(constraint, subject)];
}

function referencesOf(constraint: Constraint): readonly Reference[] {
  switch (constraint.kind) {
    case 'location': {
      const { target } = constraint;
      if (target.kind === 'resource') return [{ id: target.resource, field: ['location'] }];
      return target.kind === 'sets' ? setReferences(target.sets, 'location') : [];
    }
    case 'colocation':
      return [
        { id: constraint.dependent, field: ['colocate'] },
        { id: constraint.primary, field: ['with'] },
      ];
    case 'colocation-sets':
      return setReferences(constraint.sets, 'colocate');
    case 'order':
      return [
        { id: constraint.first, field: ['order'] },
        { id: constraint.then, field: ['order'] },
      ];
    case 'order-sets':
      return setReferences(constraint.sets, 'order');
    case 'ticket': {
      const { resource, sets } = constraint;
      const own = resource === undefined ? [] : [{ id: resource, field: ['resource'] }];
      return [...own, ...setReferences(sets, 'sets')];
    }
  }
}

function setReferences(sets: readonly ResourceSet[], field: string): readonly Reference[] {
  return sets.flatMap(({ resources }) => resources.map((id) => ({ id, field: [field] })));
}

function selfReference(
  constraint: Constraint,
  subject: ConfigurationSubject,
): readonly ConfigurationFinding[] {
  if (constraint.kind !== 'colocation' || constraint.dependent !== constraint.primary) return [];
  const text = `"${constraint.dependent}" is colocated with itself`;
  return [{ code: 'self-reference', severity: 'error', subject, text }];
}

function tagReferences(
  configuration: Configuration,
  known: ReadonlySet<string>,
): readonly ConfigurationFinding[] {
  const things = new Set([
    ...known,
    ...knownNodeNames(configuration),
    ...configuration.constraints.map(({ id }) => id),
    ...configuration.fenceDevices.map(({ id }) => id),
  ]);
  return configuration.tags.flatMap(({ id, references }) =>
    references
      .filter((reference) => !things.has(reference))
      .map((reference) => dangling({ kind: 'tag', id }, 'resource', reference, things)),
  );
}

/** Levels name fence devices, also those that are written as resources of the class stonith. */
function deviceReferences(configuration: Configuration): readonly ConfigurationFinding[] {
  const devices = new Set<string>(configuration.fenceDevices.map(({ id }) => id));
  for (const { primitive } of eachPrimitive(configuration)) {
    if (isFenceResource(configuration, primitive)) devices.add(primitive.id);
  }
  return configuration.fencingLevels.flatMap((level) =>
    level.devices
      .filter((device) => !devices.has(device))
      .map((device) =>
        dangling({ kind: 'fencing-level', id: level.id }, 'fence device', device, devices),
      ),
  );
}

/** A warning only: nodes need not be listed, Corosync knows them. */
function nodeReferences(configuration: Configuration): readonly ConfigurationFinding[] {
  if (configuration.nodes.length === 0) return [];
  const known = knownNodeNames(configuration);
  const missing = (subject: ConfigurationSubject, node: string): ConfigurationFinding => ({
    ...dangling(subject, 'node', node, known),
    severity: 'warning',
  });
  const fromLocations = configuration.constraints.flatMap((constraint) => {
    if (constraint.kind !== 'location' || constraint.node === undefined) return [];
    if (known.has(constraint.node)) return [];
    return [missing({ kind: 'constraint', id: constraint.id }, constraint.node)];
  });
  const fromDevices = configuration.fenceDevices.flatMap(({ id, hosts }) =>
    Object.keys(hosts)
      .filter((node) => !known.has(node))
      .map((node) => missing({ kind: 'fence-device', id, field: ['hosts', node] }, node)),
  );
  return [...fromLocations, ...fromDevices];
}
