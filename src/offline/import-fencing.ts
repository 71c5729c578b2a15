/** Turns the fence devices of a CIB, resources of the class stonith, into Holdfast's own. */
import { isFenceResource } from '../core/config/fencing.ts';
import { templateOf, valueOf } from '../core/config/values.ts';
import { eachPrimitive } from '../core/config/walk.ts';
import type {
  Configuration,
  Constraint,
  FenceDevice,
  Primitive,
  Resource,
  ResourceSet,
} from '../core/model/configuration.ts';
import type { AttributeBlock } from '../core/model/rule.ts';
import { SECRET_REFERENCE, isPlainSecret, secretNameFor } from '../core/model/secret-parameters.ts';
import type { ConfigurationSubject } from '../core/model/subject.ts';
import { fenceDeviceOf } from '../interop/fence-devices.ts';

/** What was translated or left out, with its place: a comment in the file, and a finding. */
export interface ImportNote {
  readonly subject: ConfigurationSubject;
  readonly text: string;
}

export function translateFencing(configuration: Configuration, notes: ImportNote[]): Configuration {
  const devices: FenceDevice[] = [];
  const gone = new Set<string>();
  for (const { primitive } of eachPrimitive(configuration)) {
    if (!isFenceResource(configuration, primitive)) continue;
    devices.push(translate(configuration, primitive, notes));
    gone.add(primitive.id);
  }
  if (gone.size === 0) return configuration;
  const resources = configuration.resources.flatMap((it) => withoutFencing(it, gone));
  const templates = withoutTemplates({ ...configuration, resources }, gone, notes);
  return {
    ...configuration,
    resources,
    templates,
    fenceDevices: [...configuration.fenceDevices, ...devices],
    constraints: configuration.constraints.flatMap((it) => withoutReferences(it, gone, notes)),
    tags: configuration.tags.map(({ id, references }) => ({
      id,
      references: references.filter((reference) => !gone.has(reference)),
    })),
  };
}

function translate(
  configuration: Configuration,
  primitive: Primitive,
  notes: ImportNote[],
): FenceDevice {
  const template = templateOf(configuration, primitive.template);
  const agent = primitive.agent ?? template?.agent;
  const parameters = [...primitive.parameters, ...(template?.parameters ?? [])];
  const translated = fenceDeviceOf(primitive, agent?.type ?? '', parameters);
  const subject: ConfigurationSubject = { kind: 'fence-device', id: primitive.id };
  notes.push({ subject, text: `was the resource "${primitive.id}" of the class stonith` });
  const meta = [...primitive.meta, ...(template?.meta ?? [])];
  for (const text of [...translated.notes, ...lostMeta(meta)]) notes.push({ subject, text });
  return withoutSecrets(
    { ...translated.device, ...unfencingOf(meta, translated.device) },
    primitive,
    subject,
    notes,
  );
}

/** As their metadata say (on_target). */
const ON_OWN_NODE: ReadonlySet<string> = new Set(['fence_scsi', 'fence_mpath']);

function unfencingOf(
  meta: readonly AttributeBlock[],
  { agent }: FenceDevice,
): Pick<FenceDevice, 'unfencing'> {
  if (valueOf(meta, 'provides')?.toLowerCase() !== 'unfencing') return {};
  return { unfencing: ON_OWN_NODE.has(agent) ? 'own-node' : 'any-node' };
}

/** What it says is not lost: it stands where it stood, and what to do with it is said. */
function withoutSecrets(
  device: FenceDevice,
  primitive: Primitive,
  subject: ConfigurationSubject,
  notes: ImportNote[],
): FenceDevice {
  const entries = Object.entries(device.parameters).map(([name, value]) => {
    if (!isPlainSecret(name, value)) return [name, value] as const;
    const secret = secretNameFor(device.id, name);
    const isOwn = valueOf(primitive.parameters, name) !== undefined;
    const place = isOwn ? `primitive "${primitive.id}"` : `template "${primitive.template ?? ''}"`;
    const text =
      `its ${name} is left out; run "holdfast secret set ${secret}" on each node, ` +
      `and type the ${name} that stands in the CIB, in the ${place}`;
    notes.push({ subject, text });
    return [name, `${SECRET_REFERENCE}${secret}`] as const;
  });
  return { ...device, parameters: Object.fromEntries(entries) };
}

