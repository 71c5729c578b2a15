/** Writes resources, templates and operations. */
import type {
  Bundle,
  Clone,
  Group,
  OperationConfiguration,
  Primitive,
  Resource,
  Template,
} from '../../core/model/configuration.ts';
import { durationText } from '../../core/model/value.ts';
import { element } from '../xml/write.ts';
import type { XmlElement } from '../xml/write.ts';
import { writeBlocks } from './write-blocks.ts';
import type { IdMaker } from './write-ids.ts';

export function writeResource(resource: Resource, ids: IdMaker): XmlElement {
  switch (resource.kind) {
    case 'primitive':
      return writePrimitive(resource, ids);
    case 'group':
      return writeGroup(resource, ids);
    case 'clone':
      return writeClone(resource, ids);
    case 'bundle':
      return writeBundle(resource, ids);
  }
}

function writePrimitive(primitive: Primitive, ids: IdMaker): XmlElement {
  const { id, description, agent, template } = primitive;
  const name = { class: agent?.class, provider: agent?.provider, type: agent?.type };
  return element('primitive', { id, description, ...name, template }, parts(primitive, ids));
}

export function writeTemplate(template: Template, ids: IdMaker): XmlElement {
  const { id, description, agent } = template;
  const name = { class: agent?.class, provider: agent?.provider, type: agent?.type };
  return element('template', { id, description, ...name }, parts(template, ids));
}

function parts(primitive: Primitive | Template, ids: IdMaker): readonly XmlElement[] {
  const { parameters, meta, utilization, operations } = primitive;
  return [
    ...writeBlocks('instance_attributes', parameters, ids),
    ...writeBlocks('meta_attributes', meta, ids),
    ...writeBlocks('utilization', utilization, ids),
    ...(operations.length === 0
      ? []
      : [
          element(
            'operations',
            {},
            operations.map((own) => writeOperation(own, ids)),
          ),
        ]),
  ];
}

function writeOperation(operation: OperationConfiguration, ids: IdMaker): XmlElement {
  const { id, name, intervalMs, attributes, meta, parameters } = operation;
  return element(
    'op',
    { id: ids.keep(id), name, interval: durationText(intervalMs), ...attributes },
    [
      ...writeBlocks('meta_attributes', meta, ids),
      ...writeBlocks('instance_attributes', parameters, ids),
    ],
  );
}

function collectionBlocks(collection: Group | Clone, ids: IdMaker): readonly XmlElement[] {
  return [
    ...writeBlocks('meta_attributes', collection.meta, ids),
    ...writeBlocks('instance_attributes', collection.parameters, ids),
  ];
}

function writeGroup(group: Group, ids: IdMaker): XmlElement {
  const { id, description, members } = group;
  return element('group', { id, description }, [
    ...collectionBlocks(group, ids),
    ...members.map((member) => writePrimitive(member, ids)),
  ]);
}

/** `master` says promotable; a clone may say it in its meta attributes. */
function writeClone(clone: Clone, ids: IdMaker): XmlElement {
  const { id, description, promotable, child } = clone;
  return element(promotable ? 'master' : 'clone', { id, description }, [
    ...collectionBlocks(clone, ids),
    writeResource(child, ids),
  ]);
}

function writeBundle(bundle: Bundle, ids: IdMaker): XmlElement {
  const { id, description, engine, container, network, ports, storage, child, meta } = bundle;
  const hasNetwork = Object.keys(network).length > 0 || ports.length > 0;
  const mapping = (name: string, own: Readonly<Record<string, string>>): XmlElement =>
    element(name, { id: own['id'] ?? ids.make(`${id}-${name}`), ...own });
  return element('bundle', { id, description }, [
    ...writeBlocks('meta_attributes', meta, ids),
    element(engine, container),
    ...(hasNetwork
      ? [
          element(
            'network',
            network,
            ports.map((own) => mapping('port-mapping', own)),
          ),
        ]
      : []),
    ...(storage.length > 0
      ? [
          element(
            'storage',
            {},
            storage.map((own) => mapping('storage-mapping', own)),
          ),
        ]
      : []),
    ...(child ? [writePrimitive(child, ids)] : []),
  ]);
}
