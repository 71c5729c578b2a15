/**
 * Writes a CIB of schema 3.9: the inverse of `read.ts`. What is read back from the text is equal to
 * what was written, but for ids that XML cannot hold, and for Holdfast's own fence devices, which
 * become resources of the class stonith.
 */
import type { Configuration } from '../../core/model/configuration.ts';
import type { ClusterStatus, Picture } from '../../core/model/picture.ts';
import type { AttributeBlock } from '../../core/model/rule.ts';
import { fenceDeviceResource } from '../fence-devices.ts';
import { element, xmlText } from '../xml/write.ts';
import type { XmlElement } from '../xml/write.ts';
import { cibOptionName } from './names.ts';
import { writeBlocks } from './write-blocks.ts';
import { idMaker } from './write-ids.ts';
import type { IdMaker } from './write-ids.ts';
import { writeConstraint } from './write-constraints.ts';
import { writeResource, writeTemplate } from './write-resources.ts';
import { writeStatus } from './write-status.ts';

/** The text of a whole CIB; without a picture's status the section stays empty. */
export function writeCib(picture: Pick<Picture, 'configuration'> & Partial<Picture>): string {
  const { configuration, status } = picture;
  const ids = idMaker();
  const root = element('cib', rootAttributes(configuration, status), [
    writeConfiguration(configuration, ids),
    element('status', {}, status ? writeStatus(status, ids) : []),
  ]);
  return xmlText(root);
}

function rootAttributes(
  configuration: Configuration,
  status: ClusterStatus | undefined,
): XmlElement['attributes'] {
  const dc = configuration.nodes.find(({ name }) => name === status?.dc)?.id;
  const dcState = status?.nodes.find(({ name }) => name === status.dc)?.id;
  const recordedAt = status?.recordedAt;
  return {
    crm_feature_set: '3.19.0',
    'validate-with': 'pacemaker-3.9',
    epoch: '1',
    num_updates: '0',
    admin_epoch: '0',
    'have-quorum': status?.quorate === true ? '1' : '0',
    'dc-uuid': dc ?? dcState,
    'execution-date': recordedAt === undefined ? undefined : String(Math.floor(recordedAt / 1000)),
  };
}

function writeConfiguration(configuration: Configuration, ids: IdMaker): XmlElement {
  const { options, nodes, resources, templates, constraints, fenceDevices } = configuration;
  const devices = fenceDevices.map(fenceDeviceResource);
  return element('configuration', {}, [
    element('crm_config', {}, writeBlocks('cluster_property_set', options.map(inOldWords), ids)),
    element(
      'nodes',
      {},
      nodes.map(({ id, name, type, attributes, utilization }) =>
        element('node', { id, uname: name, type: type === 'member' ? undefined : type }, [
          ...writeBlocks('instance_attributes', attributes, ids),
          ...writeBlocks('utilization', utilization, ids),
        ]),
      ),
    ),
    element('resources', {}, [
      ...templates.map((template) => writeTemplate(template, ids)),
      ...[...resources, ...devices].map((resource) => writeResource(resource, ids)),
    ]),
    element(
      'constraints',
      {},
      constraints
        .filter(({ expiresAtWallMs }) => expiresAtWallMs === undefined)
        .map((constraint) => writeConstraint(constraint, ids)),
    ),
    ...writeOthers(configuration, ids),
  ]);
}

/** What Pacemaker does not know by its name it would leave out, `stop-removed-resources` for one. */
function inOldWords(block: AttributeBlock): AttributeBlock {
  const named = Object.entries(block.values).map(([name, value]) => [cibOptionName(name), value]);
  return { ...block, values: Object.fromEntries(named) as AttributeBlock['values'] };
}

/** Sections that stand only where there is something in them. */
function writeOthers(configuration: Configuration, ids: IdMaker): readonly XmlElement[] {
  const { resourceDefaults, operationDefaults, fencingLevels, tags } = configuration;
  const section = (name: string, children: readonly XmlElement[]): readonly XmlElement[] =>
    children.length === 0 ? [] : [element(name, {}, children)];
  return [
    ...section('fencing-topology', fencingLevels.map(writeLevel)),
    ...section('rsc_defaults', writeBlocks('meta_attributes', resourceDefaults, ids)),
    ...section('op_defaults', writeBlocks('meta_attributes', operationDefaults, ids)),
    ...section(
      'tags',
      tags.map(({ id, references }) =>
        element(
          'tag',
          { id },
          references.map((reference) => element('obj_ref', { id: reference })),
        ),
      ),
    ),
  ];
}

function writeLevel(level: Configuration['fencingLevels'][number]): XmlElement {
  const { id, target, index, devices } = level;
  return element('fencing-level', {
    id,
    target: target.kind === 'node' ? target.node : undefined,
    'target-pattern': target.kind === 'pattern' ? target.pattern : undefined,
    'target-attribute': target.kind === 'attribute' ? target.name : undefined,
    'target-value': target.kind === 'attribute' ? target.value : undefined,
    index: String(index),
    devices: devices.join(','),
  });
}