/** Devices that stay resources are for simulations, which need them as they are: that is said. */
export function noteKeptSecrets(configuration: Configuration, notes: ImportNote[]): void {
  for (const { primitive } of eachPrimitive(configuration)) {
    if (!isFenceResource(configuration, primitive)) continue;
    const template = templateOf(configuration, primitive.template);
    const names = [...primitive.parameters, ...(template?.parameters ?? [])].flatMap(({ values }) =>
      Object.keys(values).filter((name) => isPlainSecret(name, values[name] ?? '')),
    );
    if (names.length === 0) continue;
    const subject: ConfigurationSubject = { kind: 'resource', id: primitive.id };
    const text = `its ${names.join(', ')} stands here for all to read, as in the CIB; this file is for simulations`;
    notes.push({ subject, text });
  }
}

/** What is said of devices as resources has no place here; what matters of it is told. */
function lostMeta(meta: readonly AttributeBlock[]): readonly string[] {
  const notes: string[] = [];
  const role = valueOf(meta, 'target-role')?.toLowerCase();
  if (role === 'stopped') {
    notes.push('it was stopped (target-role); a device that is listed here is used: remove it');
  }
  return notes;
}

/** What a template said stands in its devices now; its secrets are to stand nowhere. */
function withoutTemplates(
  configuration: Configuration,
  gone: Set<string>,
  notes: ImportNote[],
): Configuration['templates'] {
  const used = new Set(
    [...eachPrimitive(configuration)].map(({ primitive }) => primitive.template),
  );
  return configuration.templates.filter(({ id, agent }) => {
    if (agent?.class !== 'stonith' || used.has(id)) return true;
    gone.add(id);
    const subject: ConfigurationSubject = { kind: 'cluster', id: '', field: ['templates'] };
    notes.push({ subject, text: `the template "${id}" is left out: fence devices have none` });
    return false;
  });
}

/** What held nothing but fence devices goes with them, and is then gone, too. */
function withoutFencing(resource: Resource, gone: Set<string>): readonly Resource[] {
  if (gone.has(resource.id)) return [];
  if (resource.kind === 'group') {
    const members = resource.members.filter(({ id }) => !gone.has(id));
    if (members.length === resource.members.length) return [resource];
    if (members.length > 0) return [{ ...resource, members }];
    gone.add(resource.id);
    return [];
  }
  if (resource.kind !== 'clone') return [resource];
  const child = withoutFencing(resource.child, gone)[0];
  if (child?.kind === 'primitive' || child?.kind === 'group') return [{ ...resource, child }];
  gone.add(resource.id);
  return [];
}

function withoutReferences(
  constraint: Constraint,
  gone: ReadonlySet<string>,
  notes: ImportNote[],
): readonly Constraint[] {
  const kept = withoutReferencesTo(constraint, gone);
  if (!kept) {
    const subject: ConfigurationSubject = { kind: 'cluster', id: '', field: ['constraints'] };
    const text = `the constraint "${constraint.id}" is left out: fence devices run nowhere`;
    notes.push({ subject, text });
  }
  return kept ? [kept] : [];
}

function withoutReferencesTo(
  constraint: Constraint,
  gone: ReadonlySet<string>,
): Constraint | undefined {
  switch (constraint.kind) {
    case 'location': {
      const { target } = constraint;
      if (target.kind === 'resource') return gone.has(target.resource) ? undefined : constraint;
      if (target.kind === 'pattern') return constraint;
      const sets = keptSets(target.sets, gone);
      return sets && { ...constraint, target: { ...target, sets } };
    }
    case 'colocation':
      return gone.has(constraint.dependent) || gone.has(constraint.primary)
        ? undefined
        : constraint;
    case 'order':
      return gone.has(constraint.first) || gone.has(constraint.then) ? undefined : constraint;
    case 'ticket': {
      const { resource } = constraint;
      if (resource !== undefined) return gone.has(resource) ? undefined : constraint;
      const sets = keptSets(constraint.sets, gone);
      return sets && { ...constraint, sets };
    }
    case 'colocation-sets': {
      const sets = keptSets(constraint.sets, gone);
      return sets && { ...constraint, sets };
    }
    case 'order-sets': {
      const sets = keptSets(constraint.sets, gone);
      return sets && { ...constraint, sets };
    }
  }
}

/** Undefined where nothing is left of sets that had something in them. */
function keptSets(
  sets: readonly ResourceSet[],
  gone: ReadonlySet<string>,
): readonly ResourceSet[] | undefined {
  const touched = sets.some(({ resources }) => resources.some((id) => gone.has(id)));
  if (!touched) return sets;
  const kept = sets
    .map((set) => ({ ...set, resources: set.resources.filter((id) => !gone.has(id)) }))
    .filter(({ resources }) => resources.length > 0);
  return kept.length === 0 ? undefined : kept;
}
