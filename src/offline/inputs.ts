/** Where a picture to decide on comes from: a CIB, or a configuration on a cluster at rest. */
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
 * The configuration on members that have just come up, with quorum: nothing runs yet.
 * @param nodes names of the members; without them those that the file lists
 */
export function pictureOfYaml(
  yaml: string,
  file: string,
  nodes: readonly string[] = [],
): PictureResult {
  const checked = checkClusterYaml(yaml, file);
  if (checked.kind === 'wrong') return { errors: checked.findings.map(findingText) };
  const configuration = withNodes(checked.configuration, nodes);
  const members = configuration.nodes.filter(({ type }) => type === 'member');
  if (members.length === 0) {
    return { errors: [`${file} lists no nodes: list them under "nodes", or give --nodes n1,n2`] };
  }
  const findings = checked.findings.map((finding) => ({
    code: 'configuration',
    about: '',
    text: findingText(finding),
  }));
  return { picture: pictureAtRest(configuration, findings) };
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
