/** Where a picture to decide on comes from: a CIB, or a configuration on a cluster at rest. */
import { builtInKnowledge } from '../agents/built-in.ts';
import type { Configuration, NodeConfiguration } from '../core/model/configuration.ts';
import { nodeName } from '../core/model/ids.ts';
import type { NodeStatus, Picture } from '../core/model/picture.ts';
import { readCib } from '../interop/cib/read.ts';
import { findingText } from '../schema/finding.ts';

import { checkClusterYaml } from './configuration.ts';

export type PictureResult =
  | { readonly picture: Picture }
  /** One line per thing that is wrong. */
  | { readonly errors: readonly string[] };

export function pictureOfCib(xml: string, file: string): PictureResult {
  const result = readCib(xml);
  if ('picture' in result) return result;
  const { line, column, text } = result.error;
  return { errors: [`${file}:${line}:${column}: ${text}`] };
}

/**
 * The configuration on members that have just come up, with quorum: nothing runs yet. What only
 * forbids to apply it (no way to fence, say) is no hindrance: it is told among the findings.
 * @param nodes names of the members; without them those that the file lists
 */
export function pictureOfYaml(
  yaml: string,
  file: string,
  nodes: readonly string[] = [],
): PictureResult {
  const read = configurationOfYaml(yaml, file);
  if ('errors' in read) return read;
  const configuration = withNodes(read.configuration, nodes);
  if (!configuration.nodes.some(({ type }) => type === 'member')) {
    return { errors: [`${file} lists no nodes: list them under "nodes", or give --nodes n1,n2`] };
  }
  return { picture: pictureAtRest(configuration, read.findings) };
}

/** The configuration of the one in the situation of the other: what it would change there. */
export function pictureOfBoth(yaml: string, file: string, cib: Picture): PictureResult {
  const read = configurationOfYaml(yaml, file);
  if ('errors' in read) return read;
  const { nodes } = read.configuration;
  const configuration =
    nodes.length > 0
      ? read.configuration
      : { ...read.configuration, nodes: cib.configuration.nodes };
  return { picture: { configuration, status: cib.status, findings: read.findings } };
}

function configurationOfYaml(
  yaml: string,
  file: string,
): Pick<Picture, 'configuration' | 'findings'> | { readonly errors: readonly string[] } {
  const checked = checkClusterYaml(yaml, file, builtInKnowledge);
  const texts = checked.findings.map(findingText);
  if (!checked.configuration) return { errors: texts };
  const findings = texts.map((text) => ({ code: 'configuration', about: '', text }));
  return { configuration: checked.configuration, findings };
}

function withNodes(configuration: Configuration, names: readonly string[]): Configuration {
  const known = new Set<string>(configuration.nodes.map(({ name }) => name));
  const added = names
    .filter((name) => !known.has(name))
    .map((name): NodeConfiguration => ({
      id: name,
      name: nodeName(name),
      type: 'member',
      attributes: [],
      utilization: [],
    }));
  return { ...configuration, nodes: [...configuration.nodes, ...added] };
}

/** All members up, with quorum, and nothing running. */
export function pictureAtRest(
  configuration: Configuration,
  findings: Picture['findings'] = [],
): Picture {
  const members = configuration.nodes.filter(({ type }) => type === 'member');
  const [first] = members;
  return {
    configuration,
    status: {
      quorate: true,
      ...(first && { dc: first.name }),
      nodes: members.map(({ id, name }): NodeStatus => ({
        id,
        name,
        memberSince: 1,
        processSince: 1,
        join: 'member',
        expected: 'member',
        transient: [],
        history: [],
      })),
      tickets: [],
    },
    findings,
  };
}
